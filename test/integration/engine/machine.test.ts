/** One machine's life between controller, agent and hypervisor, from its creation to nothing left. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Condition } from "../../../provider/api/meta";
import { virtualMachines } from "../../../provider/core/resources";
import { coreResources, type KubeObject } from "../../../provider/kube/resource";
import { FakeHypervisor } from "../../fakes/hypervisor";
import { eventually, Lab, nodeName } from "./support/lab";

let lab: Lab;

async function open(hypervisor?: FakeHypervisor): Promise<void> {
  lab = await Lab.open(hypervisor === undefined ? {} : { hypervisor });
  await lab.startController();
  await lab.startAgent();
}

const settled = (reasons: readonly string[], uid: string | undefined) =>
  eventually(`events ${reasons.join(", ")}`, async () => {
    const seen = (await lab.events(uid)).map(({ reason }) => reason);
    return seen.length >= reasons.length ? seen : undefined;
  });

describe("a machine", () => {
  beforeEach(() => open());
  afterEach(() => lab.close());

  test("runs after three writes, with its node's label, its address and its events in order", async () => {
    await lab.create("web");
    const vm = await lab.phase("web", "Running");
    expect(lab.writesOf("web").map(({ verb, resource }) => `${verb} ${resource}`)).toEqual([
      "update virtualmachines",
      "update virtualmachines/status",
      "update virtualmachines/status",
    ]);
    expect(vm.metadata.labels).toEqual({ "kubevirt.io/nodeName": nodeName });
    expect(vm.metadata.finalizers).toEqual(["foregroundDeleteVirtualMachine"]);
    expect(vm.status?.nodeName).toBe(nodeName);
    expect(vm.status?.interfaces?.[0]?.ipAddress).toMatch(/^192\.168\.122\./);
    expect(vm.status?.conditions).toMatchObject([{ type: "Ready", status: "True" }]);

    expect(await settled(["SuccessfulCreate", "SuccessfulHandOver", "Created", "Started"], vm.metadata.uid)).toEqual([
      "SuccessfulCreate",
      "SuccessfulHandOver",
      "Created",
      "Started",
    ]);
    expect((await lab.events(vm.metadata.uid)).map(({ count }) => count)).toEqual([1, 1, 1, 1]);
    expect(lab.complaints).toEqual([]);
  });

  test("is written no more while it runs, whatever happens around it", async () => {
    await lab.create("web");
    const { metadata } = await lab.phase("web", "Running");
    await lab.create("other");
    await lab.phase("other", "Running");
    lab.hypervisor.comeBack();
    await lab.create("third");
    await lab.phase("third", "Running");
    expect((await lab.get("web"))?.metadata.resourceVersion).toBe(metadata.resourceVersion);
  });

  test("whose watchdog fires goes on running, and it is told", async () => {
    await lab.create("web");
    const { metadata } = await lab.phase("web", "Running");
    lab.hypervisor.fireWatchdog(metadata.uid ?? "");
    const told = await eventually("it is told", async () =>
      (await lab.events(metadata.uid)).find(({ reason }) => reason === "WatchdogFired"),
    );
    expect(told.message).toBe("The guest has stopped feeding its watchdog (action: reset).");
    expect((await lab.get("web"))?.status?.phase).toBe("Running");
  });

  for (const [reason, phase] of [
    ["shutdown", "Succeeded"],
    ["crashed", "Failed"],
    ["destroyed", "Succeeded"],
  ] as const) {
    test(`whose guest ends by itself (${reason}) is ${phase}, leaves nothing, and is not started again`, async () => {
      await lab.create("web");
      const { metadata } = await lab.phase("web", "Running");
      lab.hypervisor.endGuest(metadata.uid ?? "", reason);
      await lab.phase("web", phase);
      await lab.noTraces(metadata.uid);
      lab.hypervisor.comeBack();
      await lab.create("other");
      await lab.phase("other", "Running");
      expect(lab.starts("web")).toBe(1);
      expect((await lab.get("web"))?.status?.phase).toBe(phase);
      expect((await lab.events(metadata.uid)).map(({ reason }) => reason).slice(4)).toEqual(["Stopped"]);
    });
  }

  test("whose domain was undefined by somebody else is Failed and not made again", async () => {
    await lab.create("web");
    const { metadata } = await lab.phase("web", "Running");
    const uuid = metadata.uid ?? "";
    await lab.hypervisor.undefine({ name: "default_web", uuid, id: 1 });
    lab.hypervisor.endGuest(uuid, "destroyed");
    const failed = await lab.phase("web", "Failed");
    expect(failed.status?.conditions?.[0]).toMatchObject({ type: "Ready", reason: "DomainMissing" });
    await lab.noTraces(uuid);
    expect(lab.starts("web")).toBe(1);
  });

  test("that ignores the power button is unplugged when its grace is over", async () => {
    await lab.create("web", { terminationGracePeriodSeconds: 1 });
    const { metadata } = await lab.phase("web", "Running");
    await lab.delete("web");
    await lab.gone("web");
    await lab.noTraces(metadata.uid);
    const verbs = lab.hypervisor.calls.map(({ verb }) => verb);
    expect(verbs.lastIndexOf("destroy")).toBeGreaterThan(verbs.indexOf("shutdown"));
  });

  test("with no grace is unplugged at once, without the button", async () => {
    await lab.create("web", { terminationGracePeriodSeconds: 0 });
    const { metadata } = await lab.phase("web", "Running");
    await lab.delete("web");
    await lab.gone("web");
    await lab.noTraces(metadata.uid);
    expect(lab.hypervisor.calls.map(({ verb }) => verb)).not.toContain("shutdown");
  });

  test("of the same name is another one, and starts when the old one's domain is gone", async () => {
    await lab.create("web", { terminationGracePeriodSeconds: 0 });
    const first = await lab.phase("web", "Running");
    await lab.delete("web");
    await lab.gone("web");
    await lab.create("web");
    const second = await lab.phase("web", "Running");
    expect(second.metadata.uid).not.toBe(first.metadata.uid);
    await lab.noTraces(first.metadata.uid);
    expect(await lab.traces(second.metadata.uid)).toEqual(["domain", "address", "files"]);
    expect((await lab.hypervisor.listDomains()).length).toBe(1);
  });

  test("whose object was torn away is ended, and a new one of its name waits for that", async () => {
    await lab.create("web", { terminationGracePeriodSeconds: 1 });
    const first = await lab.phase("web", "Running");
    await lab.client.update(virtualMachines, { ...first, metadata: { ...first.metadata, finalizers: [] } });
    await lab.delete("web");
    await lab.create("web");
    await lab.phase("web", "Running");
    await lab.noTraces(first.metadata.uid);
    expect((await lab.hypervisor.listDomains()).length).toBe(1);
    const lives = lab.hypervisor.calls.filter(({ verb }) => verb === "start" || verb === "undefine");
    expect(lives.map(({ verb }) => verb)).toEqual(["start", "undefine", "start"]);
  });
});

describe("a node", () => {
  beforeEach(() => open());
  afterEach(() => lab.close());

  test("is registered ready, and its heartbeat moves no transition", async () => {
    const ready = async () => {
      const { status } = await lab.client.get<KubeObject & { status: { conditions: Condition[] } }>(
        coreResources.nodes,
        { name: nodeName },
      );
      return status.conditions[0];
    };
    const long = "2026-01-01T00:00:00Z";
    const aged = { ...(await ready()), lastTransitionTime: long, lastHeartbeatTime: long };
    const status = { conditions: [aged] };
    await lab.client.mergePatch(coreResources.nodes, { name: nodeName, subresource: "status" }, { status });
    await lab.startAgent();
    const after = await ready();
    expect(after).toMatchObject({ type: "Ready", status: "True", lastTransitionTime: long });
    expect(after).not.toMatchObject({ lastHeartbeatTime: long });
  });
});

describe("a guest that heeds its power button", () => {
  beforeEach(() => open(new FakeHypervisor({ onPowerButton: "powerOff" })));
  afterEach(() => lab.close());

  test("is shut down, never unplugged, and leaves nothing", async () => {
    await lab.create("web");
    const { metadata } = await lab.phase("web", "Running");
    await lab.delete("web");
    await lab.gone("web");
    await lab.noTraces(metadata.uid);
    expect(lab.hypervisor.calls.map(({ verb }) => verb)).not.toContain("destroy");
    expect((await lab.events(metadata.uid)).map(({ reason }) => reason)).toEqual([
      "SuccessfulCreate",
      "SuccessfulHandOver",
      "Created",
      "Started",
      "ShuttingDown",
      "Stopped",
    ]);
  });
});
