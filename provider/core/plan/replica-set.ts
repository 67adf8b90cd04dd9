/**
 * What the controller does next about one VirtualMachineReplicaSet. Pure: the set and every machine that it manages or
 * could manage come in; the machines to take over, let go, make and remove, and the status, come out.
 *
 * A machine counts until it is gone: one that is being deleted still holds its place, so that there are never more than
 * asked for. One that has ended holds none; it is removed and another is made in its stead.
 */
import type { VirtualMachine } from "../../api/v1alpha1/virtual-machine";
import {
  defaultReplicas,
  type VirtualMachineReplicaSet,
  type VirtualMachineReplicaSetStatus,
} from "../../api/v1alpha1/virtual-machine-replica-set";
import { type NewCondition, withCondition, withoutCondition } from "../conditions";
import { isDeleting } from "../deletion";
import { renderFieldErrors } from "../field-error";
import { isFinal } from "../phases";
import { formatSelector, matchesSelector } from "../selector-match";
import { validateObject } from "../validation";
import { describeBackoff, type EndedRuns } from "./crash-backoff";
import type { PlannedEvent } from "./events";
import { withGuestConditions } from "./guest-conditions";
import { withMachineFault } from "./machine-fault";
import { isFree, isManagedBy } from "./ownership";
import { isGuestRunning } from "./pause";
import { machineOfTemplate } from "./template-machine";

/** Machines made or removed in one step: a slip of the pen in `replicas` can be taken back in time. */
export const mostChanges = 250;

export interface ObservedReplicaSet {
  readonly set: VirtualMachineReplicaSet;
  /** The machines of the set's namespace. */
  readonly machines: readonly VirtualMachine[];
  readonly runs: EndedRuns | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The same moment as RFC 3339. */
  readonly timestamp: string;
}

export interface ReplicaSetPlan {
  readonly adopt: readonly VirtualMachine[];
  readonly release: readonly VirtualMachine[];
  /** As many of `machine` as `count` says. */
  readonly create: { readonly count: number; readonly machine: VirtualMachine } | undefined;
  readonly remove: readonly VirtualMachine[];
  /** Machines that have ended; each counts as a run. */
  readonly removeEnded: readonly VirtualMachine[];
  /** As it was before the changes; undefined when there is nothing to say any more. */
  readonly status?: VirtualMachineReplicaSetStatus;
  readonly events: readonly PlannedEvent[];
  /** When there is more to do, in milliseconds from now: the back-off is over, or it was too much for one step. */
  readonly lookAgainAfter?: number;
}

const nothing: ReplicaSetPlan = {
  adopt: [],
  release: [],
  create: undefined,
  remove: [],
  removeEnded: [],
  events: [],
};

export function planReplicaSet(observed: ObservedReplicaSet): ReplicaSetPlan {
  const { set } = observed;
  // What is below it goes by garbage collection, which also knows of orphaning.
  if (isDeleting(set)) return nothing;
  const faults = validateObject(set).errors;
  if (faults.length > 0) {
    const message = `the object is not valid: ${renderFieldErrors(faults)}`;
    const ready: NewCondition = { type: "Ready", status: "False", reason: "InvalidSpec", message };
    const own = observed.machines.filter((vm) => isManagedBy(vm, set) && !isFinal(vm.status?.phase));
    return { ...nothing, status: statusOf(observed, own, ready) };
  }
  const { kept, adopt, release } = claim(observed);
  const members = [...kept, ...adopt];
  const living = members.filter((vm) => !isFinal(vm.status?.phase));
  const ended = members.filter((vm) => isFinal(vm.status?.phase) && !isDeleting(vm));
  const ready = readiness(observed, living);
  const status = statusOf(observed, living, ready);
  const base = { ...nothing, adopt, release, events: pauseEvents(set), status };
  if (set.spec.paused === true) return base;
  return { ...base, ...scaling(observed, living), removeEnded: ended.slice(0, mostChanges) };
}

/** Which machines the set keeps, takes over because nobody manages them, and lets go because it no longer selects them. */
function claim({ set, machines }: ObservedReplicaSet): Record<"kept" | "adopt" | "release", readonly VirtualMachine[]> {
  const claimed = { kept: [] as VirtualMachine[], adopt: [] as VirtualMachine[], release: [] as VirtualMachine[] };
  for (const vm of machines) {
    const selected = matchesSelector(set.spec.selector, vm.metadata.labels ?? {});
    if (isManagedBy(vm, set)) (selected || isDeleting(vm) ? claimed.kept : claimed.release).push(vm);
    else if (selected && isFree(vm)) claimed.adopt.push(vm);
  }
  return claimed;
}

function scaling(
  { set, runs, now }: ObservedReplicaSet,
  living: readonly VirtualMachine[],
): Pick<ReplicaSetPlan, "create" | "remove" | "lookAgainAfter"> {
  const wanted = desiredReplicas(set);
  const missing = wanted - living.length;
  if (missing > 0) {
    if (runs !== undefined && runs.notBefore > now) {
      return { create: undefined, remove: [], lookAgainAfter: runs.notBefore - now };
    }
    const machine = machineOfTemplate(set, set.spec.template, { generateName: nameBeginning(set) });
    const create = { count: Math.min(missing, mostChanges), machine };
    return missing > mostChanges ? { create, remove: [], lookAgainAfter: 0 } : { create, remove: [] };
  }
  const staying = living.filter((vm) => !isDeleting(vm));
  const surplus = Math.min(staying.length - wanted, mostChanges);
  return { create: undefined, remove: surplus > 0 ? [...staying].sort(byWorth).slice(0, surplus) : [] };
}

function desiredReplicas({ spec }: VirtualMachineReplicaSet): number {
  return spec.replicas ?? defaultReplicas;
}

/** What the API server completes to the machines' names. */
function nameBeginning({ metadata, spec }: VirtualMachineReplicaSet): string {
  const template = spec.template.metadata;
  return template?.name || template?.generateName || (metadata.name ?? "");
}

/** How far a machine has come: what is lost least by removing it comes first. */
const worths: Readonly<Record<string, number>> = { Pending: 0, Scheduling: 1, Scheduled: 2, Unknown: 3, Running: 4 };

function byWorth(left: VirtualMachine, right: VirtualMachine): number {
  const worth = worthOf(left) - worthOf(right);
  if (worth !== 0) return worth;
  const newestFirst = compare(right.metadata.creationTimestamp ?? "", left.metadata.creationTimestamp ?? "");
  return newestFirst !== 0 ? newestFirst : compare(left.metadata.name ?? "", right.metadata.name ?? "");
}

const worthOf = (vm: VirtualMachine) => worths[vm.status?.phase ?? ""] ?? -1;
const compare = (left: string, right: string) => (left < right ? -1 : left > right ? 1 : 0);

function readiness({ set, runs, now }: ObservedReplicaSet, living: readonly VirtualMachine[]): NewCondition {
  const wanted = desiredReplicas(set);
  const running = living.filter(isGuestRunning).length;
  if (living.length === wanted && running === wanted) {
    return { type: "Ready", status: "True", reason: "AllRunning", message: `${running} of ${wanted} machines run` };
  }
  const message = `${running} of ${wanted} machines run`;
  if (set.spec.paused === true) return { type: "Ready", status: "False", reason: "Paused", message };
  if (living.length < wanted && runs !== undefined && runs.notBefore > now) {
    return {
      type: "Ready",
      status: "False",
      reason: "CrashLoopBackOff",
      message: `${message}; machines ${describeBackoff(runs)}`,
    };
  }
  return { type: "Ready", status: "False", reason: "Scaling", message };
}

const pausedCondition = "ReplicaPaused";
const paused: NewCondition = {
  type: pausedCondition,
  status: "True",
  reason: "Paused",
  message: "Controller got paused",
};

function pauseEvents({ spec, status }: VirtualMachineReplicaSet): readonly PlannedEvent[] {
  const was = status?.conditions?.some(({ type, status: holds }) => type === pausedCondition && holds === "True");
  if (spec.paused === true) return was ? [] : [{ type: "Normal", reason: "SuccessfulPaused", message: "Paused" }];
  return was ? [{ type: "Normal", reason: "SuccessfulResumed", message: "Resumed" }] : [];
}

function statusOf(
  { set, timestamp }: ObservedReplicaSet,
  living: readonly VirtualMachine[],
  ready: NewCondition,
): VirtualMachineReplicaSetStatus {
  const before = set.status;
  const conditions = withMachineFault(before?.conditions, living, timestamp);
  const withPause =
    set.spec.paused === true
      ? withCondition(conditions, paused, timestamp)
      : withoutCondition(conditions, pausedCondition);
  const guests = { owner: set, machines: living, wanted: desiredReplicas(set) };
  const status: VirtualMachineReplicaSetStatus = {
    replicas: living.length,
    readyReplicas: living.filter(isGuestRunning).length,
    labelSelector: formatSelector(set.spec.selector),
    conditions: withGuestConditions(withCondition(withPause, ready, timestamp), guests, timestamp),
    ...(set.metadata.generation === undefined ? {} : { observedGeneration: set.metadata.generation }),
  };
  return status;
}
