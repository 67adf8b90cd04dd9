/**
 * What the controller does next about one VirtualMachine. Pure: everything observed comes in, everything to write comes
 * out. The controller owns a machine until it is Scheduled and again when its finalizer may go; in between it is the
 * node agent's.
 *
 *   (new) ─► presets, finalizer, node ─► Scheduled ──(agent)──► Running ──(agent)──► Succeeded | Failed
 *     │            └─ no node: Pending                                                    │
 *     └─ not valid, or presets in conflict: Failed                        deleted: finalizer removed
 */
import type { Condition } from "../../api/meta";
import { apiVersion } from "../../api/v1alpha1/group";
import type { VirtualMachine, VirtualMachineStatus } from "../../api/v1alpha1/virtual-machine";
import type { VirtualMachinePreset } from "../../api/v1alpha1/virtual-machine-preset";
import { type NewCondition, withCondition } from "../conditions";
import { isDeleting } from "../deletion";
import { type FieldError, renderFieldErrors } from "../field-error";
import { isFinal } from "../phases";
import { applyPresets } from "../presets/apply";
import { validateObject } from "../validation";
import type { PlannedEvent } from "./events";
import { chooseNode, type NodeCandidate, whyNoNode } from "./nodes";

export const machineFinalizer = "foregroundDeleteVirtualMachine";
export const presetsAppliedAnnotation = "presets.virtualmachines.kubevirt.io/presets-applied";
export const nodeNameLabel = "kubevirt.io/nodeName";

export interface ObservedVirtualMachine {
  readonly vm: VirtualMachine;
  /** Presets of the machine's namespace, when needsPresets says so. */
  readonly presets: readonly VirtualMachinePreset[];
  readonly nodes: readonly NodeCandidate[];
  /** RFC 3339. */
  readonly now: string;
}

export interface VirtualMachinePlan {
  /** The whole object to write, without its status; undefined when nothing of it changes. */
  readonly object?: VirtualMachine;
  readonly status?: VirtualMachineStatus;
  readonly events: readonly PlannedEvent[];
}

const nothing: VirtualMachinePlan = { events: [] };

/** Whether the plan of this machine will look at presets: they are merged once, before it has a node. */
export function needsPresets(vm: VirtualMachine): boolean {
  return isToBePlaced(vm) && vm.metadata.annotations?.[presetsAppliedAnnotation] === undefined;
}

export function planVirtualMachine(observed: ObservedVirtualMachine): VirtualMachinePlan {
  if (isDeleting(observed.vm)) return planRemoval(observed.vm);
  return isToBePlaced(observed.vm) ? planPlacement(observed) : nothing;
}

/** The node agent ends the guest and says so with a final phase; a machine that no node has needs nobody's word. */
function planRemoval(vm: VirtualMachine): VirtualMachinePlan {
  const finalizers = vm.metadata.finalizers ?? [];
  if (!finalizers.includes(machineFinalizer)) return nothing;
  if (!isFinal(vm.status?.phase) && hasNode(vm)) return nothing;
  return {
    object: withMetadata(vm, { finalizers: finalizers.filter((finalizer) => finalizer !== machineFinalizer) }),
    events: [],
  };
}

function planPlacement(observed: ObservedVirtualMachine): VirtualMachinePlan {
  const { vm, nodes, now } = observed;
  const merged = withPresets(observed);
  if (merged.fault !== undefined) {
    // Nothing but the final phase is written: an annotation alone would make the next pass start it without presets.
    return {
      status: failed(vm, merged.fault, now),
      events: [...merged.events, { type: "Warning", reason: merged.fault.reason, message: merged.fault.message }],
    };
  }
  const node = chooseNode(nodes, merged.vm.spec.nodeSelector);
  if (node === undefined) {
    const waiting: NewCondition = {
      type: "Ready",
      status: "False",
      reason: "Unschedulable",
      message: whyNoNode(nodes, merged.vm.spec.nodeSelector),
    };
    return {
      ...changed(vm, claimed(merged.vm)),
      ...changedStatus(vm, {
        ...vm.status,
        phase: "Pending",
        conditions: withCondition(vm.status?.conditions, waiting, now),
      }),
      events: merged.events,
    };
  }

  const starting: NewCondition = {
    type: "Ready",
    status: "False",
    reason: "Starting",
    message: `node ${node.name} has not started the machine yet`,
  };
  return {
    ...changed(vm, claimed(merged.vm, node.name)),
    status: {
      ...vm.status,
      phase: "Scheduled",
      nodeName: node.name,
      conditions: withCondition(vm.status?.conditions, starting, now),
    },
    events: [
      ...merged.events,
      {
        type: "Normal",
        reason: "SuccessfulCreate",
        message: `Created virtual machine assignment to node ${node.name} (this engine has no launcher pods)`,
      },
      {
        type: "Normal",
        reason: "SuccessfulHandOver",
        message: `Virtual machine ownership transferred to the node ${node.name}`,
      },
    ],
  };
}

interface Merged {
  readonly vm: VirtualMachine;
  readonly events: readonly PlannedEvent[];
  readonly fault?: { readonly reason: string; readonly message: string };
}

function withPresets({ vm, presets }: ObservedVirtualMachine): Merged {
  const ownFaults = validateObject(vm).errors;
  if (ownFaults.length > 0) return { vm, events: [], fault: invalidSpec(ownFaults) };
  if (!needsPresets(vm)) return { vm, events: [] };
  const result = applyPresets(vm, presets);
  const events: PlannedEvent[] = [];
  for (const { preset, detail } of result.invalid) {
    events.push({ type: "Warning", reason: "PresetFailed", message: `Invalid Preset '${preset}': ${detail}` });
  }
  if (result.conflicts.length > 0) {
    return {
      vm,
      events,
      fault: {
        reason: "PresetFailed",
        message: `VirtualMachinePresets cannot be applied due to conflicts: ${renderFieldErrors(result.conflicts)}`,
      },
    };
  }
  for (const [preset, settings] of groupBy(result.overridden, (entry) => entry.preset)) {
    const texts = settings.map(({ field, ours, theirs }) => `${field}: ${text(ours)} != ${text(theirs)}`);
    events.push({
      type: "Normal",
      reason: "Override",
      message: `Some settings were not applied for VirtualMachinePreset '${preset}': ${texts.join(", ")}`,
    });
  }
  const merged = withAnnotation(result.vm, presetsAppliedAnnotation, apiVersion);
  const faults = result.vm === vm ? [] : validateObject(merged).errors;
  if (faults.length === 0) return { vm: merged, events };
  return {
    vm,
    events,
    fault: {
      reason: "PresetFailed",
      message: `VirtualMachinePresets cannot be applied, since the machine they make is not valid: ${renderFieldErrors(faults)}`,
    },
  };
}

const invalidSpec = (faults: readonly FieldError[]) => ({
  reason: "InvalidSpec",
  message: `the machine is not valid: ${renderFieldErrors(faults)}`,
});
const text = (value: unknown) => JSON.stringify(value);
const isToBePlaced = (vm: VirtualMachine) => !isDeleting(vm) && !isFinal(vm.status?.phase) && !hasNode(vm);
const hasNode = (vm: VirtualMachine) => (vm.status?.nodeName ?? "") !== "";

function failed(vm: VirtualMachine, fault: { reason: string; message: string }, now: string): VirtualMachineStatus {
  const condition: NewCondition = { type: "Ready", status: "False", ...fault };
  return { ...vm.status, phase: "Failed", conditions: withCondition(vm.status?.conditions, condition, now) };
}

/** With the finalizer, and the label of its node once it has one. */
function claimed(vm: VirtualMachine, nodeName?: string): VirtualMachine {
  const finalizers = vm.metadata.finalizers ?? [];
  const labels = nodeName === undefined ? vm.metadata.labels : { ...vm.metadata.labels, [nodeNameLabel]: nodeName };
  return withMetadata(vm, {
    ...(labels === undefined ? {} : { labels }),
    finalizers: finalizers.includes(machineFinalizer) ? finalizers : [...finalizers, machineFinalizer],
  });
}

function withAnnotation(vm: VirtualMachine, key: string, value: string): VirtualMachine {
  return withMetadata(vm, { annotations: { ...vm.metadata.annotations, [key]: value } });
}

function withMetadata(vm: VirtualMachine, metadata: Partial<VirtualMachine["metadata"]>): VirtualMachine {
  return { ...vm, metadata: { ...vm.metadata, ...metadata } };
}

function changed(before: VirtualMachine, after: VirtualMachine): { object?: VirtualMachine } {
  const same = sameJson(before.metadata, after.metadata) && sameJson(before.spec, after.spec);
  return same ? {} : { object: after };
}

function changedStatus(vm: VirtualMachine, status: VirtualMachineStatus): { status?: VirtualMachineStatus } {
  const conditions = (list: readonly Condition[] | undefined) => list ?? [];
  const same =
    vm.status?.phase === status.phase && sameJson(conditions(vm.status?.conditions), conditions(status.conditions));
  return same ? {} : { status };
}

const sameJson = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}
