/**
 * What the node agent does next about one machine. Pure: the object (if there still is one), the domain (if there is
 * one) and the time come in; one step comes out.
 *
 *              ┌──────── no domain, or one that never ran ───► start
 *   Scheduled ─┼──────── domain is there, guest stands still ──► finishStart: its address, then go
 *              └──────── domain runs ────────────────────────► report Running
 *   Running ────── domain ended by itself ───────────────────► end: report Succeeded | Failed
 *            └──── guest stands still and should not, or the other way round ──► resume | suspend
 *   Succeeded | Failed ── anything is left ──────────────────► clean, else closed
 *   deleted, or no object, or its place goes
 *                        ── domain runs ── in grace ────────► shutdown, look again
 *                                        └─ grace is over ───► destroy
 *                         └─ domain is off ──────────────────► clean (report); its place goes: end
 */
import type { VirtualMachine } from "../../api/v1alpha1/virtual-machine";
import { defaultGracePeriodSeconds } from "../defaults";
import { isDeleting } from "../deletion";
import { childAt } from "../json-tree";
import { isFinal } from "../phases";
import { canResume, type PauseStep, planPause } from "./pause";

/** Seconds between two presses of the power button: a guest that is still booting misses the first. */
export const shutdownIntervalSeconds = 3;

export interface ObservedDomain {
  /** virDomainState as in the Hypervisor interface. */
  readonly state: string;
  readonly reason: string;
}

export interface ObservedMachine {
  /** Undefined when the API has no such object (any more). */
  readonly vm: VirtualMachine | undefined;
  readonly domain: ObservedDomain | undefined;
  /** Whether files or reservations of the machine are on the node. */
  readonly leftovers: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** When this agent last let the guest go on, in milliseconds since the epoch. */
  readonly resumedAt?: number | undefined;
  /** When a machine without an object was first seen so, in milliseconds since the epoch. */
  readonly orphanedSince?: number;
  /** From the domain's metadata, for a machine without an object. */
  readonly orphanGraceSeconds?: number;
  /** Set when what the machine stands in is about to go, or is gone: the guest's deadline and what is said then. */
  readonly placeEnd?: { readonly deadline: number; readonly report: EndReport } | undefined;
}

export type FinalPhase = "Succeeded" | "Failed";

export type MachineStep =
  | { readonly kind: "none" }
  | { readonly kind: "start" }
  /** A start that was cut off before the guest ran: it stands still until its address is reserved. */
  | { readonly kind: "finishStart" }
  | { readonly kind: "reportRunning"; readonly lookAgainAfterMs?: number }
  | Exclude<PauseStep, { kind: "wait" }>
  /** A guest that stands still hears no power button: `resumeFirst`. */
  | { readonly kind: "shutdown"; readonly secondsLeft: number; readonly resumeFirst?: true }
  | { readonly kind: "destroy" }
  /**
   * Report the phase; nothing is removed before that is written. A domain that is gone while its phase still says
   * Scheduled would be started a second time, and one that says Running would count as lost.
   */
  | { readonly kind: "end"; readonly report: EndReport }
  /** Remove the definition, the files and the address; then, when there is an object to tell, report this phase. */
  | { readonly kind: "clean"; readonly report?: EndReport }
  /** The machine has ended and nothing is left: what it stood in may go. */
  | { readonly kind: "closed" };

export function planMachine(observed: ObservedMachine): MachineStep {
  const { vm } = observed;
  if (vm === undefined) return planStop(observed, graceOfOrphan(observed), undefined);

  const phase = vm.status?.phase;
  if (isFinal(phase)) {
    const step = planStop(observed, { deadline: observed.now }, undefined);
    return step.kind === "none" ? { kind: "closed" } : step;
  }
  if (isDeleting(vm)) {
    const deletedAt = Date.parse(vm.metadata.deletionTimestamp ?? "");
    const ended = endOf(observed.domain) ?? {
      phase: "Succeeded",
      reason: "Deleted",
      message: "the machine was deleted",
    };
    // A guest that never ran has nothing to put away.
    const grace = phase === "Scheduled" && isHeldAtStart(observed.domain) ? 0 : graceSecondsOf(vm);
    const deadline = Math.min(deletedAt + grace * 1000, observed.placeEnd?.deadline ?? Number.POSITIVE_INFINITY);
    return planStop(observed, { deadline }, ended);
  }
  const { placeEnd } = observed;
  if (placeEnd !== undefined && phase !== "Pending" && phase !== "Scheduling") {
    const hasRun = !(phase === "Scheduled" && isHeldAtStart(observed.domain));
    const step = planStop(observed, hasRun ? placeEnd : { deadline: observed.now }, placeEnd.report);
    // The API may be away, and the place be there again when it is not: what is told first is not started again.
    return step.kind === "clean" ? { kind: "end", report: placeEnd.report } : step;
  }
  switch (phase) {
    case "Scheduled":
      return planStart(observed.domain);
    case "Pending":
    case "Scheduling":
      return { kind: "none" };
    default:
      // Also a phase that was lost: who may have run once is not started again.
      return planWatch(vm, observed);
  }
}

/** Of an object that nobody may have validated. */
function graceSecondsOf(vm: VirtualMachine): number {
  const grace = childAt(vm, ["spec", "terminationGracePeriodSeconds"]);
  return typeof grace === "number" && grace >= 0 ? grace : defaultGracePeriodSeconds;
}

function planStart(domain: ObservedDomain | undefined): MachineStep {
  if (domain === undefined) return { kind: "start" };
  if (isHeldAtStart(domain)) return { kind: "finishStart" };
  if (isActive(domain)) return { kind: "reportRunning" };
  const end = endOf(domain);
  // A definition that never ran, or whose start failed, is no end: mortal machines run once, and this one has not yet.
  return end === undefined ? { kind: "start" } : { kind: "end", report: end };
}

/** As every domain is started: its guest goes on when its address is reserved. Says so of a Scheduled machine only. */
function isHeldAtStart(domain: ObservedDomain | undefined): boolean {
  return domain?.state === "paused" && (domain.reason === "user" || domain.reason === "starting-up");
}

function planWatch(vm: VirtualMachine, { domain, now, resumedAt }: ObservedMachine): MachineStep {
  if (domain === undefined) {
    return {
      kind: "end",
      report: {
        phase: "Failed",
        reason: "DomainMissing",
        message: "the domain was removed from libvirt by someone else",
      },
    };
  }
  if (isActive(domain)) {
    const step = planPause({ vm, domain, now, resumedAt });
    if (step === undefined) return { kind: "reportRunning" };
    return step.kind === "wait" ? { kind: "reportRunning", lookAgainAfterMs: step.milliseconds } : step;
  }
  return {
    kind: "end",
    report: endOf(domain) ?? {
      phase: "Failed",
      reason: "NodeRestarted",
      message: `the domain is ${domain.state} (${domain.reason}): the node was restarted or the domain was stopped from outside`,
    },
  };
}

function planStop(observed: ObservedMachine, grace: { deadline: number }, report: EndReport | undefined): MachineStep {
  if (observed.domain !== undefined && isActive(observed.domain)) {
    const secondsLeft = Math.ceil((grace.deadline - observed.now) / 1000);
    if (!(secondsLeft > 0)) return { kind: "destroy" };
    return { kind: "shutdown", secondsLeft, ...(canResume(observed.domain) ? { resumeFirst: true } : {}) };
  }
  if (observed.domain === undefined && !observed.leftovers && report === undefined) return { kind: "none" };
  return report === undefined ? { kind: "clean" } : { kind: "clean", report };
}

export interface EndReport {
  readonly phase: FinalPhase;
  readonly reason: string;
  readonly message: string;
}

/** Why an inactive domain that ran is off; undefined when nothing tells that it ever ran. */
function endOf(domain: ObservedDomain | undefined): EndReport | undefined {
  if (domain === undefined || isActive(domain)) return undefined;
  if (domain.state === "crashed" || domain.reason === "crashed" || domain.reason === "panicked") {
    return { phase: "Failed", reason: "GuestCrashed", message: "The VM crashed." };
  }
  switch (domain.reason) {
    case "shutdown":
      return { phase: "Succeeded", reason: "GuestShutDown", message: "The VM was shut down." };
    case "destroyed":
      return { phase: "Succeeded", reason: "Destroyed", message: "The VM was powered off from outside the guest." };
    case "saved":
    case "from-snapshot":
      return { phase: "Succeeded", reason: "Saved", message: "The VM was saved and stopped from outside." };
    case "migrated":
    case "daemon":
      return { phase: "Failed", reason: "Lost", message: `libvirt ended the domain (${domain.reason})` };
    default:
      return undefined;
  }
}

function graceOfOrphan(observed: ObservedMachine): { deadline: number } {
  const since = observed.orphanedSince ?? observed.now;
  return { deadline: since + (observed.orphanGraceSeconds ?? defaultGracePeriodSeconds) * 1000 };
}

function isActive(domain: ObservedDomain): boolean {
  switch (domain.state) {
    case "running":
    case "blocked":
    case "paused":
    case "shutdown":
    case "pmsuspended":
      return true;
    default:
      return false;
  }
}
