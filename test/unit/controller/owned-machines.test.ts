import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OfflineVirtualMachine } from "../../../provider/api/v1alpha1/offline-virtual-machine";
import type { VirtualMachine } from "../../../provider/api/v1alpha1/virtual-machine";
import type { VirtualMachineReplicaSet } from "../../../provider/api/v1alpha1/virtual-machine-replica-set";
import { MachineNames } from "../../../provider/controller/machine-names";
import { OfflineVirtualMachineReconciler } from "../../../provider/controller/offline-virtual-machine";
import { OwnedMachines } from "../../../provider/controller/owned-machines";
import { longestUnseenMs, PendingMachines } from "../../../provider/controller/pending-machines";
import { ReplicaSetReconciler } from "../../../provider/controller/replica-set";
import { offlineVirtualMachines, virtualMachineReplicaSets, virtualMachines } from "../../../provider/core/resources";
import { Recorder } from "../../../provider/kube/recorder";
import { silentLogger } from "../../../provider/runtime/log";
import { buildOfflineVirtualMachine, buildReplicaSet } from "../../builders/owners";
import { FakeClock } from "../../fakes/clock";
import { ClusterApi } from "../../fakes/cluster-api";

let cluster: ClusterApi;
let clock: FakeClock;
let pending: PendingMachines;
let machines: OwnedMachines;
let recorder: Recorder;

beforeEach(async () => {
  cluster = await ClusterApi.open();
  clock = new FakeClock();
  pending = new PendingMachines(clock);
  const { client } = cluster;
  recorder = new Recorder({ client, log: silentLogger, component: "test", clock });
  let chance = 0;
  const random = (size: number) => {
    chance += 1;
    return new Uint8Array(size).fill(chance);
  };
  machines = new OwnedMachines({
    client,
    recorder,
    pending,
    names: new MachineNames(random),
    // No watch ever shows a machine here.
    shown: () => [],
    written: () => undefined,
  });
});
afterEach(async () => {
  await recorder.flush();
  await cluster.close();
});

const all = () => cluster.list<VirtualMachine>(virtualMachines);

describe("whoever makes machines that no watch shows", () => {
  async function offline() {
    let ovm = (await cluster.create(offlineVirtualMachines, buildOfflineVirtualMachine())) as OfflineVirtualMachine;
    return new OfflineVirtualMachineReconciler({
      client: cluster.client,
      machines,
      clock,
      object: () => ovm,
      written: (written) => {
        ovm = written;
      },
    });
  }
  async function replicaSet() {
    let set = (await cluster.create(virtualMachineReplicaSets, buildReplicaSet())) as VirtualMachineReplicaSet;
    return new ReplicaSetReconciler({
      client: cluster.client,
      recorder,
      machines,
      clock,
      object: () => set,
      written: (written) => {
        set = written;
      },
    });
  }

  it.each([
    ["one", offline, 1],
    ["many", replicaSet, 2],
  ] as const)("looks again by itself, since they may go before any does: %s", async (_what, make, count) => {
    const reconciler = await make();
    expect(await reconciler.reconcile("default/web")).toEqual({ requeueAfterMs: longestUnseenMs });
    expect(await all()).toHaveLength(count);
    for (const { metadata } of await all()) await cluster.delete(virtualMachines, metadata.name ?? "");
    await clock.pass(longestUnseenMs);
    expect(await reconciler.reconcile("default/web")).toEqual({ requeueAfterMs: longestUnseenMs });
    expect(await all()).toHaveLength(count);
  });

  it.each([
    ["one", offline, 1],
    ["many", replicaSet, 2],
  ] as const)("makes no more while they are there, however long the watch takes: %s", async (_what, make, count) => {
    const reconciler = await make();
    for (let look = 0; look < 5; look += 1) {
      expect(await reconciler.reconcile("default/web")).toEqual({ requeueAfterMs: longestUnseenMs });
      expect(await all()).toHaveLength(count);
      await clock.pass(longestUnseenMs);
    }
  });
});
