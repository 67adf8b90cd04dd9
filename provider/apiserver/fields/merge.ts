/** Lays an applied configuration over an object, and takes fields out of one, along the lines of a field tree. */
import { isRecord, type JsonRecord } from "../object";
import { elementSteps, type FieldTree, isSetList, listKeyOf } from "./field-tree";

/** Every value the configuration gives wins; what it does not mention stays. */
export function mergeApplied(current: unknown, applied: unknown, field = ""): unknown {
  if (isRecord(applied)) {
    const merged = new Map(Object.entries(isRecord(current) ? current : {}));
    for (const [key, value] of Object.entries(applied)) merged.set(key, mergeApplied(merged.get(key), value, key));
    return Object.fromEntries(merged);
  }
  if (!Array.isArray(applied) || !Array.isArray(current)) return applied;
  if (!isSetList(field) && listKeyOf(field) === undefined) return applied;
  const mine = new Map(elementSteps(applied, field));
  const merged = elementSteps(current, field).map(([step, element]) => {
    const wanted = mine.get(step);
    mine.delete(step);
    return wanted === undefined ? element : mergeApplied(element, wanted);
  });
  return [...merged, ...mine.values()];
}

/** The value without the fields of the tree; undefined when nothing of it is left. */
export function withoutFields(value: unknown, tree: FieldTree, field = ""): unknown {
  if (tree.children.size === 0) return undefined;
  if (isRecord(value)) return withoutRecordFields(value, tree);
  if (!Array.isArray(value)) return value;
  const kept = elementSteps(value, field).flatMap(([step, element]) => {
    const below = tree.children.get(step);
    return below === undefined ? [element] : elementWithout(element, below, listKeyOf(field));
  });
  return kept.length === 0 ? undefined : kept;
}

/** An element keeps its key as long as anything else of it is left. */
function elementWithout(element: unknown, tree: FieldTree, key: string | undefined): readonly unknown[] {
  const rest = withoutFields(element, tree);
  if (key === undefined || !isRecord(rest) || !isRecord(element)) return rest === undefined ? [] : [rest];
  return Object.keys(rest).every((each) => each === key) ? [] : [{ ...rest, [key]: element[key] }];
}

function withoutRecordFields(value: JsonRecord, tree: FieldTree): JsonRecord | undefined {
  const kept = Object.entries(value).flatMap(([key, child]) => {
    const below = tree.children.get(`f:${key}`);
    const rest = below === undefined ? child : withoutFields(child, below, key);
    return rest === undefined ? [] : [[key, rest] as const];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
