/** Why a machine could not be started, in the words of its Synchronized condition and its SyncFailed event. */
import { type ClaimConflict, claimConflictWords } from "../core/claim-use";
import { type FieldError, renderFieldErrors } from "../core/field-error";
import { ApiError, UnreachableError } from "../kube/errors";
import { HypervisorError, HypervisorUnavailableError } from "../libvirt/hypervisor";
import { AddressError } from "./network/address";
import { PodNotReadyError } from "./pods/launcher";
import { VolumeError } from "./volumes";

export interface StartFailure {
  /** One word for programs. */
  readonly reason: string;
  readonly message: string;
  /** False when no retry can help: the machine itself has to change. */
  readonly retryable: boolean;
}

/** The spec asks for what this node cannot do; every fault is listed. */
export class UnsupportedSpecError extends Error {
  readonly errors: readonly FieldError[];
  constructor(errors: readonly FieldError[]) {
    super(renderFieldErrors(errors));
    this.name = "UnsupportedSpecError";
    this.errors = errors;
  }
}

/** libvirt has a domain of that name which is another's: of another engine, or of a person. */
export class NameTakenError extends Error {
  constructor(domain: { name: string; uuid: string }) {
    super(
      `libvirt has a domain ${domain.name} already that is not this machine's (uuid ${domain.uuid}); stop whoever runs it, or remove it: virsh --connect qemu:///system undefine ${domain.uuid}`,
    );
    this.name = "NameTakenError";
  }
}

/** Another machine has a claim that cannot be shared with it. */
export class ClaimInUseError extends Error {
  constructor(conflict: ClaimConflict) {
    super(claimConflictWords(conflict));
    this.name = "ClaimInUseError";
  }
}

/** QEMU begins its words with the time of each attempt, which would make one fault look like many. */
const qemuPrefix = /\d{4}-\d\d-\d\dT[\d:.]+Z (?=qemu)/g;

/** Undefined for errors that say nothing about the machine, such as an API or a libvirt that is away for a moment. */
export function describeStartFailure(error: unknown): StartFailure | undefined {
  if (error instanceof UnsupportedSpecError) {
    return {
      reason: "UnsupportedSpec",
      message: `this node cannot run the machine: ${error.message}`,
      retryable: false,
    };
  }
  if (error instanceof VolumeError) {
    return { reason: error.reason, message: error.message, retryable: error.retryable };
  }
  if (error instanceof PodNotReadyError) return { reason: "PodNotReady", message: error.message, retryable: true };
  if (error instanceof AddressError) return { reason: "NoAddress", message: error.message, retryable: true };
  if (error instanceof HypervisorError) {
    return {
      reason: "HypervisorRefused",
      message: `libvirt: ${error.message.replace(qemuPrefix, "").trim()}`,
      retryable: true,
    };
  }
  if (error instanceof ClaimInUseError) return { reason: "ClaimInUse", message: error.message, retryable: true };
  if (error instanceof NameTakenError) return { reason: "NameTaken", message: error.message, retryable: true };
  if (isPassing(error)) return undefined;
  const words = error instanceof Error ? error.message : String(error);
  return { reason: "NodeFault", message: `the node could not start the machine: ${words}`, retryable: true };
}

function isPassing(error: unknown): boolean {
  return error instanceof HypervisorUnavailableError || error instanceof ApiError || error instanceof UnreachableError;
}
