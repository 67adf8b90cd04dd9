import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { KubeObject } from "../../../../provider/apiserver/object";
import { configMap, configMaps, type Harness, machine, machines, openHarness } from "../harness";

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
});
afterEach(() => harness.close());

const merge = "application/merge-patch+json";
const web = `${machines}/web`;

function create(): Promise<KubeObject> {
  return harness.object("POST", machines, machine("web"));
}

/** Of a custom object nobody replaces what he has not seen. */
async function replace(object: { metadata: object; [field: string]: unknown }, path = web): Promise<KubeObject> {
  const { resourceVersion } = (await harness.object("GET", web)).metadata;
  return harness.object("PUT", path, { ...object, metadata: { resourceVersion, ...object.metadata } });
}

describe("update", () => {
  it("counts a generation for a changed spec, and none for labels or status", async () => {
    await create();
    expect((await replace(machine("web", { memory: "128Mi" }))).metadata.generation).toBe(2);
    const labelled = machine("web", { memory: "128Mi", metadata: { labels: { a: "b" } } });
    expect((await replace(labelled)).metadata).toMatchObject({ generation: 2, labels: { a: "b" } });
    const status = await harness.object("PATCH", `${web}/status`, { status: { phase: "Running" } }, merge);
    expect(status.metadata.generation).toBe(2);
  });

  it("refuses a revision that is no longer the newest, and wants one of custom objects", async () => {
    const { metadata } = await create();
    await replace(machine("web", { memory: "128Mi" }));
    const stale = machine("web", { metadata: { resourceVersion: metadata.resourceVersion }, memory: "256Mi" });
    const refusal = await harness.refusal("PUT", web, stale);
    expect(refusal.toStatus()).toMatchObject({ code: 409, reason: "Conflict" });
    expect(refusal.message).toContain("the object has been modified");
    const blind = await harness.refusal("PUT", web, machine("web", { memory: "256Mi" }));
    expect(blind.details?.causes).toMatchObject([{ field: "metadata.resourceVersion" }]);
    await harness.call("POST", configMaps, configMap("c"));
    await harness.call("PUT", `${configMaps}/c`, configMap("c", {}, { a: "c" }));
  });

  it("refuses another uid", async () => {
    const { resourceVersion } = (await create()).metadata;
    const other = machine("web", { metadata: { uid: "11111111-2222-4333-8444-555555555555", resourceVersion } });
    expect((await harness.refusal("PUT", web, other)).message).toContain("UID in precondition");
  });

  it("keeps uid, creation time and status whatever is sent", async () => {
    const { metadata } = await create();
    await harness.call("PATCH", `${web}/status`, { status: { phase: "Running" } }, merge);
    const sent = machine("web", { metadata: { creationTimestamp: "2001-01-01T00:00:00Z", generation: 77 } });
    const updated = await replace({ ...sent, status: { phase: "Failed" } });
    expect(updated.metadata).toMatchObject({
      uid: metadata.uid,
      creationTimestamp: metadata.creationTimestamp,
      generation: 1,
    });
    expect(updated.status).toEqual({ phase: "Running" });
  });

  it("changes status alone through the status subresource", async () => {
    await create();
    const sent = machine("web", { memory: "999Mi", metadata: { labels: { a: "b" } } });
    const updated = await replace({ ...sent, status: { phase: "Running" } }, `${web}/status`);
    expect(updated).toMatchObject({ spec: machine("web").spec, status: { phase: "Running" } });
    expect(updated.metadata).not.toHaveProperty("labels");
  });

  it("writes nothing when nothing changes", async () => {
    const { metadata } = await create();
    const again = await replace(machine("web"));
    expect(again.metadata.resourceVersion).toBe(metadata.resourceVersion);
    expect(harness.context.store.revision).toBe(Number(metadata.resourceVersion));
  });

  it("does not create", async () => {
    expect((await harness.refusal("PUT", web, machine("web"))).code).toBe(404);
  });

  it("loses no increment of many concurrent patches that name no revision", async () => {
    await harness.call("POST", configMaps, configMap("c", {}, {}));
    const patches = Array.from({ length: 12 }, (_, index) =>
      harness.call("PATCH", `${configMaps}/c`, { data: { [`k${index}`]: "x" } }, merge),
    );
    await Promise.all(patches);
    const stored = await harness.object("GET", `${configMaps}/c`);
    expect(Object.keys(Object(stored.data))).toHaveLength(12);
  });

  it("lets an object from before a rule be labelled, and its faults be removed, but not added to", async () => {
    const { store } = harness.context;
    const old = {
      ...machine("old", { metadata: { namespace: "default", uid: "u" } }),
      spec: { domain: { cpu: { cores: 0 } } },
    };
    await store.create("/kubevirt.io/virtualmachines/default/old", JSON.stringify(old));
    const at = `${machines}/old`;
    await harness.call("PATCH", at, { metadata: { labels: { a: "b" } } }, merge);
    expect(
      (await harness.refusal("PATCH", at, { spec: { terminationGracePeriodSeconds: -1 } }, merge)).details?.causes,
    ).toHaveLength(1);
    await harness.call("PATCH", at, { spec: { domain: { cpu: { cores: 1 } } } }, merge);
    expect((await harness.refusal("PATCH", at, { spec: { domain: { cpu: { cores: 0 } } } }, merge)).code).toBe(422);
  });
});

describe("patch", () => {
  it("takes JSON patches, and refuses one whose test fails or whose path is missing", async () => {
    await create();
    const type = "application/json-patch+json";
    const replace = [{ op: "replace", path: "/spec/domain/resources/requests/memory", value: "1Gi" }];
    expect((await harness.object("PATCH", web, replace, type)).spec).toMatchObject({
      domain: { resources: { requests: { memory: "1Gi" } } },
    });
    for (const [op, code] of [
      [{ op: "test", path: "/metadata/name", value: "other" }, 422],
      [{ op: "remove", path: "/spec/nothing/here" }, 422],
      [{ op: "add", path: "/__proto__/polluted", value: 1 }, 422],
      [{ op: "explode", path: "/spec" }, 422],
    ] as const) {
      expect((await harness.refusal("PATCH", web, [op], type)).code, JSON.stringify(op)).toBe(code);
    }
    expect((await harness.refusal("PATCH", web, {}, type)).code).toBe(400);
  });

  it("honours a revision that the patch sets", async () => {
    const { metadata } = await create();
    await harness.call("PATCH", web, { metadata: { labels: { a: "b" } } }, merge);
    const stale = { metadata: { resourceVersion: metadata.resourceVersion, labels: { a: "c" } } };
    expect((await harness.refusal("PATCH", web, stale, merge)).code).toBe(409);
  });

  it("refuses strategic merge patches of custom kinds, and takes those of core kinds", async () => {
    await create();
    const type = "application/strategic-merge-patch+json";
    expect((await harness.refusal("PATCH", web, {}, type)).code).toBe(415);
    await harness.call("POST", configMaps, configMap("c"));
    expect((await harness.object("PATCH", `${configMaps}/c`, { data: { a: null, x: "y" } }, type)).data).toEqual({
      x: "y",
    });
  });
});
