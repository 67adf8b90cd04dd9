/** Setting one condition of a list so that it changes only when something about it changed (the kstatus convention). */
import type { Condition } from "../api/meta";

export interface NewCondition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
}

/** Longest message kept, in characters: a hypervisor or a hostile object can say any amount, and a status is small. */
export const longestConditionMessage = 2048;

export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/**
 * The list with this condition in it; the transition time moves only when the status does. `at` is RFC 3339. A message
 * that is too long is cut, and says so.
 */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  condition: NewCondition,
  at: string,
): readonly Condition[] {
  const before = findCondition(conditions, condition.type);
  const lastTransitionTime = before?.status === condition.status ? (before.lastTransitionTime ?? at) : at;
  const others = (conditions ?? []).filter((other) => other.type !== condition.type);
  const set = { ...condition, message: bounded(condition.message), lastTransitionTime };
  return [...others, set].sort((a, b) => (a.type < b.type ? -1 : 1));
}

export function withoutCondition(conditions: readonly Condition[] | undefined, type: string): readonly Condition[] {
  return (conditions ?? []).filter((condition) => condition.type !== type);
}

function bounded(message: string): string {
  const excess = message.length - longestConditionMessage;
  return excess <= 0 ? message : `${message.slice(0, longestConditionMessage)}… (${excess} characters more)`;
}
