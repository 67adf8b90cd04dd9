/** What makes machines: an OfflineVirtualMachine keeps one, a VirtualMachineReplicaSet keeps as many as asked for. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { macOf } from "../../../provider/agent/network/card";
import type { OfflineVirtualMachine } from "../../../provider/api/v1alpha1/offline-virtual-machine";
import type { VirtualMachine } from "../../../provider/api/v1alpha1/virtual-machine";
import type { VirtualMachineReplicaSet } from "../../../provider/api/v1alpha1/virtual-machine-replica-set";
import { offlineVirtualMachines, virtualMachineReplicaSets, virtualMachines } from "../../../provider/core/resources";
import { buildOfflineVirtualMachine, buildReplicaSet } from "../../builders/owners";
import { FakeHypervisor } from "../../fakes/hypervisor";
import { eventually, Lab } from "./support/lab";

let lab: Lab;

beforeEach(async () => {
  lab = await Lab.open({ hypervisor: new FakeHypervisor({ onPowerButton: "powerOff" }) });
  await lab.startController();
  await lab.startAgent();
});
afterEach(() => lab.close());

const web = { namespace: "default", name: "web" };
const machines = async () => (await lab.client.list<VirtualMachine>(virtualMachines, { namespace: "default" })).items;
const reasonsOf = async (uid: string | undefined) => (await lab.events(uid)).map(({ reason }) => reason);

describe("an OfflineVirtualMachine", () => {
  const read = () => lab.client.get<OfflineVirtualMachine>(offlineVirtualMachines, web);
  const patch = (body: object) => lab.client.mergePatch(offlineVirtualMachines, web, body);
  const when = (what: string, holds: (ovm: OfflineVirtualMachine) => boolean) =>
    eventually(what, async () => {
      const ovm = await read();
      return holds(ovm) ? ovm : undefined;
    });
  const running = () => when("the machine runs", ({ status }) => status?.ready === true);
  const create = (spec: Parameters<typeof buildOfflineVirtualMachine>[0] = {}) =>
    lab.client.create(offlineVirtualMachines, buildOfflineVirtualMachine(spec));

  test("keeps a machine of its name that runs, and says so", async () => {
    await create();
    const ovm = await running();
    expect(ovm.status).toMatchObject({ created: true, ready: true, observedGeneration: 1 });
    expect(ovm.status?.conditions).toMatchObject([{ type: "Ready", status: "True", reason: "Running" }]);
    const vm = await lab.phase("web", "Running");
    expect(vm.metadata.ownerReferences).toMatchObject([
      { kind: "OfflineVirtualMachine", name: "web", uid: ovm.metadata.uid, controller: true, blockOwnerDeletion: true },
    ]);
    expect(vm.metadata.labels).toMatchObject({ app: "web" });
    // The UUID that KubeVirt derives from this name.
    expect(vm.spec.domain.firmware?.uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
    await eventually("the event", async () =>
      (await reasonsOf(ovm.metadata.uid)).includes("SuccessfulCreate") ? true : undefined,
    );
  });

  test("is stopped and started by its strategy, in either spelling", async () => {
    await create();
    await running();
    await patch({ spec: { runStrategy: "Halted" } });
    await lab.gone("web");
    const halted = await when("it is halted", ({ status }) => status?.created === false);
    expect(halted.status).toMatchObject({ created: false, ready: false });
    expect(halted.status?.conditions).toBeUndefined();
    await patch({ spec: { runStrategy: null, running: true } });
    await running();
    const vm = await lab.phase("web", "Running");
    expect(await lab.traces(vm.metadata.uid, macOf(vm))).toEqual(["domain", "address", "files"]);
  });

  test("makes its machine again when somebody deletes it", async () => {
    await create();
    await running();
    const before = await lab.get("web");
    await lab.delete("web");
    const after = await eventually("another machine runs", async () => {
      const vm = await lab.get("web");
      return vm !== undefined && vm.metadata.uid !== before?.metadata.uid && vm.status?.phase === "Running"
        ? vm
        : undefined;
    });
    expect(after.spec.domain.firmware?.uuid).toBe(before?.spec.domain.firmware?.uuid);
    expect(after.status?.interfaces).toEqual(before?.status?.interfaces);
    expect(await lab.traces(before?.metadata.uid)).toEqual([]);
  });

  test("makes its machine again when the guest has ended, and waits when it ends again and again", async () => {
    await create();
    await running();
    const first = await lab.get("web");
    lab.hypervisor.endGuest(first?.metadata.uid ?? "", "shutdown");
    const second = await eventually("another machine runs", async () => {
      const vm = await lab.get("web");
      return vm !== undefined && vm.metadata.uid !== first?.metadata.uid && vm.status?.phase === "Running"
        ? vm
        : undefined;
    });
    lab.hypervisor.endGuest(second.metadata.uid ?? "", "crashed");
    const waiting = await when("it waits", ({ status }) => status?.conditions?.[0]?.reason === "CrashLoopBackOff");
    expect(waiting.status?.conditions?.[0]?.message).toMatch(/ended early 2 times in a row; the next start is at 2/);
    expect(await lab.get("web")).toBeUndefined();
    expect(second.metadata.uid).not.toBe(first?.metadata.uid);
  });

  test("takes over a machine of its name that nobody manages, and waits for one that somebody does", async () => {
    const orphan = await lab.create("web");
    await lab.phase("web", "Running");
    await create();
    const ovm = await running();
    const adopted = await lab.get("web");
    expect(adopted?.metadata.uid).toBe(orphan.metadata.uid);
    expect(adopted?.metadata.ownerReferences?.[0]?.uid).toBe(ovm.metadata.uid);
    expect(await machines()).toHaveLength(1);
  });

  test("takes its machine with it when it is deleted", async () => {
    await create();
    await running();
    const vm = await lab.phase("web", "Running");
    await lab.client.delete(offlineVirtualMachines, web);
    await lab.gone("web");
    expect(await machines()).toEqual([]);
    expect(await lab.traces(vm.metadata.uid, macOf(vm))).toEqual([]);
  });

  test("makes no second machine when the controller is another one", async () => {
    await create();
    await running();
    const { metadata } = (await lab.get("web")) ?? {};
    await lab.startController();
    await lab.create("other");
    await lab.phase("other", "Running");
    expect((await lab.get("web"))?.metadata.uid).toBe(metadata?.uid);
    expect(await machines()).toHaveLength(2);
  });
});

describe("a VirtualMachineReplicaSet", () => {
  const read = () => lab.client.get<VirtualMachineReplicaSet>(virtualMachineReplicaSets, web);
  const patch = (spec: object) => lab.client.mergePatch(virtualMachineReplicaSets, web, { spec });
  const create = (spec: Parameters<typeof buildReplicaSet>[0] = {}) =>
    lab.client.create(virtualMachineReplicaSets, buildReplicaSet(spec));
  const settled = (replicas: number) =>
    eventually(`${replicas} machines run`, async () => {
      const set = await read();
      const { status } = set;
      return status?.replicas === replicas && status.readyReplicas === replicas ? set : undefined;
    });

  test("keeps as many machines as asked for, named after it", async () => {
    await create({ replicas: 3 });
    const set = await settled(3);
    expect(set.status).toMatchObject({ labelSelector: "app=web", observedGeneration: 1 });
    expect(set.status?.conditions).toMatchObject([{ type: "Ready", status: "True", reason: "AllRunning" }]);
    const made = await machines();
    expect(made).toHaveLength(3);
    for (const vm of made) expect(vm.metadata.name).toMatch(/^web[a-z0-9]{5}$/);
    await patch({ replicas: 1 });
    await settled(1);
    await patch({ replicas: 0 });
    await settled(0);
    expect(await machines()).toEqual([]);
  });

  test("never has one too many while many are asked for, and fewer again at once", async () => {
    await create({ replicas: 20 });
    let most = 0;
    const look = async () => {
      most = Math.max(most, (await machines()).length);
    };
    await eventually("twenty", async () => {
      await look();
      return (await read()).status?.readyReplicas === 20 ? true : undefined;
    });
    expect(most).toBe(20);
    await patch({ replicas: 5 });
    await settled(5);
    expect(await machines()).toHaveLength(5);
  });

  test("replaces a machine that ended and one that was deleted", async () => {
    await create({ replicas: 2 });
    await settled(2);
    const [one, other] = await machines();
    lab.hypervisor.endGuest(one?.metadata.uid ?? "", "crashed");
    await eventually("it is replaced", async () => {
      const names = (await machines()).map(({ metadata }) => metadata.uid);
      return !names.includes(one?.metadata.uid) && names.length === 2 ? true : undefined;
    });
    await settled(2);
    await lab.delete(other?.metadata.name ?? "");
    await eventually("it is replaced", async () => {
      const names = (await machines()).map(({ metadata }) => metadata.uid);
      return !names.includes(other?.metadata.uid) && names.length === 2 ? true : undefined;
    });
    await settled(2);
  });

  test("takes over orphans with its labels and lets go of machines that lose them", async () => {
    const orphan = await lab.create("lone", {}, { labels: { app: "web" } });
    await create({ replicas: 2 });
    await settled(2);
    expect((await machines()).map(({ metadata }) => metadata.uid)).toContain(orphan.metadata.uid);
    await lab.client.mergePatch(
      virtualMachines,
      { namespace: "default", name: "lone" },
      { metadata: { labels: { app: "mail" } } },
    );
    await eventually("it is let go", async () =>
      ((await lab.get("lone"))?.metadata.ownerReferences ?? []).length === 0 ? true : undefined,
    );
    await settled(2);
    expect(await machines()).toHaveLength(3);
  });

  test("makes and removes nothing while it is paused, and says when that begins and ends", async () => {
    const { metadata } = await create({ replicas: 1 });
    await settled(1);
    await patch({ paused: true, replicas: 3 });
    await eventually("it is paused", async () =>
      (await read()).status?.conditions?.some(({ type }) => type === "ReplicaPaused") ? true : undefined,
    );
    const [only] = await machines();
    await lab.delete(only?.metadata.name ?? "");
    await lab.gone(only?.metadata.name ?? "");
    await settled(0);
    expect(await machines()).toEqual([]);
    await patch({ paused: false });
    await settled(3);
    const reasons = await reasonsOf(metadata.uid);
    expect(reasons).toContain("SuccessfulPaused");
    expect(reasons).toContain("SuccessfulResumed");
    expect((await read()).status?.conditions?.map(({ type }) => type)).toEqual(["Ready"]);
  });

  test("is scaled through its scale subresource", async () => {
    await create({ replicas: 1 });
    await settled(1);
    await lab.client.mergePatch(virtualMachineReplicaSets, { ...web, subresource: "scale" }, { spec: { replicas: 2 } });
    await settled(2);
  });

  test("leaves machines of another set alone", async () => {
    await create({ replicas: 1 });
    await settled(1);
    const twin = { ...buildReplicaSet({ replicas: 1 }), metadata: { name: "twin", namespace: "default" } };
    await lab.client.create(virtualMachineReplicaSets, twin);
    await eventually("both have one", async () => ((await machines()).length === 2 ? true : undefined));
    const owners = (await machines()).map(({ metadata }) => metadata.ownerReferences?.[0]?.name).sort();
    expect(owners).toEqual(["twin", "web"]);
  });
});
