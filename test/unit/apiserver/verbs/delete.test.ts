import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { configMap, configMaps, type Harness, machine, machines, openHarness } from "../harness";

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
});
afterEach(() => harness.close());

const merge = "application/merge-patch+json";

describe("delete", () => {
  it("answers with a Status that names what went", async () => {
    const { metadata } = await harness.object("POST", machines, machine("web"));
    expect(await harness.call("DELETE", `${machines}/web`)).toMatchObject({
      type: "status",
      status: { status: "Success", details: { name: "web", kind: "virtualmachines", uid: metadata.uid } },
    });
    expect((await harness.refusal("GET", `${machines}/web`)).code).toBe(404);
    expect((await harness.refusal("DELETE", `${machines}/web`)).code).toBe(404);
  });

  it("marks an object with finalizers and removes it with its last one", async () => {
    await harness.call("POST", machines, machine("web", { metadata: { finalizers: ["a.b/c", "a.b/d"] } }));
    harness.advance(5000);
    const marked = await harness.object("DELETE", `${machines}/web`, { gracePeriodSeconds: 30 });
    expect(marked.metadata).toMatchObject({
      deletionTimestamp: "2026-01-01T00:00:05Z",
      deletionGracePeriodSeconds: 0,
      generation: 2,
    });
    harness.advance(5000);
    const again = await harness.object("DELETE", `${machines}/web`);
    expect(again.metadata.resourceVersion).toBe(marked.metadata.resourceVersion);
    const grown = { metadata: { finalizers: ["a.b/c", "a.b/d", "a.b/e"] } };
    expect((await harness.refusal("PATCH", `${machines}/web`, grown, merge)).code).toBe(422);
    await harness.call("PATCH", `${machines}/web`, { metadata: { finalizers: ["a.b/d"] } }, merge);
    const last = await harness.object("PATCH", `${machines}/web`, { metadata: { finalizers: null } }, merge);
    expect(last.metadata.deletionTimestamp).toBe("2026-01-01T00:00:05Z");
    expect((await harness.refusal("GET", `${machines}/web`)).code).toBe(404);
  });

  it("keeps the deletion time whatever an update says", async () => {
    await harness.call("POST", machines, machine("web", { metadata: { finalizers: ["a.b/c"] } }));
    const { resourceVersion } = (await harness.object("DELETE", `${machines}/web`)).metadata;
    const metadata = { finalizers: ["a.b/c"], deletionTimestamp: null, resourceVersion };
    const revived = machine("web", { metadata });
    expect((await harness.object("PUT", `${machines}/web`, revived)).metadata.deletionTimestamp).toBeDefined();
  });

  it("honours preconditions", async () => {
    const { metadata } = await harness.object("POST", machines, machine("web"));
    expect((await harness.refusal("DELETE", `${machines}/web`, { preconditions: { uid: "other" } })).code).toBe(409);
    const stale = { preconditions: { resourceVersion: "1" } };
    expect((await harness.refusal("DELETE", `${machines}/web`, stale)).code).toBe(409);
    await harness.call("DELETE", `${machines}/web`, { preconditions: { uid: metadata.uid } });
  });

  it("removes nothing in a dry run, asked for in the body or in the query", async () => {
    await harness.call("POST", machines, machine("web"));
    await harness.call("DELETE", `${machines}/web`, { dryRun: ["All"] });
    await harness.call("DELETE", `${machines}/web?dryRun=All`);
    await harness.call("GET", `${machines}/web`);
  });

  it("refuses a propagation policy that is none", async () => {
    await harness.call("POST", machines, machine("web"));
    expect((await harness.refusal("DELETE", `${machines}/web?propagationPolicy=Sideways`)).code).toBe(422);
  });

  it("removes the selected part of a collection", async () => {
    for (const name of ["a", "b", "c"]) {
      await harness.call("POST", configMaps, configMap(name, { labels: { odd: String(name !== "b") } }));
    }
    await harness.call("DELETE", `${configMaps}?labelSelector=odd%3Dtrue`);
    expect(await harness.list(configMaps)).toEqual(["b"]);
    expect((await harness.refusal("DELETE", "/api/v1/configmaps")).code).toBe(405);
  });

  it("spares the namespaces that must be there", async () => {
    expect((await harness.refusal("DELETE", "/api/v1/namespaces/default")).code).toBe(403);
    expect((await harness.refusal("DELETE", "/api/v1/namespaces/kube-system")).code).toBe(403);
  });
});
