/**
 * The status of an object that makes machines, as its controller writes it: with a condition that says what could not be
 * done, while that holds, and only when something about it changed.
 */
import type { Condition } from "../api/meta";
import { withCondition, withoutCondition } from "../core/conditions";
import { sameValue } from "../core/covers";
import type { KubeClient } from "../kube/client";
import { isNotFound } from "../kube/errors";
import type { KubeObject, ResourceKind } from "../kube/resource";
import type { Result } from "../kube/work-queue";
import { MachineWriteError } from "./owned-machines";

interface WithConditions {
  readonly conditions?: readonly Condition[] | undefined;
}

/** The status with the condition of this type set from the error, or without it when there is none. */
export function withFailure<Status extends WithConditions>(
  status: Status,
  type: string,
  error: unknown,
  at: string,
): Status {
  if (error === undefined) {
    const { conditions: _before, ...rest } = status;
    const conditions = withoutCondition(status.conditions, type);
    return { ...rest, ...(conditions.length === 0 ? {} : { conditions }) } as Status;
  }
  const reason = error instanceof MachineWriteError ? error.reason : "FailedSync";
  const message = error instanceof Error ? error.message : String(error);
  return { ...status, conditions: withCondition(status.conditions, { type, status: "True", reason, message }, at) };
}

export interface OwnerStatusOptions<Owner> {
  readonly client: KubeClient;
  /** Told the answer to the write. */
  readonly written: (owner: Owner) => void;
}

/** Writes the status of an object that makes machines, unless it says so already. */
export async function writeOwnerStatus<Owner extends KubeObject & { readonly status?: object | undefined }>(
  { client, written }: OwnerStatusOptions<Owner>,
  resource: ResourceKind,
  owner: Owner,
  status: NonNullable<Owner["status"]>,
): Promise<void> {
  if (sameValue(owner.status ?? {}, status)) return;
  try {
    written(await client.update<Owner>(resource, { ...owner, status }, { subresource: "status" }));
  } catch (error) {
    // Deleted in the meantime: there is nobody left to tell.
    if (!isNotFound(error)) throw error;
  }
}

/** To look again when the first of these is over, in milliseconds; undefined is none. */
export function lookAgainAfter(...waits: readonly (number | undefined)[]): Result {
  const known = waits.filter((milliseconds) => milliseconds !== undefined);
  return known.length === 0 ? undefined : { requeueAfterMs: Math.min(...known) };
}
