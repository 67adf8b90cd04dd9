/** The condition that says that a controller could not do what it meant to: set while it holds, gone afterwards. */
import type { Condition } from "../api/meta";
import { withCondition, withoutCondition } from "../core/conditions";
import { covers } from "../core/covers";
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

/** Whether two statuses say the same. */
export function sameStatus(left: unknown, right: unknown): boolean {
  return covers(left, right) && covers(right, left);
}
