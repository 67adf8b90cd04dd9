/** What a machine that came from the API is known by. */
import type { VirtualMachine } from "../api/v1alpha1/virtual-machine";

export const nameOf = (vm: VirtualMachine): string => vm.metadata.name ?? "";
export const namespaceOf = (vm: VirtualMachine): string => vm.metadata.namespace ?? "default";

export function uidOf(vm: VirtualMachine): string {
  if (vm.metadata.uid === undefined) throw new Error(`VirtualMachine ${nameOf(vm)} came from the API without a UID`);
  return vm.metadata.uid;
}
