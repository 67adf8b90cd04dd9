import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { configMap, eventually, type Harness, machine, openHarness } from "./harness";

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
  await harness.call("POST", "/api/v1/namespaces", { metadata: { name: "team" } });
});
afterEach(async () => {
  await harness.close();
  expect(harness.complaints).toEqual([]);
});

const team = "/api/v1/namespaces/team";
const machines = "/apis/kubevirt.io/v1alpha1/namespaces/team/virtualmachines";
const merge = "application/merge-patch+json";

async function exists(): Promise<boolean> {
  return (await harness.list("/api/v1/namespaces")).includes("team");
}

describe("a namespace that is deleted", () => {
  it("takes its contents along, whatever their kind, and goes last", async () => {
    harness.startBackground();
    await harness.call("POST", `${team}/configmaps`, configMap("a"));
    await harness.call("POST", machines, machine("web"));
    expect(await harness.object("DELETE", team)).toMatchObject({ status: { phase: "Terminating" } });
    await eventually(async () => !(await exists()));
    expect(harness.context.store.list({ prefix: "/" }).entries.filter(({ key }) => key.includes("/team"))).toEqual([]);
  });

  it("waits for finalizers of its contents, and accepts nothing new meanwhile", async () => {
    harness.startBackground();
    await harness.call("POST", machines, machine("web", { metadata: { finalizers: ["a.b/c"] } }));
    await harness.call("DELETE", team);
    await eventually(
      async () => (await harness.object("GET", `${machines}/web`)).metadata.deletionTimestamp !== undefined,
    );
    const refusal = await harness.refusal("POST", `${team}/configmaps`, configMap("late"));
    expect(refusal).toMatchObject({ code: 403, details: { causes: [{ reason: "NamespaceTerminating" }] } });
    expect(await exists()).toBe(true);
    await harness.call("PATCH", `${machines}/web`, { metadata: { finalizers: null } }, merge);
    await eventually(async () => !(await exists()));
  });

  it("waits for finalizers of its own", async () => {
    harness.startBackground();
    await harness.call("PATCH", team, { metadata: { finalizers: ["a.b/c"] } }, merge);
    await harness.call("POST", `${team}/configmaps`, configMap("a"));
    await harness.call("DELETE", team);
    await eventually(async () => (await harness.list(`${team}/configmaps`)).length === 0);
    expect(await exists()).toBe(true);
    await harness.call("PATCH", team, { metadata: { finalizers: null } }, merge);
    await eventually(async () => !(await exists()));
  });

  it("lets no object slip in beside its end", async () => {
    harness.startBackground();
    for (let round = 0; round < 20; round++) {
      const name = `race-${round}`;
      await harness.call("POST", "/api/v1/namespaces", { metadata: { name } });
      const path = `/api/v1/namespaces/${name}`;
      const creates = Array.from({ length: 5 }, (_, index) =>
        harness.call("POST", `${path}/configmaps`, configMap(`c${index}`)),
      );
      await Promise.allSettled([harness.call("DELETE", path), ...creates]);
      await Promise.allSettled([harness.call("POST", `${path}/configmaps`, configMap("late"))]);
    }
    await eventually(async () => (await harness.list("/api/v1/namespaces")).every((name) => !name.startsWith("race-")));
    expect(harness.context.store.list({ prefix: "/core/configmaps/race-" }).entries).toEqual([]);
  });

  it("is finished after a restart", async () => {
    await harness.call("POST", `${team}/configmaps`, configMap("a"));
    await harness.call("DELETE", team);
    expect(await exists()).toBe(true);
    harness.startBackground();
    await eventually(async () => !(await exists()));
  });
});
