/** The status documents that the node agent writes, from what it saw. Pure. */
import type { VirtualMachine, VirtualMachineStatus } from "../api/v1alpha1/virtual-machine";
import { type NewCondition, withCondition, withoutCondition } from "../core/conditions";
import type { EndReport } from "../core/plan/machine";
import type { StartFailure } from "./start-failure";

/** Condition that is False, with the reason, while the node cannot do what the spec asks; absent otherwise. */
export const synchronized = "Synchronized";

export interface RunningFacts {
  readonly ip: string;
  readonly mac: string;
  readonly domainState: string;
  readonly domainReason: string;
  /** RFC 3339. */
  readonly at: string;
}

export function runningStatus(vm: VirtualMachine, facts: RunningFacts): VirtualMachineStatus {
  const paused = facts.domainState === "paused" || facts.domainState === "pmsuspended";
  const ready: NewCondition = paused
    ? { type: "Ready", status: "False", reason: "Paused", message: `libvirt holds the guest: ${facts.domainReason}` }
    : { type: "Ready", status: "True", reason: "Running", message: "the guest is running" };
  return {
    ...vm.status,
    ...observed(vm),
    phase: "Running",
    interfaces: [{ ipAddress: facts.ip, mac: facts.mac }],
    conditions: withCondition(withoutCondition(vm.status?.conditions, synchronized), ready, facts.at),
  };
}

export function endedStatus(vm: VirtualMachine, end: EndReport, at: string): VirtualMachineStatus {
  const ready: NewCondition = { type: "Ready", status: "False", reason: end.reason, message: end.message };
  return {
    ...vm.status,
    ...observed(vm),
    phase: end.phase,
    conditions: withCondition(withoutCondition(vm.status?.conditions, synchronized), ready, at),
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
