/** The status documents that the node agent writes, from what it saw. Pure. */
import type { VirtualMachine, VirtualMachineStatus } from "../api/v1alpha1/virtual-machine";
import { type NewCondition, withCondition, withoutCondition } from "../core/conditions";
import type { EndReport, ObservedDomain } from "../core/plan/machine";
import { pauseCondition, pausedCondition, readyReason, requestedPause } from "../core/plan/pause";
import { withFindings } from "./guests/guest-findings";
import type { StartFailure } from "./start-failure";

/** Condition that is False, with the reason, while the node cannot do what the spec asks; absent otherwise. */
export const synchronized = "Synchronized";

export interface RunningFacts {
  readonly ip: string;
  readonly mac: string;
  readonly domain: ObservedDomain;
  /** What was found out about the guest. Default: nothing new. */
  readonly findings?: readonly NewCondition[] | undefined;
  /** RFC 3339. */
  readonly at: string;
}

export function runningStatus(vm: VirtualMachine, facts: RunningFacts): VirtualMachineStatus {
  const { ip, mac, domain, findings = [], at } = facts;
  const paused = pauseCondition(vm, domain);
  const before = withoutCondition(vm.status?.conditions, synchronized);
  const conditions =
    paused === undefined ? withoutCondition(before, pausedCondition) : withCondition(before, paused, at);
  return {
    ...vm.status,
    ...observed(vm),
    phase: "Running",
    interfaces: [{ ipAddress: ip, mac }],
    conditions: withFindings(withCondition(conditions, readiness(domain, paused), at), vm, { findings, at }),
  };
}

function readiness(domain: ObservedDomain, paused: NewCondition | undefined): NewCondition {
  if (paused === undefined && domain.state !== "paused") {
    return { type: "Ready", status: "True", reason: "Running", message: "the guest is running" };
  }
  const reason = paused?.reason === requestedPause ? readyReason.requested : readyReason.stopped;
  const message = paused?.message ?? `libvirt holds the guest: ${domain.reason}`;
  return { type: "Ready", status: "False", reason, message };
}

export function endedStatus(vm: VirtualMachine, end: EndReport, at: string): VirtualMachineStatus {
  const ready: NewCondition = { type: "Ready", status: "False", reason: end.reason, message: end.message };
  return {
    ...vm.status,
    ...observed(vm),
    phase: end.phase,
    conditions: withCondition(
      withoutCondition(withoutCondition(vm.status?.conditions, synchronized), pausedCondition),
      ready,
      at,
    ),
  };
}

export function failedStartStatus(vm: VirtualMachine, failure: StartFailure, at: string): VirtualMachineStatus {
  const condition: NewCondition = {
    type: synchronized,
    status: "False",
    reason: failure.reason,
    message: failure.message,
  };
  return {
    ...vm.status,
    ...observed(vm),
    ...(failure.retryable ? {} : { phase: "Failed" as const }),
    conditions: withCondition(vm.status?.conditions, condition, at),
  };
}

function observed(vm: VirtualMachine): { observedGeneration?: number } {
  return vm.metadata.generation === undefined ? {} : { observedGeneration: vm.metadata.generation };
}
