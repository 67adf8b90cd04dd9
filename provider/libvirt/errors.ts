/** The numbers of libvirt's refusals that the driver and its callers decide by. Others pass through as they are. */
import { HypervisorError } from "./hypervisor";

/** virErrorNumber (include/libvirt/virterror.h of libvirt). */
export const virErrorNumber = {
  noSupport: 3,
  invalidArgument: 8,
  operationFailed: 9,
  xmlError: 27,
  noDomain: 42,
  noNetwork: 43,
  authFailed: 45,
  operationInvalid: 55,
  configUnsupported: 67,
  authCancelled: 79,
  authUnavailable: 94,
} as const;

export type VirErrorName = keyof typeof virErrorNumber;

/** True when `error` is libvirt's refusal with one of these numbers. */
export function isVirError(error: unknown, ...names: readonly VirErrorName[]): error is HypervisorError {
  return error instanceof HypervisorError && names.some((name) => error.code === virErrorNumber[name]);
}
