/** An OfflineVirtualMachine and the machine that it has at the moment. */
import type { OfflineVirtualMachine } from "../../api/v1alpha1/offline-virtual-machine";
import type { VirtualMachine } from "../../api/v1alpha1/virtual-machine";
import { wantedName } from "../../core/plan/offline-virtual-machine";
import { isManagedBy } from "../../core/plan/ownership";
import { offlineVirtualMachines, virtualMachines } from "../../core/resources";
import type { KubeClient } from "../../kube/client";
import { isConflict } from "../../kube/errors";
import type { MachineAddress } from "./machine-target";

export const describeOwner = ({ namespace, name }: MachineAddress) => `OfflineVirtualMachine ${namespace}/${name}`;
export const describeMachine = ({ namespace, name }: MachineAddress) => `VirtualMachine ${namespace}/${name}`;

/** Throws when there is no such object. */
export async function getOwner(client: KubeClient, address: MachineAddress): Promise<OfflineVirtualMachine> {
  const ovm = await client.find<OfflineVirtualMachine>(offlineVirtualMachines, address);
  if (ovm !== undefined) return ovm;
  throw new Error(
    `there is no ${describeOwner(address)}; kubectl get ovms --namespace ${address.namespace} lists those that there are`,
  );
}

/** What is written to an object that was looked at. Throws in plain words when another one has taken its name since. */
export async function writtenTo<T>(subject: string, write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (!isConflict(error)) throw error;
    throw new Error(`${subject} has been replaced by another one of its name meanwhile; try again`, { cause: error });
  }
}

/** Undefined while it has none. */
export async function machineOf(client: KubeClient, ovm: OfflineVirtualMachine): Promise<VirtualMachine | undefined> {
  const place = { namespace: ovm.metadata.namespace, name: wantedName(ovm) };
  const vm = await client.find<VirtualMachine>(virtualMachines, place);
  return vm !== undefined && isManagedBy(vm, ovm) ? vm : undefined;
}

/**
 * The machine of that name, or the one that the OfflineVirtualMachine of that name has. Throws with what there is
 * instead when there is neither.
 */
export async function findMachine(client: KubeClient, address: MachineAddress): Promise<VirtualMachine> {
  const vm = await client.find<VirtualMachine>(virtualMachines, address);
  if (vm !== undefined) return vm;
  const ovm = await client.find<OfflineVirtualMachine>(offlineVirtualMachines, address);
  const owned = ovm === undefined ? undefined : await machineOf(client, ovm);
  if (owned !== undefined) return owned;
  const subject = describeMachine(address);
  throw new Error(
    ovm === undefined
      ? `there is no ${subject}; kubectl get vms --namespace ${address.namespace} lists those that there are`
      : `there is no ${subject} at the moment: ${describeOwner(address)} has none; virtctl start ${address.name} --namespace ${address.namespace} makes it`,
  );
}
