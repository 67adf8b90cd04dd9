/**
 * Sets of fields, as trees, in the form Kubernetes writes them into managedFields (FieldsV1): `f:name` for a field,
 * `k:{…}` for an element of a list of keyed things, `v:…` for an element of a set. A node without children is a field
 * taken whole. Owns the set operations and which lists are not taken whole.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
import { isDeepStrictEqual } from "node:util";
import { isRecord, type JsonRecord } from "../object";

export interface FieldTree {
  readonly children: ReadonlyMap<string, FieldTree>;
}

export const leaf: FieldTree = { children: new Map() };

const keyedLists: Readonly<Record<string, string>> = { ownerReferences: "uid", conditions: "type", addresses: "type" };
const setLists = new Set(["finalizers"]);

/** The key field of a list's elements; undefined for lists that are taken whole. */
export function listKeyOf(field: string): string | undefined {
  return Object.hasOwn(keyedLists, field) ? keyedLists[field] : undefined;
}

export function isSetList(field: string): boolean {
  return setLists.has(field);
}

export function fieldTreeOf(value: unknown, field = ""): FieldTree {
  if (isRecord(value)) {
    return { children: new Map(Object.entries(value).map(([key, child]) => [`f:${key}`, fieldTreeOf(child, key)])) };
  }
  if (!Array.isArray(value)) return leaf;
  return { children: new Map(elementSteps(value, field).map(([step, element]) => [step, fieldTreeOf(element)])) };
}

/** The elements of a list that is not taken whole, by their steps; none for one that is. */
export function elementSteps(list: readonly unknown[], field: string): readonly (readonly [string, unknown])[] {
  if (isSetList(field)) return list.map((element) => [`v:${JSON.stringify(element)}`, element]);
  const key = listKeyOf(field);
  if (key === undefined) return [];
  return list
    .filter(isRecord)
    .filter((element) => element[key] !== undefined)
    .map((element) => [`k:${JSON.stringify({ [key]: element[key] })}`, element]);
}

export function union(left: FieldTree, right: FieldTree): FieldTree {
  const children = new Map(left.children);
  for (const [step, child] of right.children) children.set(step, union(children.get(step) ?? leaf, child));
  return { children };
}

/** What is in `left` and not in `right`; undefined when nothing is left of it. */
export function difference(left: FieldTree, right: FieldTree): FieldTree | undefined {
  const children = new Map<string, FieldTree>();
  for (const [step, child] of left.children) {
    const other = right.children.get(step);
    const rest = other === undefined ? child : difference(child, other);
    if (rest !== undefined) children.set(step, rest);
  }
  return children.size === 0 ? undefined : { children };
}

/** The leaves of both, as paths of steps. A leaf of one and a subtree of the other meet at the leaf. */
export function commonLeaves(left: FieldTree, right: FieldTree, path: readonly string[] = []): readonly string[][] {
  if (left.children.size === 0 || right.children.size === 0) return path.length === 0 ? [] : [[...path]];
  return [...left.children].flatMap(([step, child]) => {
    const other = right.children.get(step);
    return other === undefined ? [] : commonLeaves(child, other, [...path, step]);
  });
}

export function treeOfPaths(paths: readonly (readonly string[])[]): FieldTree {
  interface Growing {
    readonly children: Map<string, Growing>;
  }
  const root: Growing = { children: new Map() };
  for (const path of paths) {
    let node = root;
    for (const step of path) {
      const next = node.children.get(step) ?? { children: new Map() };
      node.children.set(step, next);
      node = next;
    }
  }
  return root;
}

/** The fields of `after` whose value `before` does not have; undefined when there are none. */
export function changedFields(after: unknown, before: unknown, field = ""): FieldTree | undefined {
  const parts = partsOf(after, field);
  if (parts === undefined) return isDeepStrictEqual(after, before) ? undefined : leaf;
  const earlier = new Map((partsOf(before, field) ?? []).map(([step, value]) => [step, value]));
  if (parts.length === 0) return isDeepStrictEqual(after, before) || earlier.size > 0 ? undefined : leaf;
  const children = new Map<string, FieldTree>();
  for (const [step, value, below] of parts) {
    const changed = changedFields(value, earlier.get(step), below);
    if (changed !== undefined) children.set(step, changed);
  }
  return children.size === 0 ? undefined : { children };
}

type Part = readonly [step: string, value: unknown, field: string];

/** What a value consists of; undefined for one that is taken whole. */
function partsOf(value: unknown, field: string): readonly Part[] | undefined {
  if (isRecord(value)) return Object.entries(value).map(([key, child]) => [`f:${key}`, child, key]);
  if (!Array.isArray(value) || (!isSetList(field) && listKeyOf(field) === undefined)) return undefined;
  return elementSteps(value, field).map(([step, element]) => [step, element, ""]);
}

export function encodeFields(tree: FieldTree): JsonRecord {
  return Object.fromEntries(
    [...tree.children].map(([step, child]) => {
      const below = encodeFields(child);
      // An element of a keyed list is itself among the fields.
      return [step, step.startsWith("k:") ? { ".": {}, ...below } : below];
    }),
  );
}

export function decodeFields(fields: unknown): FieldTree {
  if (!isRecord(fields)) return leaf;
  const steps = Object.entries(fields).filter(([step]) => step !== ".");
  return { children: new Map(steps.map(([step, child]) => [step, decodeFields(child)])) };
}

/** `.spec.domain.cpu.cores`, as kubectl prints the paths of conflicts. */
export function printPath(path: readonly string[]): string {
  return path.map((step) => (step.startsWith("f:") ? `.${step.slice(2)}` : `[${step.slice(2)}]`)).join("");
}
