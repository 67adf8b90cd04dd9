/** Setting one condition of a list so that it changes only when something about it changed (the kstatus convention). */
import type { Condition } from "../api/meta";

export interface NewCondition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
}

export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** The list with this condition in it; the transition time moves only when the status does. `at` is RFC 3339. */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  condition: NewCondition,
  at: string,
): readonly Condition[] {
  const before = findCondition(conditions, condition.type);
  const lastTransitionTime = before?.status === condition.status ? (before.lastTransitionTime ?? at) : at;
  const others = (conditions ?? []).filter((other) => other.type !== condition.type);
  return [...others, { ...condition, lastTransitionTime }].sort((a, b) => (a.type < b.type ? -1 : 1));
}

export function withoutCondition(conditions: readonly Condition[] | undefined, type: string): readonly Condition[] {
  return (conditions ?? []).filter((condition) => condition.type !== type);
}
