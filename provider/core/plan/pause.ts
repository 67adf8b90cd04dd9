/**
 * Guests that stand still: whether one should, what to do about one that stands still or does not, and what its status
 * says. Pure. The wish is an annotation of the machine, so that it holds on every engine and outlives a restart of each:
 *
 *   "true"   the guest stands still
 *   "false"  the guest goes on, whatever stopped it; a disk without room is tried again now and then
 *   absent   the guest goes on if it stood still for the annotation's sake; others may have stopped it for theirs
 */
import type { VirtualMachine } from "../../api/v1alpha1/virtual-machine";
import { findCondition, type NewCondition } from "../conditions";
import type { ObservedDomain } from "./machine";

export const pauseAnnotation = "kubevirt.io/paused";

/** Condition that is True, with the reason, while the guest stands still; absent otherwise. */
export const pausedCondition = "Paused";
/** Its reason when the guest stands still for the annotation's sake. */
export const requestedPause = "Requested";

/** Seconds between two tries to let a guest go on that stops again and again. */
export const resumeIntervalSeconds = 30;

/** Reasons of a Ready condition that is False because the guest stands still: as asked for, or not. */
export const readyReason = { requested: "PausedByRequest", stopped: "Paused" } as const;

/** Whether the guest runs as far as its status tells: a guest that stands still answers nobody. */
export function isGuestRunning({ status }: Pick<VirtualMachine, "status">): boolean {
  return status?.phase === "Running" && findCondition(status.conditions, "Ready")?.status !== "False";
}

export type PauseStep =
  | { readonly kind: "suspend" }
  | { readonly kind: "resume" }
  /** It was let go on a moment ago and stopped again. */
  | { readonly kind: "wait"; readonly milliseconds: number };

export interface ObservedPause {
  readonly vm: VirtualMachine;
  readonly domain: ObservedDomain;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** When the guest was last let go on, in milliseconds since the epoch. */
  readonly resumedAt?: number | undefined;
}

type Wish = "pause" | "run" | "none";

function wishOf({ metadata }: VirtualMachine): Wish {
  switch (metadata.annotations?.[pauseAnnotation]) {
    case "true":
      return "pause";
    case "false":
      return "run";
    default:
      return "none";
  }
}

export function shouldPause(vm: VirtualMachine): boolean {
  return wishOf(vm) === "pause";
}

/** Of an active domain; undefined when it is as it should be. */
export function planPause({ vm, domain, now, resumedAt }: ObservedPause): PauseStep | undefined {
  const wish = wishOf(vm);
  if (wish === "pause") return isRunning(domain) ? { kind: "suspend" } : undefined;
  if (!canResume(domain)) return undefined;
  const asked = findCondition(vm.status?.conditions, pausedCondition)?.reason === requestedPause;
  if (wish === "none") return asked && domain.reason === "user" ? { kind: "resume" } : undefined;
  const waited = now - (resumedAt ?? Number.NEGATIVE_INFINITY);
  const interval = resumeIntervalSeconds * 1000;
  return waited >= interval || waited < 0 ? { kind: "resume" } : { kind: "wait", milliseconds: interval - waited };
}

/** Whether a guest stands still in a way that ends when libvirt is told so. */
export function canResume({ state, reason }: ObservedDomain): boolean {
  return state === "paused" && stops[reason] !== undefined;
}

/** Why the guest stands still; undefined when it does not, or only for a moment of libvirt's own. */
export function pauseCondition(vm: VirtualMachine, domain: ObservedDomain): NewCondition | undefined {
  if (domain.state === "pmsuspended") {
    const message = "the guest has put itself to sleep; it wakes when it is woken as its system provides for";
    return paused("GuestAsleep", message);
  }
  const stop = canResume(domain) ? stops[domain.reason] : undefined;
  if (stop === undefined) return undefined;
  if (domain.reason === "user" && shouldPause(vm)) {
    return paused(requestedPause, `paused as the annotation ${pauseAnnotation} asks; ${goOn(vm)}`);
  }
  const next =
    wishOf(vm) === "run" ? `this is tried again every ${resumeIntervalSeconds} seconds` : `then: ${goOn(vm)}`;
  return paused(stop.reason, `${stop.words}; ${next}`);
}

/** What stops a guest until somebody lets it go on, by virDomainPausedReason. Others pass by themselves. */
const stops: Readonly<Record<string, { readonly reason: string; readonly words: string }>> = {
  user: { reason: "FromOutside", words: "paused from outside (as by virsh suspend); see who needs it so" },
  "io-error": {
    reason: "IOError",
    words:
      "QEMU could not write to a disk and stopped the guest before it noticed; make room on the node's file system",
  },
  watchdog: { reason: "Watchdog", words: "the guest's watchdog fired, and its action is to pause; look at the guest" },
  unknown: { reason: "FromOutside", words: "paused, and libvirt does not know why; see what QEMU's log says" },
  "api-error": { reason: "HypervisorError", words: "libvirt failed in an operation on the guest; see libvirt's log" },
};

function goOn({ metadata }: VirtualMachine): string {
  return `virtctl unpause vm ${metadata.name ?? ""} --namespace ${metadata.namespace ?? "default"}`;
}

function paused(reason: string, message: string): NewCondition {
  return { type: pausedCondition, status: "True", reason, message };
}

function isRunning({ state }: ObservedDomain): boolean {
  return state === "running" || state === "blocked";
}
