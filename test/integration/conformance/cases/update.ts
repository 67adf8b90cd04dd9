/** PUT, of an object and of its status. */
import { expect } from "vitest";
import { isRecord, textAt, valueAt } from "../../../../provider/apiserver/object";
import type { Area } from "../support/case";
import { configMap, machine } from "../support/objects";

type Fields = Readonly<Record<string, unknown>>;

function record(value: unknown): Fields {
  if (!isRecord(value)) throw new Error(`${JSON.stringify(value)} is no object`);
  return value;
}

/** The object with other fields in its metadata. */
function withMetadata(object: unknown, metadata: Fields): Fields {
  return { ...record(object), metadata: { ...record(valueAt(object, "metadata")), ...metadata } };
}

export const update: Area = {
  name: "update",
  cases: [
    {
      name: "replaces all of an object, and counts what it wants",
      run: async (session) => {
        const path = session.path("virtualmachines", "web");
        const { body } = await session.given(session.path("virtualmachines"), machine("web", { labels: { a: "b" } }));
        const changed = await session.put(path, { ...record(body), spec: { domain: { cpu: { cores: 2 } } } });
        expect(changed.code).toBe(200);
        expect(changed.body).toMatchObject({ metadata: { generation: 2 }, spec: { domain: { cpu: { cores: 2 } } } });
        const relabelled = await session.put(path, withMetadata(changed.body, { labels: { c: "d" } }));
        expect(valueAt(relabelled.body, "metadata")).toMatchObject({ generation: 2, labels: { c: "d" } });
      },
    },
    {
      name: "writes nothing when nothing changes",
      run: async (session) => {
        const path = session.path("virtualmachines", "web");
        const { body } = await session.given(session.path("virtualmachines"), machine("web"));
        const { body: same } = await session.put(path, body);
        expect(textAt(same, "metadata", "resourceVersion")).toBe(textAt(body, "metadata", "resourceVersion"));
      },
    },
    {
      name: "refuses to replace another version than the one that was read",
      run: async (session) => {
        const path = session.path("virtualmachines", "web");
        const { body } = await session.given(session.path("virtualmachines"), machine("web"));
        await session.put(path, withMetadata(body, { labels: { a: "b" } }));
        const { code, body: refusal } = await session.put(path, withMetadata(body, { labels: { c: "d" } }));
        expect({ code, reason: valueAt(refusal, "reason") }).toEqual({ code: 409, reason: "Conflict" });
      },
    },
    {
      name: "needs the version of a custom object, and replaces others without",
      run: async (session) => {
        await session.given(session.path("virtualmachines"), machine("web"));
        const { code } = await session.put(
          session.path("virtualmachines", "web"),
          machine("web", { labels: { a: "b" } }),
        );
        expect(code).toBe(422);
        await session.given(session.core("configmaps"), configMap("web"));
        expect((await session.put(session.core("configmaps", "web"), configMap("web", { a: "c" }))).code).toBe(200);
      },
    },
    {
      name: "refuses another name, namespace, uid or kind",
      run: async (session) => {
        const path = session.path("virtualmachines", "web");
        const { body } = await session.given(session.path("virtualmachines"), machine("web"));
        expect((await session.put(path, withMetadata(body, { name: "other" }))).code).toBe(400);
        expect((await session.put(path, withMetadata(body, { name: "" }))).code).toBe(400);
        expect((await session.put(path, withMetadata(body, { namespace: "default" }))).code).toBe(400);
        const uid = "11111111-2222-4333-8444-555555555555";
        expect((await session.put(path, withMetadata(body, { uid }))).code).toBe(409);
        expect((await session.put(path, { ...record(body), kind: "Secret" })).code).toBe(422);
        expect(
          (await session.put(session.path("virtualmachines", "nope"), withMetadata(body, { name: "nope" }))).code,
        ).toBe(404);
        const fresh = machine("nope");
        expect((await session.put(session.path("virtualmachines", "nope"), fresh)).code).toBe(404);
      },
    },
    {
      name: "keeps what only a server may change",
      run: async (session) => {
        const path = session.path("virtualmachines", "web");
        const { body } = await session.given(session.path("virtualmachines"), machine("web"));
        const claimed = withMetadata(body, {
          creationTimestamp: "2001-01-01T00:00:00Z",
          generation: 17,
          deletionTimestamp: "2001-01-01T00:00:00Z",
          generateName: "x",
          labels: { a: "b" },
        });
        await session.put(path, claimed);
        const {
          uid: _uid,
          creationTimestamp: _time,
          ...rest
        } = record(valueAt((await session.get(path)).body, "metadata"));
        const without = await session.put(path, { ...record(body), metadata: { ...rest, labels: { a: "c" } } });
        expect(valueAt(without.body, "metadata", "uid")).toBe(valueAt(body, "metadata", "uid"));
      },
    },
    {
      name: "keeps status and the rest apart",
      run: async (session) => {
        const path = session.path("virtualmachines", "web");
        const status = session.path("virtualmachines", "web", "status");
        const { body } = await session.given(session.path("virtualmachines"), machine("web"));
        const ignored = await session.put(path, {
          ...withMetadata(body, { labels: { a: "b" } }),
          status: { phase: "Failed" },
        });
        expect(ignored.body).not.toHaveProperty("status");
        const both = {
          ...withMetadata(ignored.body, { labels: { c: "d" } }),
          status: { phase: "Running" },
          spec: { domain: {} },
        };
        const { body: changed } = await session.put(status, both);
        expect(changed).toMatchObject({
          metadata: { generation: 1, labels: { a: "b" } },
          spec: valueAt(body, "spec"),
          status: { phase: "Running" },
        });
        expect((await session.get(status)).body).toEqual(changed);
        const gone = await session.put(status, { ...record(changed), status: undefined });
        expect(gone.body).not.toHaveProperty("status");
      },
    },
    {
      name: "judges a status by its schema",
      run: async (session) => {
        const status = session.path("virtualmachines", "web", "status");
        const { body } = await session.given(session.path("virtualmachines"), machine("web"));
        expect((await session.put(status, { ...record(body), status: { phase: "Dancing" } })).code).toBe(422);
        expect((await session.put(status, { ...record(body), status: { phase: 1 } })).code).toBe(422);
        const odd = await session.put(status, { ...record(body), status: { phase: "Running", odd: 1 } });
        expect(valueAt(odd.body, "status")).toEqual({ phase: "Running" });
      },
    },
    {
      name: "changes nothing in a dry run",
      run: async (session) => {
        const path = session.path("virtualmachines", "web");
        const { body } = await session.given(session.path("virtualmachines"), machine("web"));
        const { code, body: tried } = await session.put(
          `${path}?dryRun=All`,
          withMetadata(body, { labels: { a: "b" } }),
        );
        expect({ code, labels: valueAt(tried, "metadata", "labels") }).toEqual({ code: 200, labels: { a: "b" } });
        const { body: after } = await session.get(path);
        expect(textAt(after, "metadata", "resourceVersion")).toBe(textAt(body, "metadata", "resourceVersion"));
      },
    },
    {
      name: "validates fields as a create does",
      run: async (session) => {
        const path = session.path("virtualmachines", "web");
        const { body } = await session.given(session.path("virtualmachines"), machine("web"));
        const odd = { ...record(body), spec: { domain: { cpuu: {} } } };
        expect((await session.put(`${path}?fieldValidation=Strict`, odd)).code).toBe(400);
        expect((await session.put(path, odd)).code).toBe(200);
      },
    },
    {
      name: "names the writers of fields, and forgets them on demand",
      run: async (session) => {
        const path = session.path("virtualmachines", "web");
        const { body } = await session.given(
          `${session.path("virtualmachines")}?fieldManager=one`,
          machine("web", { labels: { a: "b" } }),
        );
        const second = await session.put(
          `${path}?fieldManager=two`,
          withMetadata(body, { labels: { a: "c", d: "e" } }),
        );
        await session.put(`${path}?fieldManager=one`, {
          ...record(second.body),
          spec: { domain: { cpu: { cores: 2 } } },
        });
        const third = await session.get(path);
        const cleared = await session.put(path, withMetadata(third.body, { managedFields: [{}] }));
        expect(cleared.body).not.toHaveProperty("metadata.managedFields");
        const refused = `${path}?fieldManager=${"x".repeat(129)}`;
        expect((await session.put(refused, cleared.body)).code).toBe(422);
      },
    },
  ],
};
