/** POST: names, dry runs, what is checked and what is only warned of. */
import { expect } from "vitest";
import { textAt, valueAt } from "../../../../provider/apiserver/object";
import type { Area } from "../support/case";
import { configMap, diskAndVolume, machine, offlineMachine, preset, replicaSet } from "../support/objects";

const misspelt = (name: string) => machine(name, {}, { domain: { cpuu: { cores: 1 }, cpu: { cores: 1 } }, odd: true });

export const create: Area = {
  name: "create",
  cases: [
    {
      name: "answers with the object, its uid, its times and generation 1",
      run: async (session) => {
        const reply = await session.post(session.path("virtualmachines"), machine("web", { labels: { a: "b" } }));
        expect(reply.code).toBe(201);
        expect(reply.body).toMatchObject({
          kind: "VirtualMachine",
          metadata: { name: "web", namespace: session.namespace, generation: 1, labels: { a: "b" } },
        });
        expect(textAt(reply.body, "metadata", "uid")).toMatch(/^[0-9a-f-]{36}$/);
        for (const object of [replicaSet("web"), offlineMachine("web"), preset("web")]) {
          const { kind } = object;
          expect((await session.post(session.path(`${kind.toLowerCase()}s`), object)).code).toBe(201);
        }
        expect((await session.post(session.core("configmaps"), configMap("web"))).code).toBe(201);
      },
    },
    {
      name: "generates names",
      run: async (session) => {
        const generated = { ...machine("x"), metadata: { generateName: "web-" } };
        const first = await session.post(session.path("virtualmachines"), generated);
        const second = await session.post(session.path("virtualmachines"), generated);
        expect(textAt(first.body, "metadata", "name")).toMatch(/^web-[a-z0-9]{5}$/);
        expect(textAt(first.body, "metadata", "name")).not.toBe(textAt(second.body, "metadata", "name"));
        const long = { ...machine("x"), metadata: { generateName: "n".repeat(60) } };
        const { body } = await session.post(session.path("virtualmachines"), long);
        expect(textAt(body, "metadata", "name")).toMatch(/^n{58}[a-z0-9]{5}$/);
      },
    },
    {
      name: "prefers a name that is given to one that is generated",
      run: async (session) => {
        const both = { ...machine("web"), metadata: { name: "web", generateName: "other-" } };
        const { body } = await session.post(session.path("virtualmachines"), both);
        expect(textAt(body, "metadata", "name")).toBe("web");
      },
    },
    {
      name: "needs a name",
      run: async (session) => {
        const { code } = await session.post(session.path("virtualmachines"), { ...machine("x"), metadata: {} });
        expect(code).toBe(422);
        const { code: without } = await session.post(session.core("configmaps"), { ...configMap("x"), metadata: {} });
        expect(without).toBe(422);
      },
    },
    {
      name: "refuses names that are none",
      run: async (session) => {
        for (const name of ["Web", "web_1", "-web", "a".repeat(254), "web..a", "."]) {
          const { code, body } = await session.post(session.path("virtualmachines"), machine(name));
          expect({ code, reason: valueAt(body, "reason") }).toEqual({ code: 422, reason: "Invalid" });
        }
        expect((await session.post(session.path("virtualmachines"), machine("a.b-c.1"))).code).toBe(201);
        expect((await session.post(session.core("configmaps"), configMap("UPPER"))).code).toBe(422);
      },
    },
    {
      name: "refuses labels, annotations and finalizers that are none",
      run: async (session) => {
        const metadata = [
          { labels: { "-a": "b" } },
          { labels: { a: "b c" } },
          { labels: { a: "x".repeat(64) } },
          { annotations: { "a b": "c" } },
          { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "a" }] },
        ];
        for (const each of metadata) {
          const { code, body } = await session.post(session.path("virtualmachines"), machine("web", each));
          expect({ each, code, reason: valueAt(body, "reason") }).toEqual({ each, code: 422, reason: "Invalid" });
          expect((await session.post(session.core("configmaps"), configMap("web", {}, each))).code).toBe(422);
        }
        const nodomain = { finalizers: ["nodomain"] };
        expect((await session.post(session.path("virtualmachines"), machine("web", nodomain))).code).toBe(201);
        await session.post(session.core("configmaps"), configMap("web", {}, nodomain));
      },
    },
    {
      name: "refuses metadata of the wrong types",
      run: async (session) => {
        const metadata = [
          { labels: { a: 1 } },
          { labels: ["a"] },
          { annotations: { a: { b: "c" } } },
          { finalizers: "a/b" },
        ];
        for (const each of metadata) {
          const { code } = await session.post(session.path("virtualmachines"), machine("web", each));
          expect({ each, code }).toEqual({ each, code: 400 });
        }
        expect((await session.post(session.path("virtualmachines"), { ...machine("web"), metadata: [] })).code).toBe(
          400,
        );
        expect(
          (await session.post(session.path("virtualmachines"), { ...machine("web"), metadata: { name: 1 } })).code,
        ).toBe(400);
      },
    },
    {
      name: "answers that there is one already",
      run: async (session) => {
        await session.given(session.path("virtualmachines"), machine("web"));
        const { code, body } = await session.post(session.path("virtualmachines"), machine("web"));
        expect({ code, reason: valueAt(body, "reason") }).toEqual({ code: 409, reason: "AlreadyExists" });
        const dry = await session.post(`${session.path("virtualmachines")}?dryRun=All`, machine("web"));
        expect(dry.code).toBe(409);
      },
    },
    {
      name: "stores nothing of a dry run",
      run: async (session) => {
        const { code, body } = await session.post(`${session.path("virtualmachines")}?dryRun=All`, machine("web"));
        expect(code).toBe(201);
        expect(textAt(body, "metadata", "uid")).not.toBe("");
        expect((await session.get(session.path("virtualmachines", "web"))).code).toBe(404);
        const refused = await session.post(`${session.path("virtualmachines")}?dryRun=Some`, machine("web"));
        expect(refused.code).toBe(422);
      },
    },
    {
      name: "refuses unknown fields when asked to be strict",
      run: async (session) => {
        const strict = `${session.path("virtualmachines")}?fieldValidation=Strict`;
        const { code, body } = await session.post(strict, misspelt("web"));
        expect({ code, reason: valueAt(body, "reason") }).toEqual({ code: 400, reason: "BadRequest" });
        expect(textAt(body, "message")).toContain('unknown field "spec.domain.cpuu"');
        const odd = { ...machine("web", { odd: 1 }), surplus: {} };
        expect((await session.post(strict, odd)).code).toBe(400);
        const secret = { ...configMap("web"), surplus: {} };
        expect((await session.post(`${session.core("configmaps")}?fieldValidation=Strict`, secret)).code).toBe(400);
      },
    },
    {
      name: "warns of unknown fields and leaves them out, unless asked otherwise",
      run: async (session) => {
        for (const mode of ["Warn", "", "Ignore"]) {
          const path = `${session.path("virtualmachines")}${mode === "" ? "" : `?fieldValidation=${mode}`}`;
          const { code, body, headers } = await session.post(
            path,
            misspelt(`web-${mode.toLowerCase() || "default"}-x`),
          );
          expect(code).toBe(201);
          expect(valueAt(body, "spec", "domain")).toEqual({ cpu: { cores: 1 } });
          const told = String(headers.warning ?? "").includes('unknown field \\"spec.domain.cpuu\\"');
          expect(told).toBe(mode !== "Ignore");
        }
        expect(
          (await session.post(`${session.path("virtualmachines")}?fieldValidation=Odd`, machine("web"))).code,
        ).toBe(422);
      },
    },
    {
      name: "finds keys that are given twice",
      run: async (session) => {
        const text = (name: string) => JSON.stringify(machine(name)).replace('"spec":', '"spec":{"domain":{}},"spec":');
        const strict = await session.post(`${session.path("virtualmachines")}?fieldValidation=Strict`, text("web"));
        expect(strict.code).toBe(400);
        const warned = await session.post(session.path("virtualmachines"), text("web"));
        expect(warned.code).toBe(201);
        expect(String(warned.headers.warning)).toContain('duplicate field \\"spec\\"');
        const nested = JSON.stringify(machine("nested")).replace('"memory":', '"memory":"1Mi","memory":');
        await session.post(session.path("virtualmachines"), nested);
      },
    },
    {
      name: "leaves out what is null",
      run: async (session) => {
        const nulls = machine("web", { labels: null, annotations: { a: null } }, { nodeSelector: null, volumes: null });
        const { code, body } = await session.post(session.path("virtualmachines"), nulls);
        expect(code).toBe(201);
        expect(Object.keys(Object(valueAt(body, "spec")))).toEqual(["domain"]);
        const deep = machine("deep", {}, { domain: { cpu: null, devices: { disks: null } } });
        await session.post(session.path("virtualmachines"), deep);
        await session.post(session.core("configmaps"), { ...configMap("web"), data: { a: null } });
      },
    },
    {
      name: "refuses another namespace, kind or version than that of the path",
      run: async (session) => {
        const path = session.path("virtualmachines");
        expect((await session.post(path, machine("web", { namespace: "default" }))).code).toBe(400);
        expect((await session.post(path, { ...machine("web"), kind: "Secret" })).code).toBe(422);
        expect((await session.post(path, { ...machine("web"), apiVersion: "v1" })).code).toBe(400);
        expect((await session.post(path, { ...machine("web"), apiVersion: "kubevirt.io/v1" })).code).toBe(400);
        expect((await session.post(session.core("configmaps"), machine("web"))).code).toBe(400);
        expect((await session.post(session.core("configmaps"), { ...configMap("web"), apiVersion: "v2" })).code).toBe(
          400,
        );
      },
    },
    {
      name: "needs kind and version of custom objects, and fills in those of others",
      run: async (session) => {
        const { kind: _kind, apiVersion: _version, ...bare } = machine("web");
        expect((await session.post(session.path("virtualmachines"), bare)).code).toBe(400);
        const { kind: _core, ...named } = configMap("web");
        await session.post(session.core("configmaps"), named);
        const { apiVersion: _coreVersion, ...versionless } = configMap("other");
        await session.post(session.core("configmaps"), versionless);
      },
    },
    {
      name: "refuses bodies that are no objects",
      run: async (session) => {
        for (const body of ["", "null", "[]", "1", '"text"', "{", "not json"]) {
          const { code } = await session.call("POST", session.path("virtualmachines"), body, {
            "content-type": "application/json",
          });
          expect({ body, code }).toEqual({ body, code: 400 });
        }
      },
    },
    {
      name: "refuses bodies that are too large",
      run: async (session) => {
        const large = machine("web", { annotations: { a: "x".repeat(3 * 1024 * 1024) } });
        expect((await session.post(session.path("virtualmachines"), large)).code).toBe(413);
        const annotated = machine("web", { annotations: { a: "x".repeat(256 * 1024) } });
        expect((await session.post(session.path("virtualmachines"), annotated)).code).toBe(422);
      },
    },
    {
      name: "ignores what only a server may say",
      run: async (session) => {
        const claimed = machine("web", {
          uid: "11111111-2222-4333-8444-555555555555",
          creationTimestamp: "2001-01-01T00:00:00Z",
          deletionTimestamp: "2001-01-01T00:00:00Z",
          deletionGracePeriodSeconds: 30,
          generation: 7,
          selfLink: "/x",
        });
        const { code, body } = await session.post(session.path("virtualmachines"), claimed);
        expect(code).toBe(201);
        expect(valueAt(body, "metadata")).not.toHaveProperty("deletionTimestamp");
        expect(valueAt(body, "metadata", "generation")).toBe(1);
        const versioned = machine("other", { resourceVersion: "1" });
        expect((await session.post(session.path("virtualmachines"), versioned)).code).toBeGreaterThanOrEqual(400);
      },
    },
    {
      name: "drops the status of a new object that has a status subresource",
      run: async (session) => {
        const { body } = await session.post(session.path("virtualmachines"), {
          ...machine("web"),
          status: { phase: "Running" },
        });
        expect(body).not.toHaveProperty("status");
      },
    },
    {
      name: "refuses an object that breaks the rules of its kind, naming every field",
      run: async (session) => {
        const { domain } = diskAndVolume("root");
        const dangling = machine("web", {}, { domain, volumes: [] });
        const { code, body } = await session.post(session.path("virtualmachines"), dangling);
        expect({ code, reason: valueAt(body, "reason") }).toEqual({ code: 422, reason: "Invalid" });
        const wrong = machine("web", {}, { domain: { cpu: { cores: "two" } } });
        expect((await session.post(session.path("virtualmachines"), wrong)).code).toBe(422);
        const missing = { ...machine("web"), spec: {} };
        expect((await session.post(session.path("virtualmachines"), missing)).code).toBe(422);
        const twice = diskAndVolume("root");
        const doubled = machine("web", {}, { ...twice, volumes: [...twice.volumes, ...twice.volumes] });
        expect((await session.post(session.path("virtualmachines"), doubled)).code).toBe(422);
      },
    },
    {
      name: "takes YAML",
      run: async (session) => {
        const yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  a: b\n";
        const headers = { "content-type": "application/yaml", accept: "application/yaml" };
        const { code, body } = await session.call("POST", session.core("configmaps"), yaml, headers);
        expect(code).toBe(201);
        expect(body).toContain("kind: ConfigMap");
      },
    },
    {
      name: "needs a namespace that exists",
      run: async (session) => {
        const path = "/apis/kubevirt.io/v1alpha1/namespaces/nowhere/virtualmachines";
        const { code, body } = await session.post(path, machine("web"));
        expect({ code, name: valueAt(body, "details", "name") }).toEqual({ code: 404, name: "nowhere" });
      },
    },
  ],
};
