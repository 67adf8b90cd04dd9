/** Checks label selectors: operators must have the values they need. */

import { mostMatchLabels } from "../../api/label-selector";
import { child, isObject } from "../json-tree";
import { faultsOfSelector } from "../selector-match";
import type { FaultList } from "./faults";

export function validateSelector(faults: FaultList, selector: unknown, field: string): void {
  if (!isObject(selector)) return;
  const matchLabels = child(selector, "matchLabels");
  const count = isObject(matchLabels) ? Object.keys(matchLabels).length : 0;
  if (count > mostMatchLabels) {
    faults.add("FieldValueTooMany", `${field}.matchLabels`, count, `must have at most ${mostMatchLabels} labels`);
  }
  for (const fault of faultsOfSelector(selector, field, faults.isUnknown)) {
    // The schema has told of an operator that there is not.
    if (fault.field.endsWith(".operator")) continue;
    faults.invalid(fault.field, fault.badValue, fault.detail);
  }
}

/** True when a selector chooses nothing in particular, and so everything. */
export function selectsEverything(selector: unknown): boolean {
  if (selector === undefined) return true;
  if (!isObject(selector)) return false;
  const labels = child(selector, "matchLabels");
  const expressions = child(selector, "matchExpressions");
  const noLabels = labels === undefined || (isObject(labels) && Object.keys(labels).length === 0);
  const noExpressions = expressions === undefined || (Array.isArray(expressions) && expressions.length === 0);
  return noLabels && noExpressions;
}
