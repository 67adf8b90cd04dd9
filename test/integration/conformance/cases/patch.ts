/** PATCH in the formats that name changes: merge, JSON, strategic. */
import { expect } from "vitest";
import { textAt, valueAt } from "../../../../provider/apiserver/object";
import type { Area } from "../support/case";
import { claim, configMap, diskAndVolume, machine, secret } from "../support/objects";
import { mediaTypes, type Session } from "../support/session";

/** A reference to an owner that is there, so that nobody collects what it owns. */
export async function ownerIn(session: Session, name: string) {
  const { body } = await session.given(session.core("configmaps"), configMap(name));
  return { apiVersion: "v1", kind: "ConfigMap", name, uid: textAt(body, "metadata", "uid") };
}

export const patch: Area = {
  name: "patch",
  cases: [
    {
      name: "merges objects and removes what is null",
      run: async (session) => {
        const path = session.path("virtualmachines", "web");
        await session.given(session.path("virtualmachines"), machine("web", { labels: { a: "b", c: "d" } }));
        const { body } = await session.patch("merge", path, {
          metadata: { labels: { a: null, e: "f" } },
          spec: { domain: { cpu: { cores: 2 } } },
        });
        expect(body).toMatchObject({
          metadata: { generation: 2 },
          spec: { domain: { cpu: { cores: 2 }, resources: { requests: { memory: "64Mi" } } } },
        });
        expect(valueAt(body, "metadata", "labels")).toEqual({ c: "d", e: "f" });
        const same = await session.patch("merge", path, {});
        expect(same.code).toBe(200);
      },
    },
    {
      name: "replaces lists as a whole in a merge",
      run: async (session) => {
        const path = session.path("virtualmachines", "web");
        await session.given(session.path("virtualmachines"), machine("web", {}, diskAndVolume("root")));
        const { domain, volumes } = diskAndVolume("data");
        const { body } = await session.patch("merge", path, { spec: { domain: { devices: domain.devices }, volumes } });
        expect(valueAt(body, "spec", "volumes")).toEqual(volumes);
      },
    },
    {
      name: "refuses merges that are no objects or break the object",
      run: async (session) => {
        const path = session.path("virtualmachines", "web");
        await session.given(session.path("virtualmachines"), machine("web"));
        for (const body of ["[]", "1", '"x"', "{", "null", ""]) {
          await session.call("PATCH", path, body, { "content-type": "application/merge-patch+json" });
        }
        expect((await session.patch("merge", path, { spec: { domain: { cpu: { cores: -1 } } } })).code).toBe(422);
        expect((await session.patch("merge", path, { spec: null })).code).toBe(422);
        expect((await session.patch("merge", path, { metadata: null })).code).toBe(400);
        expect((await session.patch("merge", path, { metadata: { name: "other" } })).code).toBe(400);
        expect((await session.patch("merge", path, { kind: "Secret" })).code).toBe(422);
        expect((await session.patch("merge", path, { metadata: { uid: "x" } })).code).toBe(422);
        expect((await session.patch("merge", path, { metadata: { resourceVersion: "1" } })).code).toBe(409);
        expect((await session.patch("merge", session.path("virtualmachines", "nope"), {})).code).toBe(404);
      },
    },
    {
      name: "does not let a patch say which object it is, or what the server says of it",
      run: async (session) => {
        const [web, words] = [session.path("virtualmachines", "web"), session.core("configmaps", "words")];
        await session.given(session.path("virtualmachines"), machine("web"));
        await session.given(session.core("configmaps"), configMap("words"));
        const uid = "11111111-2222-4333-8444-555555555555";
        for (const path of [web, words, `${web}/status`]) {
          for (const metadata of [
            { uid },
            { uid: "" },
            { uid: null },
            { uid: 7 },
            { uid, resourceVersion: "1" },
            { creationTimestamp: "2020-01-01T00:00:00Z" },
            { creationTimestamp: null },
            { creationTimestamp: "yesterday" },
            { deletionTimestamp: "2020-01-01T00:00:00Z" },
            { generation: 17 },
            { generation: "17" },
            { generateName: "web-" },
            { generateName: null },
            { selfLink: "/web" },
            { namespace: "other" },
            { resourceVersion: "x" },
            { resourceVersion: 1 },
            { resourceVersion: null },
            { resourceVersion: "" },
            { resourceVersion: "0" },
          ]) {
            await session.patch("merge", path, { metadata });
          }
          await session.patch("json", path, [{ op: "replace", path: "/metadata/uid", value: uid }]);
          await session.patch("json", path, [{ op: "remove", path: "/metadata/uid" }]);
        }
        expect((await session.patch("merge", web, { metadata: { uid } })).code).toBe(422);
        await session.get(web);
      },
    },
    {
      name: "refuses what is of the wrong type after a patch",
      run: async (session) => {
        await session.given(session.path("virtualmachines"), machine("web"));
        await session.given(session.core("configmaps"), configMap("words"));
        for (const path of [session.path("virtualmachines", "web"), session.core("configmaps", "words")]) {
          for (const metadata of [
            { labels: { a: 1 } },
            { labels: [] },
            { labels: "x" },
            { annotations: { a: true } },
            { finalizers: "x" },
            { ownerReferences: "x" },
          ]) {
            expect((await session.patch("merge", path, { metadata })).code).toBe(422);
          }
          await session.patch("merge", path, { apiVersion: "v9" });
          await session.patch("merge", path, { apiVersion: "apps/v9" });
        }
        await session.patch("merge", session.path("virtualmachines", "web"), { kind: null });
        await session.patch("json", session.path("virtualmachines", "web"), [{ op: "replace", path: "", value: {} }]);
      },
    },
    {
      name: "takes null for a list without steps, and for a strategic merge without fields",
      run: async (session) => {
        await session.given(session.path("virtualmachines"), machine("web"));
        await session.given(session.core("configmaps"), configMap("words"));
        const send = async (type: "json" | "strategic", path: string) =>
          (await session.call("PATCH", path, "null", { "content-type": mediaTypes[type] })).code;
        expect(await send("json", session.path("virtualmachines", "web"))).toBe(200);
        expect(await send("json", session.core("configmaps", "words"))).toBe(200);
        expect(await send("strategic", session.core("configmaps", "words"))).toBe(200);
      },
    },
    {
      name: "carries out the steps of a JSON patch, all or none",
      run: async (session) => {
        const path = session.path("virtualmachines", "web");
        await session.given(session.path("virtualmachines"), machine("web", { labels: { a: "b", "x/y": "z" } }));
        const { body } = await session.patch("json", path, [
          { op: "test", path: "/metadata/labels/a", value: "b" },
          { op: "replace", path: "/metadata/labels/a", value: "c" },
          { op: "add", path: "/metadata/labels/d", value: "e" },
          { op: "remove", path: "/metadata/labels/x~1y" },
          { op: "copy", from: "/metadata/labels/d", path: "/metadata/labels/f" },
          { op: "move", from: "/metadata/labels/d", path: "/metadata/labels/g" },
        ]);
        expect(valueAt(body, "metadata", "labels")).toEqual({ a: "c", f: "e", g: "e" });
        const failing = await session.patch("json", path, [
          { op: "replace", path: "/metadata/labels/a", value: "lost" },
          { op: "test", path: "/metadata/labels/a", value: "b" },
        ]);
        expect(failing.code).toBe(422);
        expect(valueAt((await session.get(path)).body, "metadata", "labels", "a")).toBe("c");
      },
    },
    {
      name: "refuses JSON patches that do not fit",
      run: async (session) => {
        const path = session.path("virtualmachines", "web");
        await session.given(session.path("virtualmachines"), machine("web"));
        for (const step of [
          { op: "remove", path: "/metadata/labels/a" },
          { op: "replace", path: "/spec/nodeSelector/a", value: "b" },
          { op: "add", path: "/spec/volumes/-", value: {} },
        ]) {
          const { code } = await session.patch("json", path, [step]);
          expect({ step, code }).toEqual({ step, code: 422 });
        }
        for (const body of [{}, [{ op: "dance", path: "/a" }], [{ path: "/a" }], "x"])
          await session.patch("json", path, body);
      },
    },
    {
      name: "copies only what is there",
      only: { side: "local", since: "Kubernetes copies null from where there is nothing" },
      run: async (session) => {
        await session.given(session.path("virtualmachines"), machine("web"));
        const step = { op: "copy", from: "/nope", path: "/metadata/labels" };
        expect((await session.patch("json", session.path("virtualmachines", "web"), [step])).code).toBe(422);
      },
    },
    {
      name: "refuses strategic merges of custom kinds",
      run: async (session) => {
        await session.given(session.path("virtualmachines"), machine("web"));
        const { code } = await session.patch("strategic", session.path("virtualmachines", "web"), {});
        expect(code).toBe(415);
      },
    },
    {
      name: "merges built-in kinds strategically",
      run: async (session) => {
        await session.given(session.core("secrets"), secret("web", { stringData: { a: "b", c: "d" } }));
        const secretPath = session.core("secrets", "web");
        await session.patch("strategic", secretPath, { data: { a: null, e: "Zg==" }, stringData: { g: "h" } });
        const finalizers = { metadata: { finalizers: ["example.com/a"] } };
        await session.patch("strategic", secretPath, finalizers);
        const more = await session.patch("strategic", secretPath, { metadata: { finalizers: ["example.com/b"] } });
        expect(valueAt(more.body, "metadata", "finalizers")).toEqual(["example.com/b", "example.com/a"]);
        await session.patch("strategic", secretPath, {
          metadata: { "$deleteFromPrimitiveList/finalizers": ["example.com/a"] },
        });
        const [first, second] = [await ownerIn(session, "a"), await ownerIn(session, "b")];
        await session.patch("strategic", secretPath, { metadata: { ownerReferences: [first] } });
        const { body } = await session.patch("strategic", secretPath, { metadata: { ownerReferences: [second] } });
        expect(valueAt(body, "metadata", "ownerReferences")).toHaveLength(2);
        const remove = { metadata: { ownerReferences: [{ $patch: "delete", uid: first.uid }] } };
        expect(
          valueAt((await session.patch("strategic", secretPath, remove)).body, "metadata", "ownerReferences"),
        ).toHaveLength(1);
        await session.given(session.core("persistentvolumeclaims"), claim("web"));
        await session.patch("strategic", session.core("persistentvolumeclaims", "web"), {
          metadata: { labels: { a: "b" } },
        });
        const namespace = `/api/v1/namespaces/${session.namespace}`;
        await session.patch("strategic", namespace, { metadata: { labels: { a: "b" } } });
        await session.patch("strategic", namespace, { metadata: { labels: { $patch: "replace", c: "d" } } });
      },
    },
    {
      name: "removes an object whose last finalizer a patch takes",
      run: async (session) => {
        const path = session.path("virtualmachines", "web");
        await session.given(session.path("virtualmachines"), machine("web", { finalizers: ["example.com/a"] }));
        await session.delete(path);
        const added = await session.patch("merge", path, {
          metadata: { finalizers: ["example.com/a", "example.com/b"] },
        });
        expect(added.code).toBe(422);
        await session.patch("merge", path, { metadata: { labels: { a: "b" } } });
        expect((await session.patch("merge", path, { metadata: { finalizers: null } })).code).toBe(200);
        expect((await session.get(path)).code).toBe(404);
      },
    },
    {
      name: "tells what formats there are",
      run: async (session) => {
        await session.given(session.path("virtualmachines"), machine("web"));
        await session.given(session.core("configmaps"), configMap("web"));
        for (const type of ["application/json", "text/plain", "application/yaml", "nonsense"]) {
          const { code } = await session.call("PATCH", session.path("virtualmachines", "web"), "{}", {
            "content-type": type,
          });
          expect({ type, code }).toEqual({ type, code: 415 });
          await session.call("PATCH", session.core("configmaps", "web"), "{}", { "content-type": type });
        }
      },
    },
    {
      name: "changes nothing in a dry run, and validates fields",
      run: async (session) => {
        const path = session.path("virtualmachines", "web");
        await session.given(session.path("virtualmachines"), machine("web"));
        await session.patch("merge", `${path}?dryRun=All`, { metadata: { labels: { a: "b" } } });
        expect((await session.get(path)).body).not.toHaveProperty("metadata.labels");
        const odd = { spec: { domain: { cpuu: 1 } } };
        expect((await session.patch("merge", `${path}?fieldValidation=Strict`, odd)).code).toBe(422);
        expect((await session.patch("merge", path, odd)).code).toBe(200);
        expect((await session.patch("merge", `${path}?force=true`, {})).code).toBe(422);
      },
    },
  ],
};
