import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { KubeObject } from "../../../provider/apiserver/object";
import { configMap, configMaps, eventually, type Harness, machine, machines, openHarness } from "./harness";

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
});
afterEach(async () => {
  await harness.close();
  expect(harness.complaints).toEqual([]);
});

function owner(name = "web"): Promise<KubeObject> {
  return harness.object("POST", machines, machine(name));
}

function own(name: string, owners: readonly KubeObject[], blocks = true): Promise<KubeObject> {
  const ownerReferences = owners.map(({ apiVersion, kind, metadata }) => ({
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid,
    blockOwnerDeletion: blocks,
  }));
  return harness.object("POST", configMaps, configMap(name, { ownerReferences }));
}

async function names(): Promise<string> {
  return (await harness.list(configMaps)).join();
}

describe("the owner collector", () => {
  it("removes what an owner leaves, through generations", async () => {
    harness.startBackground();
    const grandchild = await own("grandchild", [await own("child", [await owner()])]);
    await own("other", [await owner("other")]);
    await harness.call("DELETE", `${machines}/web`);
    await eventually(async () => (await names()) === "other");
    expect(grandchild.metadata.uid).toBeDefined();
  });

  it("finds at its start what was left while it was not there", async () => {
    await own("child", [await owner()]);
    await harness.call("DELETE", `${machines}/web`);
    expect(await names()).toBe("child");
    harness.startBackground();
    await eventually(async () => (await names()) === "");
  });

  it("takes an owner of the same name with another uid for another one", async () => {
    const first = await owner();
    await harness.call("DELETE", `${machines}/web`);
    await owner();
    await own("child", [first]);
    harness.startBackground();
    await eventually(async () => (await names()) === "");
    expect(await harness.list(machines)).toEqual(["web"]);
  });

  it("keeps what another owner still holds, and drops the reference to the one that went", async () => {
    harness.startBackground();
    await own("child", [await owner("a"), await owner("b")]);
    await harness.call("DELETE", `${machines}/a`);
    await eventually(async () => {
      const { metadata } = await harness.object("GET", `${configMaps}/child`);
      return metadata.ownerReferences?.map(({ name }) => name).join() === "b";
    });
  });

  it("leaves alone what names an owner of a kind it does not know", async () => {
    harness.startBackground();
    const stranger = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "x", uid: "u" } };
    await own("kept", [stranger]);
    await own("gone", [await owner()]);
    await harness.call("DELETE", `${machines}/web`);
    await eventually(async () => (await names()) === "kept");
  });

  it("deletes in the foreground: what blocks goes first", async () => {
    harness.startBackground();
    const web = await owner();
    await own("child", [web]);
    await harness.call(
      "PATCH",
      `${configMaps}/child`,
      { metadata: { finalizers: ["a.b/c"] } },
      "application/merge-patch+json",
    );
    const marked = await harness.object("DELETE", `${machines}/web`, { propagationPolicy: "Foreground" });
    expect(marked.metadata.finalizers).toEqual(["foregroundDeletion"]);
    await eventually(async () => {
      const child = await harness.object("GET", `${configMaps}/child`);
      return child.metadata.deletionTimestamp !== undefined;
    });
    expect(await harness.list(machines)).toEqual(["web"]);
    await harness.call(
      "PATCH",
      `${configMaps}/child`,
      { metadata: { finalizers: null } },
      "application/merge-patch+json",
    );
    await eventually(async () => (await harness.list(machines)).length === 0);
  });

  it("is not stopped by an object that nobody can read", async () => {
    const { store } = harness.context;
    await store.create("/core/configmaps/default/before", "rubbish");
    harness.startBackground();
    await store.create("/core/configmaps/default/live", "{}");
    const { metadata } = await owner();
    const ownerReferences = [
      { apiVersion: "kubevirt.io/v1alpha1", kind: "VirtualMachine", name: "web", uid: metadata.uid },
    ];
    const secrets = "/api/v1/namespaces/default/secrets";
    await harness.call("POST", secrets, { metadata: { name: "s", ownerReferences } });
    await harness.call("DELETE", `${machines}/web`);
    await eventually(async () => (await harness.list(secrets)).length === 0);
    expect(new Set(harness.takeComplaints())).toEqual(new Set(["an object of the store cannot be read"]));
  });

  it("orphans on request", async () => {
    harness.startBackground();
    await own("child", [await owner()]);
    await harness.call("DELETE", `${machines}/web?propagationPolicy=Orphan`);
    await eventually(async () => (await harness.list(machines)).length === 0);
    const { metadata } = await harness.object("GET", `${configMaps}/child`);
    expect(metadata.ownerReferences).toBeUndefined();
  });
});
