/** Whether a selector chooses labels, by Kubernetes' rules; one without requirements counts as choosing none. */
import { child, items } from "../../../provider/core/json-tree";

export function selects(selector: unknown, labels: unknown): boolean {
  const wanted = Object.entries(Object(child(selector, "matchLabels")));
  const expressions = items(child(selector, "matchExpressions"));
  if (wanted.length + expressions.length === 0) return false;
  return (
    wanted.every(([key, value]) => child(labels, key) === value) &&
    expressions.every((expression) => holds(expression, labels))
  );
}

function holds(expression: unknown, labels: unknown): boolean {
  const key = child(expression, "key");
  if (typeof key !== "string") return false;
  const value = child(labels, key);
  const named = items(child(expression, "values")).includes(value);
  switch (child(expression, "operator")) {
    case "In":
      return value !== undefined && named;
    case "NotIn":
      return !named;
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return false;
  }
}
