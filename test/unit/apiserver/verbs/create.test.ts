import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { configMap, configMaps, type Harness, machine, machines, openHarness } from "../harness";

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
});
afterEach(() => harness.close());

describe("create", () => {
  it("gives uid, creation time, generation and revision", async () => {
    const { metadata } = await harness.object("POST", machines, machine("web"));
    expect(metadata).toMatchObject({
      name: "web",
      namespace: "default",
      generation: 1,
      creationTimestamp: "2026-01-01T00:00:00Z",
      uid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      resourceVersion: String(harness.context.store.revision),
    });
  });

  it("ignores what only the server may say", async () => {
    const claimed = {
      uid: "mine",
      generation: 9,
      deletionTimestamp: "2020-01-01T00:00:00Z",
      deletionGracePeriodSeconds: 3,
    };
    const { metadata } = await harness.object("POST", machines, machine("web", { metadata: claimed }));
    expect(metadata).toMatchObject({ generation: 1 });
    expect(metadata.uid).not.toBe("mine");
    expect(metadata).not.toHaveProperty("deletionTimestamp");
  });

  it("completes a generateName", async () => {
    const { metadata } = await harness.object("POST", configMaps, configMap("", { generateName: "replica" }));
    expect(metadata.name).toMatch(/^replica[bcdfghjklmnpqrstvwxz2-9]{5}$/);
  });

  it("refuses a second object of the name", async () => {
    await harness.call("POST", machines, machine("web"));
    const refusal = await harness.refusal("POST", machines, machine("web"));
    expect(refusal.toStatus()).toMatchObject({
      code: 409,
      reason: "AlreadyExists",
      message: 'virtualmachines.kubevirt.io "web" already exists',
      details: { name: "web", group: "kubevirt.io", kind: "virtualmachines" },
    });
  });

  it("answers all faults of an object at once, as causes", async () => {
    const wrong = machine("Web_1", { memory: "-1" });
    const refusal = await harness.refusal("POST", machines, {
      ...wrong,
      spec: { ...wrong.spec, terminationGracePeriodSeconds: -1 },
    });
    expect(refusal.code).toBe(422);
    expect(refusal.reason).toBe("Invalid");
    expect(refusal.message).toMatch(/^VirtualMachine\.kubevirt\.io "Web_1" is invalid: \[/);
    expect(refusal.details?.causes?.map(({ field }) => field)).toEqual(
      expect.arrayContaining([
        "metadata.name",
        "spec.terminationGracePeriodSeconds",
        "spec.domain.resources.requests.memory",
      ]),
    );
  });

  it("wants the namespace to exist", async () => {
    const refusal = await harness.refusal("POST", "/api/v1/namespaces/nowhere/configmaps", configMap("a"));
    expect(refusal.toStatus()).toMatchObject({ code: 404, message: 'namespaces "nowhere" not found' });
  });

  it("refuses a body that speaks of another kind, version or namespace", async () => {
    expect((await harness.refusal("POST", machines, configMap("a"))).code).toBe(400);
    expect((await harness.refusal("POST", configMaps, { ...configMap("a"), apiVersion: "v2" })).code).toBe(400);
    expect((await harness.refusal("POST", configMaps, configMap("a", { namespace: "other" }))).code).toBe(400);
    expect((await harness.refusal("POST", configMaps, "text")).code).toBe(400);
    expect((await harness.refusal("POST", configMaps, configMap("a", { resourceVersion: "5" }))).code).toBe(400);
  });

  it("stores nothing in a dry run, and refuses what it would refuse", async () => {
    const { revision } = harness.context.store;
    expect((await harness.object("POST", `${machines}?dryRun=All`, machine("web"))).metadata.uid).toBeDefined();
    expect(harness.context.store.revision).toBe(revision);
    expect((await harness.refusal("POST", `${machines}?dryRun=Some`, machine("web"))).code).toBe(422);
    await harness.call("POST", machines, machine("web"));
    expect((await harness.refusal("POST", `${machines}?dryRun=All`, machine("web"))).code).toBe(409);
  });

  it("folds stringData of a secret into data and shows no value in a fault", async () => {
    const secrets = "/api/v1/namespaces/default/secrets";
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" } };
    const created = await harness.object("POST", secrets, { ...secret, data: { a: "YQ==" }, stringData: { b: "b" } });
    expect(created).toMatchObject({ type: "Opaque", data: { a: "YQ==", b: "Yg==" } });
    expect(created).not.toHaveProperty("stringData");
    const refusal = await harness.refusal("POST", secrets, { ...secret, data: { a: "pass word!" } });
    expect(refusal.message).toContain(".data.a");
    expect(refusal.message).not.toContain("pass word");
  });

  it("survives metadata of any shape with a fault instead of a crash", async () => {
    for (const metadata of [
      { labels: "x" },
      { labels: { a: 5 } },
      { annotations: [] },
      { finalizers: "x" },
      { finalizers: [5] },
      { ownerReferences: {} },
      { ownerReferences: [null] },
      { managedFields: "x" },
      { managedFields: [1] },
      { labels: { constructor: {} } },
    ]) {
      const refusal = await harness.refusal("POST", configMaps, configMap("a", metadata));
      expect([400, 422], JSON.stringify(metadata)).toContain(refusal.code);
    }
  });
});
