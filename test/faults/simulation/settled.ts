/** What must hold when all faults are over and everybody has had time: the world is as its objects say. */
import { macOf } from "../../../provider/agent/network/card";
import type { OfflineVirtualMachine } from "../../../provider/api/v1alpha1/offline-virtual-machine";
import type { VirtualMachine } from "../../../provider/api/v1alpha1/virtual-machine";
import type { VirtualMachineReplicaSet } from "../../../provider/api/v1alpha1/virtual-machine-replica-set";
import { isFinal } from "../../../provider/core/phases";
import { controllerOf } from "../../../provider/core/plan/ownership";
import { offlineVirtualMachines, virtualMachineReplicaSets, virtualMachines } from "../../../provider/core/resources";
import { fakeNetwork } from "../../fakes/hypervisor";
import type { World } from "./world";

/** What is not as it should be; nothing when the world is settled. */
export async function unsettled(world: World): Promise<readonly string[]> {
  const machines = await world.list<VirtualMachine>(virtualMachines);
  const offline = await world.list<OfflineVirtualMachine>(offlineVirtualMachines);
  const sets = await world.list<VirtualMachineReplicaSet>(virtualMachineReplicaSets);
  return [
    ...machines.flatMap((vm) => machineFaults(vm, world)),
    ...offline.flatMap((ovm) => offlineFaults(ovm, machines)),
    ...sets.flatMap((set) => setFaults(set, machines)),
    ...(await leftovers(world, machines)),
  ];
}

function machineFaults(vm: VirtualMachine, world: World): readonly string[] {
  const { name, uid, deletionTimestamp } = vm.metadata;
  const phase = vm.status?.phase;
  const domain = world.hypervisor.domains().find(({ uuid }) => uuid === uid);
  const faults: string[] = [];
  if (deletionTimestamp !== undefined) faults.push(`machine ${name} is still being deleted`);
  if (!isFinal(phase) && phase !== "Running") faults.push(`machine ${name} is ${phase}`);
  if (phase === "Running" && (domain === undefined || domain.id < 0)) faults.push(`machine ${name} has no guest`);
  if (isFinal(phase) && domain !== undefined) faults.push(`machine ${name} is ${phase} and has a domain`);
  return faults;
}

export function offlineFaults(ovm: OfflineVirtualMachine, machines: readonly VirtualMachine[]): readonly string[] {
  const { name, uid } = ovm.metadata;
  const own = machines.filter((vm) => controllerOf(vm)?.uid === uid);
  if (ovm.spec.runStrategy === "Halted") {
    const right = own.length === 0 && ovm.status?.created === false && ovm.status.ready === false;
    return right ? [] : [`${name} is halted, has ${own.length} machines and says ${JSON.stringify(ovm.status)}`];
  }
  const runs = own.length === 1 && own[0]?.status?.phase === "Running";
  const says = ovm.status?.created === true && ovm.status.ready === true;
  return runs && says ? [] : [`${name} has ${own.length} machines and says ${JSON.stringify(ovm.status)}`];
}

export function setFaults(set: VirtualMachineReplicaSet, machines: readonly VirtualMachine[]): readonly string[] {
  const own = machines.filter((vm) => controllerOf(vm)?.uid === set.metadata.uid);
  const { replicas, readyReplicas } = set.status ?? {};
  const wanted = set.spec.replicas;
  if (own.length === wanted && replicas === wanted && readyReplicas === wanted) return [];
  return [`${set.metadata.name} has ${own.length} machines, wants ${wanted}, says ${replicas}, ready ${readyReplicas}`];
}

async function leftovers(world: World, machines: readonly VirtualMachine[]): Promise<readonly string[]> {
  const running = machines.filter((vm) => !isFinal(vm.status?.phase));
  const uids = new Set(running.map(({ metadata }) => metadata.uid));
  const macs = new Set(running.map(macOf));
  const hosts = (await world.hypervisor.describeNetwork(fakeNetwork.name))?.hosts ?? [];
  return [
    ...world.hypervisor
      .domains()
      .filter(({ uuid }) => !uids.has(uuid))
      .map(({ name }) => `domain ${name} is left over`),
    ...[...world.files.keys()].filter((uid) => !uids.has(uid)).map((uid) => `files of ${uid} are left over`),
    ...hosts.filter(({ mac }) => !macs.has(mac)).map(({ ip }) => `address ${ip} is left over`),
  ];
}
