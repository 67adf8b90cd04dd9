/**
 * From values to sets of fields, along a schema: the fields that a value gives, and those in which two values differ.
 * Owns the parts that a value consists of. Pure.
 */
import { isDeepStrictEqual } from "node:util";
import { isRecord } from "../object";
import { declaresField, type Schema, schemaOfField } from "../schema/schema";
import { type FieldSet, isEmpty, makeNode, nothing } from "./field-set";

export interface Part {
  readonly step: string;
  readonly value: unknown;
  readonly schema: Schema | undefined;
  /** A declared field, in contrast to a key of a map and an element of a list. */
  readonly named: boolean;
}

/** What a value consists of; undefined for one that is taken whole. */
export function partsOf(value: unknown, schema: Schema | undefined): readonly Part[] | undefined {
  if (isRecord(value)) {
    if (schema?.["x-kubernetes-map-type"] === "atomic") return undefined;
    return Object.entries(value).map(([key, child]) => ({
      step: `f:${key}`,
      value: child,
      schema: schemaOfField(schema, key),
      named: declaresField(schema, key),
    }));
  }
  return Array.isArray(value) ? elementsOf(value, schema) : undefined;
}

/** Undefined for a list that is taken whole. Of elements with one key, the first counts. */
export function elementsOf(list: readonly unknown[], schema: Schema | undefined): readonly Part[] | undefined {
  const type = schema?.["x-kubernetes-list-type"];
  if (type !== "map" && type !== "set") return undefined;
  const steps = new Map<string, Part>();
  for (const value of list) {
    const step = type === "set" ? `v:${JSON.stringify(value)}` : keyStep(value, schema);
    if (step !== undefined && !steps.has(step)) steps.set(step, { step, value, schema: schema?.items, named: false });
  }
  return [...steps.values()];
}

function keyStep(element: unknown, schema: Schema | undefined): string | undefined {
  if (!isRecord(element)) return undefined;
  const { properties = {} } = schema?.items ?? {};
  const keys = [...(schema?.["x-kubernetes-list-map-keys"] ?? [])].sort();
  const values = keys.map((key) => [key, element[key] ?? properties[key]?.default] as const);
  if (values.some(([, value]) => value === undefined)) return undefined;
  return `k:${JSON.stringify(Object.fromEntries(values))}`;
}

function isEmptyRecord(value: unknown): boolean {
  return value === null || (isRecord(value) && isEmpty(value));
}

/** The fields that a configuration gives. Fields with something below them are in the set by what is below. */
export function fieldsOf(value: unknown, schema: Schema | undefined): FieldSet {
  const fields: Record<string, unknown> = {};
  for (const part of partsOf(value, schema) ?? []) {
    const whole = partsOf(part.value, part.schema) === undefined;
    const node = makeNode(whole || !part.named || isEmptyRecord(part.value), fieldsOf(part.value, part.schema));
    if (node !== undefined) fields[part.step] = node;
  }
  return fields;
}

export interface Comparison {
  /** Places where there was nothing, or something else. */
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

const same: Comparison = { changed: nothing, removed: nothing };

export function compareValues(before: unknown, after: unknown, schema: Schema | undefined): Comparison {
  if (before === after) return same;
  const earlier = partsOf(before, schema) ?? [];
  const later = partsOf(after, schema) ?? [];
  const known = new Map(earlier.map((part) => [part.step, part]));
  const changed: Record<string, unknown> = {};
  const removed: Record<string, unknown> = {};
  for (const part of later) {
    const old = known.get(part.step);
    known.delete(part.step);
    const { isChanged, below } = comparePart(old, part);
    const node = makeNode(isChanged, below.changed);
    if (node !== undefined) changed[part.step] = node;
    if (!isEmpty(below.removed)) removed[part.step] = below.removed;
  }
  for (const [step, part] of known) removed[step] = makeNode(true, everything(part.value, part.schema));
  return { changed, removed };
}

function comparePart(old: Part | undefined, { value, schema }: Part): { isChanged: boolean; below: Comparison } {
  if (old === undefined) return { isChanged: true, below: compareValues(undefined, value, schema) };
  const parts = partsOf(value, schema);
  const oldParts = partsOf(old.value, schema);
  if (parts === undefined || oldParts === undefined) {
    return {
      isChanged: !isDeepStrictEqual(old.value, value),
      below: compareValues(oldParts && old.value, parts && value, schema),
    };
  }
  return { isChanged: false, below: compareValues(old.value, value, schema) };
}

/** All places within a value. */
function everything(value: unknown, schema: Schema | undefined): FieldSet {
  return compareValues(undefined, value, schema).changed;
}
