/** Server-side apply: who owns which field, and what becomes of it. */
import { expect } from "vitest";
import { textAt, valueAt } from "../../../../provider/apiserver/object";
import type { Area } from "../support/case";
import type { Reply } from "../support/http";
import { configMap, diskAndVolume, machine, replicaSet, secret } from "../support/objects";
import type { Session } from "../support/session";
import { ownerIn } from "./patch";

function apply(session: Session, manager: string, object: object, query = ""): Promise<Reply> {
  const path = `${session.path("virtualmachines", "web")}?fieldManager=${manager}${query}`;
  return session.patch("apply", path, object);
}

/** The names of disks, volumes or conditions. */
function namesAt(body: unknown, ...path: readonly string[]): readonly string[] {
  const list = valueAt(body, ...path);
  return Array.isArray(list) ? list.map((each) => textAt(each, "name") || textAt(each, "type")) : [];
}

const condition = (type: string, status: string) => ({
  type,
  status,
  reason: "Because",
  message: "",
  lastTransitionTime: "2026-01-01T00:00:00Z",
});

export const applyArea: Area = {
  name: "apply",
  cases: [
    {
      name: "creates what is not there, and changes nothing the second time",
      run: async (session) => {
        const first = await apply(session, "one", machine("web", { labels: { a: "b" } }));
        expect(first.code).toBe(201);
        const second = await apply(session, "one", machine("web", { labels: { a: "b" } }));
        expect(second.code).toBe(200);
        const version = (body: unknown) => textAt(body, "metadata", "resourceVersion");
        expect(version(second.body)).toBe(version(first.body));
      },
    },
    {
      name: "needs a manager, a kind and a version, and no managed fields",
      run: async (session) => {
        const path = session.path("virtualmachines", "web");
        expect((await session.patch("apply", path, machine("web"))).code).toBe(422);
        const { kind: _kind, ...bare } = machine("web");
        expect((await apply(session, "one", bare)).code).toBe(400);
        expect((await apply(session, "one", machine("web", { managedFields: [] }))).code).toBe(400);
        const entry = {
          manager: "x",
          operation: "Apply",
          apiVersion: "kubevirt.io/v1alpha1",
          fieldsType: "FieldsV1",
          fieldsV1: {},
        };
        expect((await apply(session, "one", machine("web", { managedFields: [entry] }))).code).toBe(400);
        expect((await apply(session, "one", machine("other"))).code).toBe(400);
        await session.call("PATCH", `${path}?fieldManager=one`, "", { "content-type": "application/apply-patch+yaml" });
      },
    },
    {
      name: "takes YAML",
      run: async (session) => {
        const yaml =
          "apiVersion: kubevirt.io/v1alpha1\nkind: VirtualMachine\nmetadata:\n  name: web\nspec:\n  domain:\n    cpu: {cores: 2}\n";
        const headers = { "content-type": "application/apply-patch+yaml" };
        const { code } = await session.call(
          "PATCH",
          `${session.path("virtualmachines", "web")}?fieldManager=one`,
          yaml,
          headers,
        );
        expect(code).toBe(201);
      },
    },
    {
      name: "removes what its manager no longer gives",
      run: async (session) => {
        await apply(
          session,
          "one",
          machine("web", { labels: { a: "b", c: "d" }, annotations: { e: "f" } }, { nodeSelector: { g: "h" } }),
        );
        const { body } = await apply(session, "one", machine("web", { labels: { a: "b" } }));
        expect(valueAt(body, "metadata", "labels")).toEqual({ a: "b" });
        expect(body).not.toHaveProperty("metadata.annotations");
        expect(body).not.toHaveProperty("spec.nodeSelector");
      },
    },
    {
      name: "keeps what another manager gives too",
      run: async (session) => {
        await apply(session, "one", machine("web", { labels: { a: "b" } }));
        await apply(session, "two", { ...machine("web", { labels: { a: "b", c: "d" } }) });
        const { body } = await apply(session, "one", machine("web"));
        expect(valueAt(body, "metadata", "labels")).toEqual({ a: "b", c: "d" });
        const { body: gone } = await apply(session, "two", machine("web"));
        expect(gone).not.toHaveProperty("metadata.labels");
      },
    },
    {
      name: "names every conflict with another manager, and takes over by force",
      run: async (session) => {
        await apply(session, "one", machine("web", { labels: { a: "b", c: "d" } }));
        await session.patch("merge", `${session.path("virtualmachines", "web")}?fieldManager=hand`, {
          metadata: { labels: { c: "x" } },
        });
        const other = machine("web", { labels: { a: "y", c: "y" } });
        const { code, body } = await apply(session, "two", other);
        expect({ code, reason: valueAt(body, "reason") }).toEqual({ code: 409, reason: "Conflict" });
        expect(valueAt(body, "details", "causes")).toHaveLength(2);
        const single = await apply(session, "two", machine("web", { labels: { a: "y" } }));
        expect(single.code).toBe(409);
        const forced = await apply(session, "two", other, "&force=true");
        expect(valueAt(forced.body, "metadata", "labels")).toEqual({ a: "y", c: "y" });
        const lost = await apply(session, "one", machine("web", { labels: { a: "b" } }));
        expect(lost.code).toBe(409);
      },
    },
    {
      name: "takes over what was written otherwise",
      run: async (session) => {
        await session.given(
          `${session.path("virtualmachines")}?fieldManager=hand`,
          machine("web", { labels: { a: "b" } }),
        );
        const agreed = await apply(session, "one", machine("web", { labels: { a: "b" } }));
        expect(agreed.code).toBe(200);
        const { code } = await apply(session, "one", machine("web", { labels: { a: "c" } }));
        expect(code).toBe(409);
        await apply(session, "one", machine("web", { labels: { a: "c" } }), "&force=true");
        const { body } = await apply(session, "one", machine("web"));
        expect(body).not.toHaveProperty("metadata.labels");
      },
    },
    {
      name: "merges disks and volumes by name",
      run: async (session) => {
        await apply(session, "one", machine("web", {}, diskAndVolume("root")));
        const { domain, volumes } = diskAndVolume("data");
        const part = { ...machine("web"), spec: { domain: { devices: domain.devices }, volumes } };
        const { body } = await apply(session, "two", part);
        expect(namesAt(body, "spec", "domain", "devices", "disks")).toEqual(["root", "data"]);
        expect(namesAt(body, "spec", "volumes")).toEqual(["root", "data"]);
        const conflicting = { ...part, spec: { volumes: [{ name: "root", emptyDisk: { capacity: "2Gi" } }] } };
        expect((await apply(session, "two", conflicting)).code).toBe(409);
        const { body: gone } = await apply(session, "two", { ...machine("web"), spec: { domain: {} } });
        expect(namesAt(gone, "spec", "volumes")).toEqual(["root"]);
        expect(namesAt(gone, "spec", "domain", "devices", "disks")).toEqual(["root"]);
      },
    },
    {
      name: "changes one setting of a disk that another manager gave",
      run: async (session) => {
        await apply(session, "one", machine("web", {}, diskAndVolume("root")));
        const disks = [{ name: "root", disk: { bus: "virtio" } }];
        const { code, body } = await apply(session, "two", {
          ...machine("web"),
          spec: { domain: { devices: { disks } } },
        });
        expect({ code, disks: valueAt(body, "spec", "domain", "devices", "disks") }).toEqual({
          code: 200,
          disks: [{ name: "root", volumeName: "root", disk: { bus: "virtio" } }],
        });
      },
    },
    {
      name: "replaces a list that is one value, and conflicts over it",
      run: async (session) => {
        const replicas = replicaSet("web");
        const path = (manager: string, force = "") =>
          `${session.path("virtualmachinereplicasets", "web")}?fieldManager=${manager}${force}`;
        await session.patch("apply", path("one"), replicas);
        const { spec } = replicas;
        const other = {
          ...replicas,
          spec: {
            ...spec,
            selector: { matchLabels: { app: "web", tier: "front" } },
            template: { ...spec.template, metadata: { labels: { app: "web", tier: "front" } } },
          },
        };
        const { code } = await session.patch("apply", path("two"), other);
        expect(code).toBe(409);
        const { body } = await session.patch("apply", path("two", "&force=true"), other);
        expect(valueAt(body, "spec", "selector", "matchLabels")).toEqual({ app: "web", tier: "front" });
      },
    },
    {
      name: "merges conditions by type, through the status",
      run: async (session) => {
        await session.given(session.path("virtualmachines"), machine("web"));
        const status = (manager: string) =>
          `${session.path("virtualmachines", "web", "status")}?fieldManager=${manager}`;
        const withConditions = (...conditions: object[]) => ({
          ...machine("web"),
          spec: undefined,
          status: { conditions },
        });
        await session.patch("apply", status("one"), withConditions(condition("Ready", "True")));
        const { body } = await session.patch("apply", status("two"), withConditions(condition("Live", "True")));
        expect(namesAt(body, "status", "conditions")).toEqual(["Ready", "Live"]);
        const conflicting = await session.patch("apply", status("two"), withConditions(condition("Ready", "False")));
        expect(conflicting.code).toBe(409);
        const { body: gone } = await session.patch("apply", status("one"), { ...machine("web"), spec: undefined });
        expect(namesAt(gone, "status", "conditions")).toEqual(["Live"]);
        await session.patch("apply", status("one").replace("/web/", "/nope/"), { ...machine("nope"), spec: undefined });
      },
    },
    {
      name: "keeps finalizers and owners of several managers",
      run: async (session) => {
        const [first, second] = [await ownerIn(session, "a"), await ownerIn(session, "b")];
        await apply(session, "one", machine("web", { finalizers: ["example.com/a"], ownerReferences: [first] }));
        const { body } = await apply(
          session,
          "two",
          machine("web", { finalizers: ["example.com/b"], ownerReferences: [second] }),
        );
        expect(valueAt(body, "metadata", "finalizers")).toEqual(["example.com/a", "example.com/b"]);
        expect(valueAt(body, "metadata", "ownerReferences")).toHaveLength(2);
        const { body: left } = await apply(session, "one", machine("web"));
        expect(valueAt(left, "metadata", "finalizers")).toEqual(["example.com/b"]);
      },
    },
    {
      name: "follows fields that other writers remove or change",
      run: async (session) => {
        await apply(session, "one", machine("web", { labels: { a: "b", c: "d" } }));
        const path = session.path("virtualmachines", "web");
        await session.patch("merge", `${path}?fieldManager=hand`, { metadata: { labels: { a: null } } });
        await session.patch("merge", `${path}?fieldManager=hand`, { metadata: { labels: { e: "f" } } });
        await session.patch("merge", `${path}?fieldManager=hand`, { spec: { domain: { cpu: { cores: 2 } } } });
        await session.patch("merge", `${path}/status?fieldManager=hand`, { status: { phase: "Running" } });
        const { body } = await apply(session, "one", machine("web", { labels: { c: "d" } }));
        expect(valueAt(body, "metadata", "labels")).toEqual({ c: "d", e: "f" });
      },
    },
    {
      name: "dry-runs and validates",
      run: async (session) => {
        const { code } = await apply(session, "one", machine("web"), "&dryRun=All");
        expect(code).toBe(201);
        expect((await session.get(session.path("virtualmachines", "web"))).code).toBe(404);
        const odd = machine("web", {}, { domain: { cpuu: {} } });
        await apply(session, "one", odd, "&fieldValidation=Strict");
        await apply(session, "one", odd);
        await apply(session, "one", machine("web", {}, { domain: { cpu: { cores: -1 } } }));
        await apply(session, "one", machine("web", {}, { domain: { cpu: { cores: "x" } } }));
        const twice = diskAndVolume("root");
        await apply(session, "one", machine("web", {}, { ...twice, volumes: [...twice.volumes, ...twice.volumes] }));
      },
    },
    {
      name: "refuses values of the wrong type, and lists whose elements cannot be told apart",
      run: async (session) => {
        const [root] = diskAndVolume("root").volumes;
        for (const spec of [
          { domain: { cpu: { cores: "x" } } },
          { domain: { cpu: { cores: true } } },
          { domain: { cpu: { cores: 1.5 } } },
          { domain: { cpu: [] } },
          { domain: "x" },
          { domain: {}, nodeSelector: { a: 1 } },
          { domain: {}, nodeSelector: ["a"] },
          { domain: { devices: { disks: {} } } },
          { domain: { devices: { disks: ["x"] } } },
          { domain: {}, volumes: [{ emptyDisk: { capacity: "1Gi" } }] },
          { domain: {}, volumes: [null] },
          { domain: {}, volumes: [root, root] },
        ]) {
          const { code } = await apply(session, "one", machine("web", {}, spec), "&dryRun=All");
          expect({ spec, refused: code >= 400 }).toEqual({ spec, refused: true });
        }
        const uid = "11111111-2222-4333-8444-555555555555";
        const owner = { apiVersion: "v1", kind: "ConfigMap", name: "x", uid };
        for (const metadata of [
          { labels: { a: 1 } },
          { labels: "x" },
          { annotations: { a: true } },
          { finalizers: "x" },
          { finalizers: [1] },
          { finalizers: ["a.b/c", "a.b/c"] },
          { ownerReferences: [{ name: "x" }] },
          { ownerReferences: [owner, { ...owner, name: "y" }] },
        ]) {
          const { code } = await apply(session, "one", machine("web", metadata), "&dryRun=All");
          expect({ metadata, refused: code >= 400 }).toEqual({ metadata, refused: true });
        }
        const words = (fields: object) =>
          session.patch("apply", `${session.core("configmaps", "web")}?fieldManager=one`, {
            ...configMap("web"),
            ...fields,
          });
        for (const fields of [{ data: { a: 1 } }, { data: "x" }, { immutable: "x" }, { binaryData: { b: "?" } }]) {
          expect((await words(fields)).code).toBeGreaterThanOrEqual(400);
        }
      },
    },
    {
      name: "refuses null where a value has to be",
      run: async (session) => {
        for (const spec of [
          { domain: { cpu: null } },
          { domain: {}, nodeSelector: { a: null } },
          { domain: {}, volumes: null },
        ]) {
          expect((await apply(session, "one", machine("web", {}, spec), "&dryRun=All")).code).toBe(422);
        }
      },
    },
    {
      name: "is of the object that its path names",
      run: async (session) => {
        const { metadata: _, ...bare } = machine("web");
        expect((await apply(session, "one", { ...bare, metadata: {} })).code).toBe(400);
        expect((await apply(session, "one", bare)).code).toBe(400);
        expect((await apply(session, "one", machine("web"))).code).toBe(201);
        expect((await apply(session, "one", { ...bare, metadata: {} })).code).toBe(200);
        expect((await apply(session, "one", bare)).code).toBe(200);
        expect((await apply(session, "one", { ...bare, metadata: { name: "" } })).code).toBe(400);
        expect((await apply(session, "one", { ...bare, metadata: { name: null } })).code).toBe(400);
        expect((await apply(session, "one", machine("web", { namespace: "elsewhere" }))).code).toBe(400);
        expect((await apply(session, "one", { ...machine("web"), kind: "Secret" })).code).toBe(400);
        expect((await apply(session, "one", { ...machine("web"), apiVersion: "v1" })).code).toBe(400);
        expect((await apply(session, "one", { ...machine("web"), apiVersion: "kubevirt.io/v9" })).code).toBe(400);
      },
    },
    {
      name: "means the version and the uid that it names",
      run: async (session) => {
        await apply(session, "one", machine("web"));
        const uid = "11111111-2222-4333-8444-555555555555";
        expect((await apply(session, "one", machine("web", { uid, labels: { a: "b" } }))).code).toBe(422);
        expect((await apply(session, "one", machine("web", { resourceVersion: "1", labels: { a: "b" } }))).code).toBe(
          409,
        );
        expect((await apply(session, "one", machine("nope", { uid }))).code).toBe(400);
        const path = `${session.path("virtualmachines", "nope")}?fieldManager=one`;
        expect((await session.patch("apply", path, machine("nope", { uid }))).code).toBe(409);
        for (const metadata of [
          { uid: "" },
          { uid, resourceVersion: "1" },
          { resourceVersion: "" },
          { resourceVersion: "0" },
          { resourceVersion: "x" },
          { creationTimestamp: "2020-01-01T00:00:00Z" },
          { creationTimestamp: null },
          { generation: 5 },
          { generateName: "web-" },
        ]) {
          await apply(session, "one", machine("web", metadata));
        }
        const { body } = await apply(session, "one", machine("web"));
        expect(body).not.toHaveProperty("metadata.generateName");
      },
    },
    {
      name: "renews for kubectl what its client-side apply left, and forgives what nobody wrote since",
      run: async (session) => {
        const annotation = "kubectl.kubernetes.io/last-applied-configuration";
        const web = machine("web", { labels: { a: "b", c: "d" } });
        const annotated = (object: object, metadata: object) => ({
          ...object,
          metadata: { name: "web", ...metadata, annotations: { [annotation]: `${JSON.stringify(web)}\n` } },
        });
        const path = session.path("virtualmachines", "web");
        await session.given(
          `${session.path("virtualmachines")}?fieldManager=kubectl-client-side-apply`,
          annotated(web, { labels: { a: "b", c: "d" } }),
        );
        const applied = (manager: string, metadata: Readonly<Record<string, unknown>>) =>
          apply(session, manager, machine("web", metadata));
        expect((await applied("other", { labels: { a: "x" } })).code).toBe(409);
        const { body } = await applied("kubectl", { labels: { c: "e" }, annotations: { g: "<h>&" } });
        expect(textAt(body, "metadata", "annotations", annotation)).toContain('{"g":"\\u003ch\\u003e\\u0026"}');
        await session.patch("merge", `${path}?fieldManager=hand`, { metadata: { labels: { a: "hand" } } });
        expect((await applied("kubectl", { labels: { a: "b" } })).code).toBe(409);
        await applied("kubectl", { labels: { c: "f" }, annotations: { [annotation]: "nonsense", g: "h" } });
        await applied("kubectl", { labels: { c: "i" }, annotations: { g: "h" } });
        await applied("other", {});
        await session.patch("merge", `${path}?fieldManager=hand`, {
          metadata: { annotations: { [annotation]: "nonsense" } },
        });
        await applied("kubectl", { labels: { a: "b" } });
        await applied("kubectl", { labels: { c: "j" } });
        await session.patch("merge", `${path}?fieldManager=hand`, { metadata: { annotations: { [annotation]: "" } } });
        await applied("kubectl", { labels: { c: "k" } });
      },
    },
    {
      name: "applies built-in kinds",
      run: async (session) => {
        const path = (plural: string, manager: string) => `${session.core(plural, "web")}?fieldManager=${manager}`;
        await session.patch("apply", path("configmaps", "one"), configMap("web", { a: "b", c: "d" }));
        await session.patch("apply", path("configmaps", "two"), configMap("web", { e: "f" }));
        const { body } = await session.patch("apply", path("configmaps", "one"), configMap("web", { a: "b" }));
        expect(valueAt(body, "data")).toEqual({ a: "b", e: "f" });
        await session.patch("apply", path("secrets", "one"), secret("web", { stringData: { a: "b" } }));
        await session.patch("apply", path("secrets", "one"), secret("web", { data: { a: "Yg==" } }));
        const namespace = {
          apiVersion: "v1",
          kind: "Namespace",
          metadata: { name: session.namespace, labels: { a: "b" } },
        };
        await session.patch("apply", `/api/v1/namespaces/${session.namespace}?fieldManager=one`, namespace);
      },
    },
  ],
};
