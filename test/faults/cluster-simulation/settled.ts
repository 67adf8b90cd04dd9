/** What must hold when all faults are over and everybody has had time: the cluster is as its objects say. */
import type { OfflineVirtualMachine } from "../../../provider/api/v1alpha1/offline-virtual-machine";
import type { VirtualMachine } from "../../../provider/api/v1alpha1/virtual-machine";
import type { VirtualMachineReplicaSet } from "../../../provider/api/v1alpha1/virtual-machine-replica-set";
import type { PodObject } from "../../../provider/controller/launcher-pod";
import { writtenClaims } from "../../../provider/core/claim-use";
import { isFinal } from "../../../provider/core/phases";
import { schedulableLabel } from "../../../provider/core/plan/launcher-pod";
import { controllerOf } from "../../../provider/core/plan/ownership";
import { offlineVirtualMachines, virtualMachineReplicaSets, virtualMachines } from "../../../provider/core/resources";
import { coreResources } from "../../../provider/kube/resource";
import { offlineFaults, setFaults } from "../simulation/settled";
import { type ClusterWorld, nodeNames } from "./world";

/** What is not as it should be; nothing when the cluster is settled. */
export async function unsettledCluster(world: ClusterWorld): Promise<readonly string[]> {
  const machines = await world.list<VirtualMachine>(virtualMachines);
  const pods = await world.list<PodObject>(coreResources.pods);
  const offline = await world.list<OfflineVirtualMachine>(offlineVirtualMachines);
  const sets = await world.list<VirtualMachineReplicaSet>(virtualMachineReplicaSets);
  const waiting = machines.filter((vm) => waitsForClaim(vm, machines));
  const waits = (ovm: OfflineVirtualMachine) => waiting.some((vm) => controllerOf(vm)?.uid === ovm.metadata.uid);
  return [
    ...machines.flatMap((vm) => (waiting.includes(vm) ? waiterFaults(vm, pods) : machineFaults(vm, world, pods))),
    ...offline.flatMap((ovm) => (waits(ovm) ? [] : offlineFaults(ovm, machines))),
    ...sets.flatMap((set) => setFaults(set, machines)),
    ...leftovers(world, machines),
    ...pods.flatMap((pod) => podFaults(pod, machines)),
    ...(await nodeFaults(world)),
  ];
}

/** For one that runs: of those that write to one claim, one has to. */
function waitsForClaim(vm: VirtualMachine, machines: readonly VirtualMachine[]): boolean {
  if (isFinal(vm.status?.phase) || (vm.status?.nodeName ?? "") !== "") return false;
  const claims = writtenClaims(vm);
  return machines.some(
    (other) =>
      other !== vm && other.status?.phase === "Running" && writtenClaims(other).some((claim) => claims.includes(claim)),
  );
}

function waiterFaults({ metadata: { name, uid }, status }: VirtualMachine, pods: readonly PodObject[]) {
  const why = status?.conditions?.find(({ type }) => type === "Ready")?.reason;
  const faults: string[] = [];
  if (status?.phase !== "Pending" || why !== "ClaimInUse") faults.push(`machine ${name} waits and says ${why}`);
  if (pods.some(({ metadata }) => metadata.ownerReferences?.[0]?.uid === uid))
    faults.push(`machine ${name} waits and has a pod`);
  return faults;
}

function machineFaults(vm: VirtualMachine, world: ClusterWorld, pods: readonly PodObject[]): readonly string[] {
  const { name, uid, deletionTimestamp } = vm.metadata;
  const { phase, nodeName } = vm.status ?? {};
  const faults: string[] = [];
  if (deletionTimestamp !== undefined) faults.push(`machine ${name} is still being deleted (${phase} on ${nodeName})`);
  const places = nodeNames.filter((node) => world.nodes[node].hypervisor.domains().some(({ uuid }) => uuid === uid));
  if (isFinal(phase)) {
    if (places.length > 0) faults.push(`machine ${name} is ${phase} and has a domain on ${places.join(" and ")}`);
    return faults;
  }
  if (phase !== "Running") faults.push(`machine ${name} is ${phase}: ${JSON.stringify(vm.status?.conditions)}`);
  const running = nodeNames.filter((node) => world.nodes[node].running().some(({ uuid }) => uuid === uid));
  if (running.join() !== nodeName)
    faults.push(`machine ${name} is on ${nodeName} and runs on ${running.join(" and ") || "none"}`);
  const own = pods.filter((pod) => controllerOf(pod as Parameters<typeof controllerOf>[0])?.uid === uid);
  const [pod] = own;
  const inPlace = own.length === 1 && pod?.status?.phase === "Running" && pod.spec?.nodeName === nodeName;
  if (!inPlace)
    faults.push(
      `machine ${name} on ${nodeName} has pods ${JSON.stringify(own.map(({ spec, status }) => [spec?.nodeName, status?.phase]))}`,
    );
  return faults;
}

function leftovers(world: ClusterWorld, machines: readonly VirtualMachine[]): readonly string[] {
  const living = new Set(machines.filter(({ status }) => !isFinal(status?.phase)).map(({ metadata }) => metadata.uid));
  return nodeNames.flatMap((node) => {
    const { hypervisor, files } = world.nodes[node];
    return [
      ...hypervisor
        .domains()
        .flatMap(({ uuid, name }) => (living.has(uuid) ? [] : [`domain ${name} is left over on ${node}`])),
      ...[...files.keys()].flatMap((uid) => (living.has(uid) ? [] : [`files of ${uid} are left over on ${node}`])),
    ];
  });
}

function podFaults(
  { metadata: { name, ownerReferences, deletionTimestamp }, status }: PodObject,
  machines: readonly VirtualMachine[],
) {
  const vm = machines.find(({ metadata }) => metadata.uid === ownerReferences?.[0]?.uid);
  if (deletionTimestamp !== undefined) return [`pod ${name} is still being deleted`];
  if (vm === undefined) return [`pod ${name} has no machine any more`];
  const ended = status?.phase === "Succeeded" || status?.phase === "Failed";
  return isFinal(vm.status?.phase) && !ended ? [`pod ${name} is ${status?.phase}, and its machine has ended`] : [];
}

async function nodeFaults(world: ClusterWorld): Promise<readonly string[]> {
  const nodes = await world.list(coreResources.nodes);
  return nodeNames.flatMap((name) => {
    const node = nodes.find(({ metadata }) => metadata.name === name);
    return node?.metadata.labels?.[schedulableLabel] === "true" ? [] : [`${name} is not marked as taking machines`];
  });
}
