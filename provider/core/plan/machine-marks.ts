/**
 * What the controller writes into a machine's metadata: its finalizer, the mark that presets have been looked at, and the
 * label of its node; and what those marks say about where the machine is on its way. Pure.
 */
import type { Condition } from "../../api/meta";
import type { VirtualMachine, VirtualMachineStatus } from "../../api/v1alpha1/virtual-machine";
import { type NewCondition, withCondition } from "../conditions";
import { sameValue } from "../covers";
import { isDeleting } from "../deletion";
import { isFinal } from "../phases";

export const machineFinalizer = "foregroundDeleteVirtualMachine";
export const presetsAppliedAnnotation = "presets.virtualmachines.kubevirt.io/presets-applied";
export const nodeNameLabel = "kubevirt.io/nodeName";

/** Whether the plan of this machine will look at presets: they are merged once, before it has a node. */
export function needsPresets(vm: VirtualMachine): boolean {
  return isToBePlaced(vm) && vm.metadata.annotations?.[presetsAppliedAnnotation] === undefined;
}

export const hasNode = (vm: VirtualMachine): boolean => (vm.status?.nodeName ?? "") !== "";

export const isToBePlaced = (vm: VirtualMachine): boolean =>
  !isDeleting(vm) && !isFinal(vm.status?.phase) && !hasNode(vm);

/** With the finalizer, and the label of its node once it has one. */
export function claimed(vm: VirtualMachine, nodeName?: string): VirtualMachine {
  const finalizers = vm.metadata.finalizers ?? [];
  const labels = nodeName === undefined ? vm.metadata.labels : { ...vm.metadata.labels, [nodeNameLabel]: nodeName };
  return withMetadata(vm, {
    ...(labels === undefined ? {} : { labels }),
    finalizers: finalizers.includes(machineFinalizer) ? finalizers : [...finalizers, machineFinalizer],
  });
}

/** Without the finalizer: the object may go. */
export function released(vm: VirtualMachine): VirtualMachine {
  const finalizers = (vm.metadata.finalizers ?? []).filter((finalizer) => finalizer !== machineFinalizer);
  return withMetadata(vm, { finalizers });
}

export function withAnnotation(vm: VirtualMachine, key: string, value: string): VirtualMachine {
  return withMetadata(vm, { annotations: { ...vm.metadata.annotations, [key]: value } });
}

function withMetadata(vm: VirtualMachine, metadata: Partial<VirtualMachine["metadata"]>): VirtualMachine {
  return { ...vm, metadata: { ...vm.metadata, ...metadata } };
}

/** The object to write, when anything but its status is new. */
export function changed(before: VirtualMachine, after: VirtualMachine): { object?: VirtualMachine } {
  const same = sameValue(before.metadata, after.metadata) && sameValue(before.spec, after.spec);
  return same ? {} : { object: after };
}

/** The status to write, when its phase, its node or its conditions are new. */
export function changedStatus(vm: VirtualMachine, status: VirtualMachineStatus): { status?: VirtualMachineStatus } {
  const conditions = (list: readonly Condition[] | undefined) => list ?? [];
  const same =
    vm.status?.phase === status.phase &&
    vm.status?.nodeName === status.nodeName &&
    sameValue(conditions(vm.status?.conditions), conditions(status.conditions));
  return same ? {} : { status };
}

/** `at` is RFC 3339. */
export function notReady(
  vm: VirtualMachine,
  phase: NonNullable<VirtualMachineStatus["phase"]>,
  why: { readonly reason: string; readonly message: string; readonly status?: NewCondition["status"] },
  at: string,
): VirtualMachineStatus {
  const condition: NewCondition = { type: "Ready", status: "False", ...why };
  return { ...vm.status, phase, conditions: withCondition(vm.status?.conditions, condition, at) };
}
