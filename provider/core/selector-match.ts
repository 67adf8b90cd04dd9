/**
 * Which labels a selector matches, by Kubernetes' rules: `NotIn` and `DoesNotExist` match an absent key, and a
 * selector without requirements matches everything. Reads selectors that nobody has checked: what is wrong with one
 * is returned as data.
 */
import { selectorOperators } from "../api/label-selector";
import type { FieldError } from "./field-error";
import { joinPath } from "./field-path";
import { child, type IsUnknown, isGiven, isObject, items, nothingUnknown } from "./json-tree";
import { faultOfLabelKey, faultOfLabelValue } from "./validation/names";

/** Whether labels satisfy every requirement of a selector. Nothing known not to match matches an unknown value. */
export function matchesSelector(selector: unknown, labels: unknown, options: { isUnknown?: IsUnknown } = {}): boolean {
  const isUnknown = options.isUnknown ?? nothingUnknown;
  if (!isGiven(selector)) return true;
  if (!isObject(selector) || isUnknown(selector) || isUnknown(labels)) return false;
  const matchLabels = child(selector, "matchLabels");
  const expressions = child(selector, "matchExpressions");
  if (isUnknown(matchLabels) || isUnknown(expressions)) return false;
  for (const key of isObject(matchLabels) ? Object.keys(matchLabels) : []) {
    const wanted = child(matchLabels, key);
    if (isUnknown(wanted) || child(labels, key) !== wanted) return false;
  }
  return items(expressions).every((expression) => matchesExpression(expression, labels, isUnknown));
}

function matchesExpression(expression: unknown, labels: unknown, isUnknown: IsUnknown): boolean {
  const key = child(expression, "key");
  const values = child(expression, "values");
  if (typeof key !== "string" || isUnknown(key) || isUnknown(values)) return false;
  const value = child(labels, key);
  if (isUnknown(value)) return false;
  switch (child(expression, "operator")) {
    case "In":
      return value !== undefined && items(values).includes(value);
    case "NotIn":
      return value === undefined || !items(values).some((one) => one === value || isUnknown(one));
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return false;
  }
}

/** The selector as text, in the spelling of `kubectl get --selector`. Empty for one that nobody can read. */
export function formatSelector(selector: unknown): string {
  const matchLabels = child(selector, "matchLabels");
  const parts = Object.keys(isObject(matchLabels) ? matchLabels : {}).map((key) => `${key}=${child(matchLabels, key)}`);
  for (const expression of items(child(selector, "matchExpressions"))) {
    const key = String(child(expression, "key"));
    const values = `(${items(child(expression, "values")).join(",")})`;
    const operator = child(expression, "operator");
    if (operator === "In") parts.push(`${key} in ${values}`);
    else if (operator === "NotIn") parts.push(`${key} notin ${values}`);
    else if (operator === "Exists") parts.push(key);
    else if (operator === "DoesNotExist") parts.push(`!${key}`);
  }
  return parts.sort().join(",");
}

/** Everything that keeps a selector from meaning something. */
export function faultsOfSelector(
  selector: unknown,
  field: string,
  isUnknown: IsUnknown = nothingUnknown,
): readonly FieldError[] {
  const faults: FieldError[] = [];
  const add = (place: string, badValue: unknown, detail: string) => {
    if (!isUnknown(badValue)) faults.push({ type: "FieldValueInvalid", field: place, badValue, detail });
  };
  const matchLabels = child(selector, "matchLabels");
  if (isObject(matchLabels)) {
    for (const key of Object.keys(matchLabels)) {
      checkKey(`${field}.matchLabels`, key, add);
      checkValue(`${field}.matchLabels`, matchLabels[key], (place, value, detail) =>
        add(joinPath(place, key), value, detail),
      );
    }
  }
  items(child(selector, "matchExpressions")).forEach((expression, index) => {
    if (isUnknown(expression)) return;
    const place = joinPath(joinPath(field, "matchExpressions"), index);
    const operator = child(expression, "operator");
    const values = child(expression, "values");
    checkKey(joinPath(place, "key"), child(expression, "key"), add);
    checkOperator(joinPath(place, "operator"), operator, add);
    if (isUnknown(values)) return;
    checkCount(joinPath(place, "values"), operator, values, add);
    items(values).forEach((value, position) => {
      checkValue(joinPath(joinPath(place, "values"), position), value, add);
    });
  });
  return faults;
}

type Add = (place: string, badValue: unknown, detail: string) => void;

function checkKey(place: string, key: unknown, add: Add): void {
  const fault = typeof key === "string" ? faultOfLabelKey(key) : undefined;
  if (fault !== undefined) add(place, key, fault);
}

function checkValue(place: string, value: unknown, add: Add): void {
  const fault = typeof value === "string" ? faultOfLabelValue(value) : undefined;
  if (fault !== undefined) add(place, value, fault);
}

function checkOperator(place: string, operator: unknown, add: Add): void {
  if (!selectorOperators.some((known) => known === operator)) {
    add(place, operator, `must be one of: ${selectorOperators.join(", ")}`);
  }
}

function checkCount(place: string, operator: unknown, values: unknown, add: Add): void {
  const count = items(values).length;
  if ((operator === "In" || operator === "NotIn") && count === 0) {
    add(place, values, `must have at least one value for ${operator}`);
  }
  if ((operator === "Exists" || operator === "DoesNotExist") && count > 0) {
    add(place, values, `must be absent for ${operator}`);
  }
}
