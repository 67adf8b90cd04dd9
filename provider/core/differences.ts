/**
 * Where two trees of JSON differ, leaf by leaf. Lists of named things (disks, volumes) are compared by name, as they are
 * merged; others by place. Fields that are not set and fields that are absent are the same.
 */
import { joinPath } from "./field-path";
import { child, isObject } from "./json-tree";

export interface Difference {
  /** Path such as `spec.domain.devices.disks[name=root].disk.bus`. */
  readonly field: string;
  /** Undefined: it was not there. */
  readonly before: unknown;
  /** Undefined: it is there no more. */
  readonly after: unknown;
}

export function differences(before: unknown, after: unknown, field = ""): readonly Difference[] {
  if (Object.is(before, after)) return [];
  // What is there on one side alone is told by its leaves too; what is empty is a leaf.
  const [left, right] = [before ?? emptyLike(after), after ?? emptyLike(before)];
  if (isObject(left) && isObject(right) && sizeOf(left) + sizeOf(right) > 0) {
    const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])];
    return keys.flatMap((key) => differences(child(left, key), child(right, key), joinPath(field, key)));
  }
  if (Array.isArray(left) && Array.isArray(right) && left.length + right.length > 0) {
    return differencesOfLists(left, right, field);
  }
  if (
    before !== undefined &&
    after !== undefined &&
    isEmpty(before) &&
    isEmpty(after) &&
    isObject(before) === isObject(after)
  )
    return [];
  return [{ field, before, after }];
}

function emptyLike(value: unknown): unknown {
  return Array.isArray(value) ? [] : isObject(value) ? {} : undefined;
}

const sizeOf = (value: object): number => Object.keys(value).length;
const isEmpty = (value: unknown): boolean => typeof value === "object" && value !== null && sizeOf(value) === 0;

function differencesOfLists(
  before: readonly unknown[],
  after: readonly unknown[],
  field: string,
): readonly Difference[] {
  const [named, others] = [byName(before), byName(after)];
  if (named !== undefined && others !== undefined) {
    const names = [...new Set([...named.keys(), ...others.keys()])];
    return names.flatMap((name) => differences(named.get(name), others.get(name), `${field}[name=${name}]`));
  }
  return Array.from({ length: Math.max(before.length, after.length) }, (_, index) =>
    differences(before[index], after[index], joinPath(field, index)),
  ).flat();
}

/** Undefined unless every item has a name of its own. */
function byName(list: readonly unknown[]): ReadonlyMap<string, unknown> | undefined {
  const found = new Map<string, unknown>();
  for (const item of list) {
    const name = child(item, "name");
    if (typeof name !== "string" || found.has(name)) return undefined;
    found.set(name, item);
  }
  return found;
}
