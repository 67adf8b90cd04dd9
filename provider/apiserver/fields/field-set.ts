/**
 * Sets of fields, in the very form in which Kubernetes writes them into managedFields (FieldsV1): `f:name` for a field,
 * `k:{…}` for an element of a list of keyed things, `v:…` for an element of a set. A place without anything below it is
 * in the set; one with something below is only when it has the member `.`. Owns the operations on such sets; they read
 * and make the written form, so that nothing is converted on the way to the store and back.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
import { isRecord, type JsonRecord } from "../object";

/** The root of a set; itself never a member. */
export type FieldSet = JsonRecord;

export const nothing: FieldSet = {};

const self = ".";
const member: JsonRecord = {};

export function isEmpty(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

function nodeAt(set: FieldSet, step: string): JsonRecord | undefined {
  const node = Object.hasOwn(set, step) ? set[step] : undefined;
  return isRecord(node) ? node : undefined;
}

function isMember(node: JsonRecord): boolean {
  return isEmpty(node) || Object.hasOwn(node, self);
}

/** A place that is a member or not, with what is below it; undefined when it is neither. */
export function makeNode(isIn: boolean, below: FieldSet): JsonRecord | undefined {
  const { [self]: _, ...children } = below;
  if (isEmpty(children)) return isIn ? member : undefined;
  return isIn ? { [self]: {}, ...children } : children;
}

type Combine = (left: JsonRecord | undefined, right: JsonRecord | undefined) => JsonRecord | undefined;

function combine(left: FieldSet, right: FieldSet, steps: Iterable<string>, node: Combine): FieldSet {
  const combined: Record<string, unknown> = {};
  for (const step of steps) {
    if (step === self) continue;
    const made = node(nodeAt(left, step), nodeAt(right, step));
    if (made !== undefined) combined[step] = made;
  }
  return combined;
}

export function union(left: FieldSet, right: FieldSet): FieldSet {
  if (isEmpty(left)) return right;
  if (isEmpty(right)) return left;
  return combine(left, right, new Set([...Object.keys(left), ...Object.keys(right)]), (one, other) => {
    if (one === undefined || other === undefined) return one ?? other;
    return makeNode(isMember(one) || isMember(other), union(one, other));
  });
}

/** What is in `left` and not in `right`. */
export function difference(left: FieldSet, right: FieldSet): FieldSet {
  if (isEmpty(right)) return left;
  return combine(left, right, Object.keys(left), (one, other) => {
    if (one === undefined || other === undefined) return one;
    return makeNode(isMember(one) && !isMember(other), difference(one, other));
  });
}

export function intersection(left: FieldSet, right: FieldSet): FieldSet {
  return combine(left, right, Object.keys(left), (one, other) => {
    if (one === undefined || other === undefined) return undefined;
    return makeNode(isMember(one) && isMember(other), intersection(one, other));
  });
}

/** The set with every field that something is below of; elements of lists stay as they are. */
export function withParents(set: FieldSet): FieldSet {
  return combine(set, nothing, Object.keys(set), (node) => {
    if (node === undefined) return undefined;
    return makeNode(true, withParents(node));
  });
}

/** Every member, as a path of steps, in the order of the steps. */
export function pathsOf(set: FieldSet, path: readonly string[] = []): readonly (readonly string[])[] {
  return Object.keys(set)
    .filter((step) => step !== self)
    .sort()
    .flatMap((step) => {
      const node = nodeAt(set, step) ?? member;
      const here = [...path, step];
      return [...(isMember(node) ? [here] : []), ...pathsOf(node, here)];
    });
}

/** Whether the place is a member, and what is below it. */
export function lookUp(set: FieldSet, step: string): { readonly isIn: boolean; readonly below: FieldSet } {
  const node = nodeAt(set, step);
  return node === undefined ? { isIn: false, below: nothing } : { isIn: isMember(node), below: node };
}

/** `.spec.volumes[name="root"].emptyDisk`, as kubectl prints the paths of conflicts. */
export function printPath(path: readonly string[]): string {
  return path.map(printStep).join("");
}

function printStep(step: string): string {
  if (step.startsWith("f:")) return `.${step.slice(2)}`;
  const value: unknown = JSON.parse(step.slice(2));
  if (step.startsWith("v:") || !isRecord(value)) return `[=${JSON.stringify(value)}]`;
  const keys = Object.entries(value).map(([key, each]) => `${key}=${JSON.stringify(each)}`);
  return `[${keys.join(",")}]`;
}
