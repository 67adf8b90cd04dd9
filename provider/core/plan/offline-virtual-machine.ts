/**
 * What the controller does next about one OfflineVirtualMachine. Pure: the object, its machine and the history of its
 * runs come in; one step and the status come out. There is at most one machine, and it is never made while another one
 * of the same owner is there, whatever that one is called: two machines could write to one disk.
 *
 *   Always:  no machine ─► create ─► (runs) ─► ended ─► delete ─► gone ─► (back-off) ─► create
 *   Halted:  machine ─► delete ─► gone
 *
 * A machine of the wanted name that nobody manages is taken over first.
 */
import {
  type OfflineVirtualMachine,
  type OfflineVirtualMachineStatus,
  runStrategyOf,
} from "../../api/v1alpha1/offline-virtual-machine";
import type { VirtualMachine } from "../../api/v1alpha1/virtual-machine";
import { findCondition, type NewCondition, withCondition, withoutCondition } from "../conditions";
import { isDeleting } from "../deletion";
import { renderFieldErrors } from "../field-error";
import { childAt } from "../json-tree";
import { isFinal } from "../phases";
import { validateObject } from "../validation";
import { describeBackoff, type EndedRuns } from "./crash-backoff";
import { withGuestConditions } from "./guest-conditions";
import { withMachineFault } from "./machine-fault";
import { controllerOf, isFree, isManagedBy } from "./ownership";
import { isGuestRunning } from "./pause";
import { machineOfTemplate } from "./template-machine";

export interface ObservedOfflineVirtualMachine {
  readonly ovm: OfflineVirtualMachine;
  /** The namespace's machines that the owner manages, and the one that has the wanted name. */
  readonly machines: readonly VirtualMachine[];
  /** UUID that the guest's firmware reports when the template says none: the same at every start. */
  readonly firmwareUuid: string;
  readonly runs: EndedRuns | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The same moment as RFC 3339. */
  readonly timestamp: string;
}

export type OfflineStep =
  | { readonly kind: "none" }
  /** Nothing yet: look again when the back-off is over. */
  | { readonly kind: "wait"; readonly milliseconds: number }
  | { readonly kind: "adopt"; readonly vm: VirtualMachine }
  | { readonly kind: "create"; readonly vm: VirtualMachine }
  /** `ended`: the machine is to be made again, and counts as a run. */
  | { readonly kind: "delete"; readonly vm: VirtualMachine; readonly why: "halted" | "ended" };

export interface OfflinePlan {
  readonly step: OfflineStep;
  /** As it was before the step; undefined when there is nothing to say any more. */
  readonly status?: OfflineVirtualMachineStatus;
}

/** The name of the owner's machine. */
export function wantedName(ovm: {
  readonly metadata: { readonly name?: string | undefined };
  readonly spec?: unknown;
}): string {
  const named = childAt(ovm, ["spec", "template", "metadata", "name"]);
  return typeof named === "string" && named !== "" ? named : (ovm.metadata.name ?? "");
}

export function planOfflineVirtualMachine(observed: ObservedOfflineVirtualMachine): OfflinePlan {
  const { ovm } = observed;
  // What is below it goes by garbage collection, which also knows of orphaning.
  if (isDeleting(ovm)) return { step: { kind: "none" } };
  const faults = validateObject(ovm).errors;
  if (faults.length > 0) {
    const message = `the object is not valid: ${renderFieldErrors(faults)}`;
    return planned(observed, undefined, { kind: "none" }, notReady("InvalidSpec", message));
  }
  const own = observed.machines.find((vm) => isManagedBy(vm, ovm));
  if (runStrategyOf(ovm.spec) === "Halted") return planHalted(observed, own);
  return own === undefined ? planStart(observed) : planRunning(observed, own);
}

function planHalted(observed: ObservedOfflineVirtualMachine, own: VirtualMachine | undefined): OfflinePlan {
  if (own === undefined) {
    // A machine of its name that nobody manages is its machine, and should not run either.
    const orphan = namesakeOf(observed);
    if (orphan !== undefined && isFree(orphan)) return planned(observed, own, { kind: "adopt", vm: orphan }, stopping);
    return planned(observed, own, { kind: "none" }, undefined);
  }
  const step: OfflineStep = isDeleting(own) ? { kind: "none" } : { kind: "delete", vm: own, why: "halted" };
  return planned(observed, own, step, stopping);
}

function planStart(observed: ObservedOfflineVirtualMachine): OfflinePlan {
  const { ovm, now, runs } = observed;
  const name = wantedName(ovm);
  const namesake = namesakeOf(observed);
  if (namesake !== undefined) return planNamesake(observed, namesake);
  if (runs !== undefined && runs.notBefore > now) {
    const message = `the machine ${describeBackoff(runs)}`;
    const step: OfflineStep = { kind: "wait", milliseconds: runs.notBefore - now };
    return planned(observed, undefined, step, notReady("CrashLoopBackOff", message));
  }
  const vm = withFirmwareUuid(machineOfTemplate(ovm, ovm.spec.template, { name }), observed.firmwareUuid);
  return planned(observed, undefined, { kind: "create", vm }, starting);
}

/** A machine of the wanted name that the owner does not manage: taken over when nobody does, waited for otherwise. */
function planNamesake(observed: ObservedOfflineVirtualMachine, vm: VirtualMachine): OfflinePlan {
  if (isFree(vm)) return planned(observed, undefined, { kind: "adopt", vm }, starting);
  const manager = controllerOf(vm);
  const holder = manager === undefined ? "is being deleted" : `belongs to ${manager.kind} ${manager.name}`;
  const message = `VirtualMachine ${vm.metadata.name} ${holder}; it must go before this one can be made`;
  return planned(observed, undefined, { kind: "none" }, notReady("NameTaken", message));
}

function planRunning(observed: ObservedOfflineVirtualMachine, own: VirtualMachine): OfflinePlan {
  const phase = own.status?.phase;
  if (isDeleting(own)) return planned(observed, own, { kind: "none" }, notReady("Restarting", "the machine ends"));
  if (isFinal(phase)) {
    const step: OfflineStep = { kind: "delete", vm: own, why: "ended" };
    return planned(observed, own, step, notReady("Restarting", `the machine has ended (${phase}) and is made again`));
  }
  if (isGuestRunning(own)) {
    const running: NewCondition = { type: "Ready", status: "True", reason: "Running", message: "the guest runs" };
    return planned(observed, own, { kind: "none" }, running);
  }
  const why = findCondition(own.status?.conditions, "Ready");
  const ready = why?.reason === undefined ? starting : notReady(why.reason, why.message ?? "");
  return planned(observed, own, { kind: "none" }, ready);
}

function notReady(reason: string, message: string): NewCondition {
  return { type: "Ready", status: "False", reason, message };
}

const starting = notReady("Starting", "the machine is being made");
const stopping = notReady("Stopping", "the machine is being stopped");

function namesakeOf({ ovm, machines }: ObservedOfflineVirtualMachine): VirtualMachine | undefined {
  const name = wantedName(ovm);
  return machines.find((vm) => vm.metadata.name === name);
}

/** A halted machine is as it should be and has no Ready condition: tools that wait for readiness take that as done. */
function planned(
  observed: ObservedOfflineVirtualMachine,
  own: VirtualMachine | undefined,
  step: OfflineStep,
  ready: NewCondition | undefined,
): OfflinePlan {
  const { ovm, timestamp } = observed;
  const before = withMachineFault(ovm.status?.conditions, own === undefined ? [] : [own], timestamp);
  const guests = { owner: ovm, machines: own === undefined ? [] : [own], wanted: ready === undefined ? 0 : 1 };
  const after = ready === undefined ? withoutCondition(before, "Ready") : withCondition(before, ready, timestamp);
  const conditions = withGuestConditions(after, guests, timestamp);
  const status: OfflineVirtualMachineStatus = {
    created: own !== undefined,
    ready: own !== undefined && isGuestRunning(own),
    ...(conditions.length === 0 ? {} : { conditions }),
    ...(ovm.metadata.generation === undefined ? {} : { observedGeneration: ovm.metadata.generation }),
  };
  return { step, status };
}

function withFirmwareUuid(vm: VirtualMachine, uuid: string): VirtualMachine {
  const { domain } = vm.spec;
  if ((domain.firmware?.uuid ?? "") !== "") return vm;
  return { ...vm, spec: { ...vm.spec, domain: { ...domain, firmware: { ...domain.firmware, uuid } } } };
}
