/**
 * What the controller does next about one VirtualMachine where it chooses the node itself: on the local engine. Pure: everything observed comes in, everything to write comes
 * out. The controller owns a machine until it is Scheduled and again when its finalizer may go; in between it is the
 * node agent's.
 *
 *   (new) ─► presets, finalizer, node ─► Scheduled ──(agent)──► Running ──(agent)──► Succeeded | Failed
 *     │            └─ no node: Pending                                                    │
 *     └─ not valid, or presets in conflict: Failed                        deleted: finalizer removed
 */
import type { VirtualMachine, VirtualMachineStatus } from "../../api/v1alpha1/virtual-machine";
import { isDeleting } from "../deletion";
import { isFinal } from "../phases";
import type { PlannedEvent } from "./events";
import {
  changed,
  changedStatus,
  claimed,
  hasNode,
  isToBePlaced,
  machineFinalizer,
  notReady,
  released,
} from "./machine-marks";
import { type MachineAndPresets, withPresets } from "./merged-machine";
import { chooseNode, type NodeCandidate, whyNoNode } from "./nodes";

export { machineFinalizer, needsPresets, nodeNameLabel, presetsAppliedAnnotation } from "./machine-marks";

export interface ObservedVirtualMachine extends MachineAndPresets {
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

export function planVirtualMachine(observed: ObservedVirtualMachine): VirtualMachinePlan {
  if (isDeleting(observed.vm)) return planRemoval(observed.vm);
  return isToBePlaced(observed.vm) ? planPlacement(observed) : nothing;
}

/** The node agent ends the guest and says so with a final phase; a machine that no node has needs nobody's word. */
function planRemoval(vm: VirtualMachine): VirtualMachinePlan {
  if (vm.metadata.finalizers?.includes(machineFinalizer) !== true) return nothing;
  if (!isFinal(vm.status?.phase) && hasNode(vm)) return nothing;
  return { object: released(vm), events: [] };
}

function planPlacement(observed: ObservedVirtualMachine): VirtualMachinePlan {
  const { vm, nodes, now } = observed;
  const merged = withPresets(observed);
  if (merged.fault !== undefined) {
    // Nothing but the final phase is written: an annotation alone would make the next pass start it without presets.
    return {
      status: notReady(vm, "Failed", merged.fault, now),
      events: [...merged.events, { type: "Warning", reason: merged.fault.reason, message: merged.fault.message }],
    };
  }
  const node = chooseNode(nodes, merged.vm.spec.nodeSelector);
  if (node === undefined) {
    const waiting = { reason: "Unschedulable", message: whyNoNode(nodes, merged.vm.spec.nodeSelector) };
    return {
      ...changed(vm, claimed(merged.vm)),
      ...changedStatus(vm, notReady(vm, "Pending", waiting, now)),
      events: merged.events,
    };
  }

  const starting = { reason: "Starting", message: `node ${node.name} has not started the machine yet` };
  return {
    ...changed(vm, claimed(merged.vm, node.name)),
    status: { ...notReady(vm, "Scheduled", starting, now), nodeName: node.name },
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
