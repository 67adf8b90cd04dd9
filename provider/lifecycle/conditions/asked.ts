/** When an object is ready and all that its annotation asks for besides is so. */
import { findCondition } from "../../core/conditions";
import { quoteValue } from "../../core/field-error";
import { compileJsonPath } from "../../core/json-path";
import { isFinal } from "../../core/phases";
import { madeBefore } from "../../core/plan/guest-conditions";
import { readyReason } from "../../core/plan/pause";
import { formatGuestWaits, guestConditionTypes, noChannel, type WaitCondition } from "../../core/wait-for";
import type { LiveObject } from "../outputs";
import type { Condition } from "./condition";

/** With the memory of `ready`. */
export function readyAndAsked(ready: Condition<LiveObject>, asked: readonly WaitCondition[]): Condition<LiveObject> {
  return (object, now) => {
    const verdict = ready(object, now);
    if (verdict.kind !== "met" || object === undefined || isPausedOnPurpose(object)) return verdict;
    const missing = [...new Set(asked.flatMap((condition) => whyNot(object, condition) ?? []))].join("; ");
    if (missing === "") return verdict;
    const agent = findCondition(object.status?.conditions, guestConditionTypes["guest-agent"]);
    const isInVain = agent?.reason === noChannel && asked.some(({ kind }) => kind === "guest-agent");
    if (isInVain) return { kind: "failed", reason: missing };
    return isFinal(object.status?.phase)
      ? { kind: "failed", reason: `the guest has ended, and of what was waited for: ${missing}` }
      : { kind: "waiting", what: missing };
  };
}

/** A guest that was asked to stand still can do nothing that anybody waits for. */
function isPausedOnPurpose({ status }: LiveObject): boolean {
  return findCondition(status?.conditions, "Ready")?.reason === readyReason.requested;
}

/** Undefined when it is so. */
function whyNot(object: LiveObject, condition: WaitCondition): string | undefined {
  switch (condition.kind) {
    case "running":
      return undefined;
    case "tcp":
    case "cloud-init":
    case "guest-agent": {
      const found = findCondition(object.status?.conditions, guestConditionTypes[condition.kind]);
      if (found?.status === "True" || found?.reason === madeBefore) return undefined;
      return found?.message ?? `${formatGuestWaits([condition])}: nobody has looked at the guest yet`;
    }
    case "condition": {
      const found = findCondition(object.status?.conditions, condition.type);
      if (found === undefined) return `there is no condition ${condition.type} yet`;
      if (found.status.toLowerCase() === condition.status.toLowerCase()) return undefined;
      const words = found.message === undefined ? "" : `: ${found.message}`;
      return `condition ${condition.type} is ${found.status}, not ${condition.status}${words}`;
    }
    case "jsonpath":
      return whyNotAt(object, condition);
  }
}

function whyNotAt(
  object: LiveObject,
  { path, value }: WaitCondition & { readonly kind: "jsonpath" },
): string | undefined {
  const found = compileJsonPath(path)(object);
  if (found === undefined || found === null) return `there is nothing at ${path} yet`;
  const text = typeof found === "object" ? JSON.stringify(found) : String(found);
  if (value === undefined || text === value) return undefined;
  // What was asked for may be secret; what is said of it is not.
  return path.startsWith(".status")
    ? `${path} is ${quoteValue(found)}, not ${quoteValue(value)}`
    : `${path} is not what is asked`;
}
