/**
 * What the controller does next about one VirtualMachine on a Kubernetes cluster, where a launcher pod holds its place.
 * Pure: everything observed comes in; the pod to make or remove and what to write come out.
 *
 *   (new) ─► presets, pod ─► Scheduling ─► pod runs ─► Scheduled ──(agent)──► Running ──(agent)──► Succeeded | Failed
 *     │                          └─ pod refused, ended or removed: Failed                               │
 *     │                                                                        deleted: finalizer, pod removed
 *     ├─ another machine writes to its claim: Pending, until it is its turn
 *     └─ not valid, or presets in conflict: Failed
 *
 *   node silent  ── nothing of the machine lasts ──► Failed, to be made again elsewhere
 *                └─ it writes to a claim ──► Unknown, until the node speaks, or is fenced ──► Failed
 *
 * Time alone never proves that a machine is off: one that writes to a claim is given up only when its node is fenced, by
 * the removal of the Node object or by Kubernetes' taint for a node that is out of service.
 */
import type { VirtualMachine, VirtualMachineStatus } from "../../api/v1alpha1/virtual-machine";
import { type ClaimConflict, claimConflictWords } from "../claim-use";
import { findCondition } from "../conditions";
import { sameValue } from "../covers";
import { isDeleting } from "../deletion";
import { isFinal } from "../phases";
import type { PlannedEvent } from "./events";
import {
  claimsWritten,
  type LauncherVolumes,
  launcherLabels,
  machineLabelKeys,
  machineLabelsAnnotation,
} from "./launcher-pod";
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
import { type MachineAndPresets, withoutPresets, withPresets } from "./merged-machine";
import { awaitAgent, awaitNode } from "./node-silence";

/** What is read of a launcher pod. */
export interface ObservedPod {
  readonly name: string;
  /** Whether the machine is its controller. */
  readonly owned: boolean;
  readonly phase: "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown";
  readonly deleting: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** Keys of the labels that it has of its machine, as they were written down with them. */
  readonly machineLabels: readonly string[];
  readonly volumes: LauncherVolumes;
  /** Empty until the scheduler has chosen. */
  readonly nodeName: string;
  /** Why it is not running, in Kubernetes' words. */
  readonly waiting?: { readonly reason: string; readonly message: string } | undefined;
  /** Why it has ended. */
  readonly ended?: { readonly reason: string; readonly message: string } | undefined;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/**
 * heard: the node's agent or its kubelet gives signs of life; fenced: somebody vouches that nothing runs there.
 * `agentSilentSince` is there when it is the kubelet alone: the last sign of the agent, as RFC 3339; empty for none.
 */
export type NodeHealth =
  | { readonly state: "heard"; readonly agentSilentSince?: string }
  | { readonly state: "silent"; readonly seconds: number }
  | { readonly state: "fenced"; readonly how: string };

export interface ObservedLaunchedMachine extends MachineAndPresets {
  /** The pod of the machine's launcher name. */
  readonly pod: ObservedPod | undefined;
  readonly podName: string;
  /** Claims that the machine names and that do not exist; the pod cannot be made before they do. */
  readonly missingClaims: readonly string[];
  /** The machine that goes first on a claim that this one would write to; undefined when it is this one's turn. */
  readonly claimConflict: ClaimConflict | undefined;
  /** Of the node that the machine was handed to, or that its pod is on. */
  readonly node: NodeHealth;
  /** Namespace of the agents' pods. */
  readonly systemNamespace: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The same moment as RFC 3339. */
  readonly timestamp: string;
}

export interface LaunchedMachinePlan {
  /** The whole object to write, without its status; undefined when nothing of it changes. */
  readonly object?: VirtualMachine;
  /** The pod to make for `machine`, which is valid and has its presets. Made after `object` is written. */
  readonly createPod?: { readonly machine: VirtualMachine };
  readonly deletePod?: true;
  /** Labels of the pod that are to be set, or, by null, to go; and what is written down of them. */
  readonly relabelPod?: PodMarks;
  /** The finalizer goes after everything else. */
  readonly release?: VirtualMachine;
  readonly status?: VirtualMachineStatus;
  readonly events: readonly PlannedEvent[];
  readonly lookAgainAfterMs?: number;
}

export interface PodMarks {
  readonly labels: Readonly<Record<string, string | null>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const nothing: LaunchedMachinePlan = { events: [] };

/** A pod that has not started for so long, in milliseconds, is written about: most start sooner. */
export const patienceMs = 2_000;
/** A claim that is missing is looked for again after as long as it was missing, within these milliseconds. */
const claimIntervalMs = { least: 5_000, most: 60_000 };
/** A pod that is being started is looked at again after so many milliseconds: its node may have gone. */
const startIntervalMs = 10_000;

export function planLaunchedMachine(observed: ObservedLaunchedMachine): LaunchedMachinePlan {
  const { vm } = observed;
  if (isDeleting(vm)) return planRemoval(observed);
  if (isFinal(vm.status?.phase)) return planEnded(observed);
  if (isToBePlaced(vm)) return planPlacement(observed);
  return planHandedOver(observed);
}

function planRemoval(observed: ObservedLaunchedMachine): LaunchedMachinePlan {
  const { vm, node } = observed;
  if (vm.metadata.finalizers?.includes(machineFinalizer) !== true) return withoutPod(observed);
  // No agent begins before the status names its node, and one that does meanwhile makes the release a conflict.
  const agentIsDone = isFinal(vm.status?.phase) || !hasNode(vm);
  if (agentIsDone || node.state === "fenced" || (node.state === "silent" && !writesToClaims(observed))) {
    return { ...withoutPod(observed), release: released(vm) };
  }
  if (node.state === "silent") return awaitNode(observed, writtenTo(observed));
  // Its agent sees it by the label.
  return { ...changed(vm, claimed(vm, vm.status?.nodeName)), ...awaitAgent(observed, node) };
}

/** The agent ends the launcher of a machine that it has ended; where no agent can, the pod is removed. */
function planEnded(observed: ObservedLaunchedMachine): LaunchedMachinePlan {
  const agentAnswers = hasNode(observed.vm) && observed.node.state === "heard";
  return agentAnswers ? nothing : withoutPod(observed);
}

function withoutPod({ pod }: ObservedLaunchedMachine): LaunchedMachinePlan {
  const isGone = pod === undefined || !pod.owned || pod.deleting;
  return isGone ? nothing : { deletePod: true, events: [] };
}

function planPlacement(observed: ObservedLaunchedMachine): LaunchedMachinePlan {
  const { vm, pod, timestamp } = observed;
  // Presets are looked at when there is to be a pod.
  const waits = pod === undefined && observed.claimConflict !== undefined;
  const merged = waits ? withoutPresets(vm) : withPresets(observed);
  if (merged.fault !== undefined) {
    return {
      ...withoutPod(observed),
      status: notReady(vm, "Failed", merged.fault, timestamp),
      events: [...merged.events, { type: "Warning", reason: merged.fault.reason, message: merged.fault.message }],
    };
  }
  const { events } = merged;
  if (pod === undefined && observed.claimConflict !== undefined) {
    return planTurn(observed, "Pending", observed.claimConflict);
  }
  if (pod === undefined) {
    // Presets are looked at before there is a pod, and never again: what they changed is written down first.
    const object = sameValue(merged.vm.spec, vm.spec) ? {} : changed(vm, claimed(merged.vm));
    if (observed.missingClaims.length > 0) return { ...object, ...planMissingClaims(observed), events };
    return { ...object, createPod: { machine: merged.vm }, events: [...events, created(observed.podName)] };
  }
  if (!pod.owned) {
    return { ...told(observed, "Pending", nameTaken(pod.name)), events };
  }
  const end = endOf(pod) ?? lossOf(observed, pod);
  if (end !== undefined) {
    return {
      ...withoutPod(observed),
      status: notReady(vm, "Failed", end, timestamp),
      events: [{ type: "Warning", reason: end.reason, message: end.message }],
    };
  }
  const isUp = pod.phase === "Running" && pod.nodeName !== "";
  if (!isUp) return planWaiting(observed, pod);
  // Two of them got their launchers when neither could be known to the other.
  if (observed.claimConflict !== undefined) return planTurn(observed, "Scheduling", observed.claimConflict);
  return planHandOver(observed, pod, merged.vm);
}

/** What is said of a machine whose launcher's name another pod has. */
export const nameTaken = (pod: string) => ({
  reason: "NameTaken",
  message: `pod ${pod} is not this machine's, and has the name of its launcher; remove it`,
});

/** Why a pod will hold no machine any more. */
function endOf(pod: ObservedPod): { reason: string; message: string } | undefined {
  if (pod.phase === "Failed" || pod.phase === "Succeeded") {
    const { reason, message } = pod.ended ?? { reason: "PodEnded", message: `it has ended (${pod.phase})` };
    return { reason, message: `launcher pod ${pod.name}: ${message}` };
  }
  if (!pod.deleting) return undefined;
  return { reason: "PodDeleted", message: `launcher pod ${pod.name} was deleted before the machine was started` };
}

/** Of a pod that holds no machine yet: whatever becomes of its node, nothing of the machine is there. */
function lossOf({ node }: ObservedLaunchedMachine, { nodeName }: ObservedPod) {
  if (nodeName === "" || node.state === "heard") return undefined;
  const how = node.state === "fenced" ? node.how : `has not been heard of for ${node.seconds} seconds`;
  return { reason: "NodeLost", message: `node ${nodeName} ${how}, and has not started the machine` };
}

function planHandOver(
  observed: ObservedLaunchedMachine,
  pod: ObservedPod,
  machine: VirtualMachine,
): LaunchedMachinePlan {
  const { vm, timestamp } = observed;
  const starting = { reason: "Starting", message: `node ${pod.nodeName} has not started the machine yet` };
  return {
    ...changed(vm, claimed(machine, pod.nodeName)),
    status: { ...notReady(vm, "Scheduled", starting, timestamp), nodeName: pod.nodeName },
    events: [
      {
        type: "Normal",
        reason: "SuccessfulHandOver",
        message: `Pod owner ship transfered to the node ${pod.name}`,
      },
    ],
  };
}

/** A pod that starts in the usual time is not written about. */
function planWaiting(observed: ObservedLaunchedMachine, pod: ObservedPod): LaunchedMachinePlan {
  const again = pod.nodeName === "" ? {} : { lookAgainAfterMs: startIntervalMs };
  if (pod.waiting !== undefined) return { ...told(observed, "Scheduling", pod.waiting), ...again };
  const age = observed.now - pod.createdAt;
  if (age < patienceMs) return { events: [], lookAgainAfterMs: patienceMs - Math.max(0, age) };
  const message =
    pod.nodeName === ""
      ? `launcher pod ${pod.name} waits for the scheduler`
      : `launcher pod ${pod.name} is being started on node ${pod.nodeName}`;
  return { ...told(observed, "Scheduling", { reason: "PodStarting", message }), ...again };
}

function planMissingClaims(observed: ObservedLaunchedMachine): Omit<LaunchedMachinePlan, "events"> {
  const { missingClaims, vm, now } = observed;
  const names = missingClaims.map((claim) => `"${claim}"`).join(", ");
  const message = `there is no PersistentVolumeClaim ${names} in namespace "${vm.metadata.namespace}"; the machine is started once there is`;
  const { status } = told(observed, "Pending", { reason: "ClaimNotFound", message });
  const since = Date.parse(findCondition(vm.status?.conditions, "Ready")?.lastTransitionTime ?? "");
  const waited = Number.isNaN(since) ? 0 : now - since;
  const lookAgainAfterMs = Math.min(Math.max(waited, claimIntervalMs.least), claimIntervalMs.most);
  return { ...(status === undefined ? {} : { status }), lookAgainAfterMs };
}

/** Whoever it waits for brings it forward; it looks again all the same, as long as nothing is asked of the API for it. */
function planTurn(
  observed: ObservedLaunchedMachine,
  phase: "Pending" | "Scheduling",
  conflict: ClaimConflict,
): LaunchedMachinePlan {
  const why = { reason: "ClaimInUse", message: claimConflictWords(conflict) };
  const planned = told(observed, phase, why);
  const events = planned.status === undefined ? [] : [{ type: "Warning", ...why } as const];
  return { ...planned, events, lookAgainAfterMs: startIntervalMs };
}

/** The agent's, unless its node is gone. What the user may have taken away of the marks is put back. */
function planHandedOver(observed: ObservedLaunchedMachine): LaunchedMachinePlan {
  const { vm, node, timestamp } = observed;
  const { nodeName = "" } = vm.status ?? {};
  if (node.state === "heard") {
    return { ...changed(vm, claimed(vm, nodeName)), ...relabelled(observed), ...awaitAgent(observed, node) };
  }
  if (node.state === "silent" && writesToClaims(observed)) return awaitNode(observed, writtenTo(observed));
  const why =
    node.state === "fenced"
      ? `node ${nodeName} ${node.how}`
      : `node ${nodeName} has not been heard of for ${node.seconds} seconds, and nothing of the machine lasts`;
  return {
    ...withoutPod(observed),
    status: notReady(vm, "Failed", { reason: "NodeLost", message: why }, timestamp),
    events: [{ type: "Warning", reason: "NodeLost", message: why }],
  };
}

/** Who selects machines by labels that were changed selects their pods by them too. Labels of others stay. */
function relabelled({ vm, pod }: ObservedLaunchedMachine): Pick<LaunchedMachinePlan, "relabelPod"> {
  if (pod === undefined || !pod.owned || pod.deleting) return {};
  const wanted = launcherLabels(vm);
  const missing = Object.entries(wanted).filter(([key, value]) => pod.labels[key] !== value);
  const surplus = pod.machineLabels.filter((key) => Object.hasOwn(pod.labels, key) && !Object.hasOwn(wanted, key));
  if (missing.length === 0 && surplus.length === 0) return {};
  const labels = Object.fromEntries([...missing, ...surplus.map((key) => [key, null] as const)]);
  return { relabelPod: { labels, annotations: { [machineLabelsAnnotation]: machineLabelKeys(vm) } } };
}

/** Whether another machine in its stead could destroy what it has written. */
export function writesToClaims(observed: Pick<ObservedLaunchedMachine, "vm" | "pod">): boolean {
  return writtenTo(observed).length > 0;
}

function writtenTo({ vm, pod }: Pick<ObservedLaunchedMachine, "vm" | "pod">): readonly string[] {
  return claimsWritten(vm, pod?.owned === true ? pod.volumes : undefined);
}

function told(
  { vm, timestamp }: ObservedLaunchedMachine,
  phase: "Pending" | "Scheduling",
  why: { readonly reason: string; readonly message: string },
): LaunchedMachinePlan {
  return { ...changedStatus(vm, notReady(vm, phase, why, timestamp)), events: [] };
}

const created = (pod: string): PlannedEvent => ({
  type: "Normal",
  reason: "SuccessfulCreate",
  message: `Created virtual machine pod ${pod}`,
});
