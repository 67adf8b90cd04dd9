/** When a VirtualMachine counts as started. */
import { findCondition } from "../../core/conditions";
import { readyReason } from "../../core/plan/pause";
import type { LiveObject } from "../outputs";
import type { Condition } from "./condition";

/** Milliseconds for which the node may report a fault before the wait gives up; the node tries again meanwhile. */
export const faultPatienceMs = 5_000;

/** A condition with a memory: a fault counts from when this wait first saw it, whatever the clocks of others say. */
export function machineReady(): Condition<LiveObject> {
  let fault: { message: string; since: number } | undefined;
  return (vm, now) => {
    if (vm === undefined) return { kind: "failed", reason: "it was deleted by someone else while it was starting" };
    const { status } = vm;
    const ready = findCondition(status?.conditions, "Ready");
    switch (status?.phase) {
      case "Running":
        return ready?.status === "False" && ready.reason !== readyReason.requested
          ? { kind: "waiting", what: ready.message ?? "the guest is not ready" }
          : { kind: "met" };
      case "Succeeded":
        return { kind: "met" };
      case "Failed":
        return { kind: "failed", reason: synchronizedFault(vm) ?? ready?.message ?? "the machine failed" };
      default: {
        const message = synchronizedFault(vm);
        if (message === undefined) {
          fault = undefined;
          return { kind: "waiting", what: ready?.message ?? "no controller has taken the machine up yet" };
        }
        fault = { message, since: fault?.since ?? now };
        return now - fault.since >= faultPatienceMs
          ? { kind: "failed", reason: message }
          : { kind: "waiting", what: `the node tries again: ${message}` };
      }
    }
  };
}

function synchronizedFault(vm: LiveObject): string | undefined {
  const condition = findCondition(vm.status?.conditions, "Synchronized");
  return condition?.status === "False" ? (condition.message ?? condition.reason ?? "unknown fault") : undefined;
}
