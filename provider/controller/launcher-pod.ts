/** What the controller reads of a launcher pod. */
import { createHash } from "node:crypto";
import type { VirtualMachine } from "../api/v1alpha1/virtual-machine";
import { items, parsedOrNothing } from "../core/json-tree";
import type { ObservedPod } from "../core/plan/launched-machine";
import {
  createdByLabel,
  type LauncherVolumes,
  launcherContainer,
  launcherPodName,
  machineLabelsAnnotation,
} from "../core/plan/launcher-pod";
import { controllerOf } from "../core/plan/ownership";
import type { KubeObject } from "../kube/resource";

interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: object;
  readonly terminated?: { readonly reason?: string; readonly message?: string; readonly exitCode?: number };
}

export interface PodObject extends KubeObject {
  readonly spec?: { readonly nodeName?: string; readonly volumes?: LauncherVolumes };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
    readonly containerStatuses?: readonly { readonly name: string; readonly state?: ContainerState }[];
  };
}

/** What a container that is being made says of itself; everything else that it waits for is worth telling. */
const usualReasons: readonly string[] = ["ContainerCreating", "PodInitializing"];

const phases = ["Pending", "Running", "Succeeded", "Failed"] as const;

export function observedPod(pod: PodObject, machineUid: string | undefined): ObservedPod {
  // Others may have put containers of their own beside it.
  const state = pod.status?.containerStatuses?.find(({ name }) => name === launcherContainer)?.state;
  const phase = phases.find((known) => known === pod.status?.phase) ?? (pod.status?.phase ? "Unknown" : "Pending");
  return {
    name: pod.metadata.name ?? "",
    owned: isLauncherOf(pod, machineUid),
    // A pod is Running while its container is being started again, or has just ended.
    phase: phase === "Running" && state?.running === undefined ? "Pending" : phase,
    deleting: (pod.metadata.deletionTimestamp ?? "") !== "",
    labels: pod.metadata.labels ?? {},
    machineLabels: machineLabelsOf(pod),
    volumes: volumesOf(pod),
    nodeName: pod.spec?.nodeName ?? "",
    waiting: waitingOf(pod, state),
    ended: endedOf(pod, state),
    createdAt: Date.parse(pod.metadata.creationTimestamp ?? "") || 0,
  };
}

export const volumesOf = ({ spec }: PodObject): LauncherVolumes => spec?.volumes ?? [];

/** Whether the machine of this uid is the pod's controller. */
export function isLauncherOf(pod: PodObject, machineUid: string | undefined): boolean {
  return machineUid !== undefined && controllerOf(pod as Parameters<typeof controllerOf>[0])?.uid === machineUid;
}

function waitingOf(pod: PodObject, state: ContainerState | undefined): ObservedPod["waiting"] {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status === "False") {
    return { reason: scheduled.reason ?? "Unschedulable", message: scheduled.message ?? "the pod has no node" };
  }
  const waiting = state?.waiting;
  if (waiting?.reason === undefined || usualReasons.includes(waiting.reason)) return undefined;
  return { reason: waiting.reason, message: `launcher pod ${pod.metadata.name}: ${waiting.message ?? waiting.reason}` };
}

function endedOf({ status }: PodObject, state: ContainerState | undefined): ObservedPod["ended"] {
  if (status?.phase !== "Failed" && status?.phase !== "Succeeded") return undefined;
  if (status.reason !== undefined) return { reason: status.reason, message: status.message ?? status.reason };
  const code = state?.terminated?.exitCode;
  const how = state?.terminated?.reason ?? status.phase;
  return {
    reason: "PodEnded",
    message: `the launcher has ended (${how}${code === undefined ? "" : `, code ${code}`})`,
  };
}

/** Follows from the machine's uid: a creation whose answer was lost meets its own pod. */
export function podNameOf({ metadata }: VirtualMachine): string {
  const digest = createHash("sha256").update(`launcher ${metadata.uid}`).digest();
  return launcherPodName(metadata.name ?? "", (size) => digest.subarray(0, size));
}

/** UID of the machine that a launcher pod says it is for. */
export const machineUidOf = (pod: KubeObject): string | undefined => pod.metadata.labels?.[createdByLabel];

/** None where they were not written down, or by somebody else. */
function machineLabelsOf({ metadata: { annotations } }: PodObject): readonly string[] {
  const keys = items(parsedOrNothing(annotations?.[machineLabelsAnnotation] ?? ""));
  return keys.filter((key) => typeof key === "string");
}
