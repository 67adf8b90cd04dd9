/**
 * What an object has beyond its schema is not stored: fields that nobody declared, and nulls where null is no value.
 * Owns the search for both along a schema. Nearly every object is sound, and is looked at without making anything.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning
 */
import { isRecord, type JsonRecord, type KubeObject } from "../object";
import { type Schema, schemaOfField } from "./schema";

export interface UnknownField {
  /** As Kubernetes writes it: `spec.volumes[0].odd`. */
  readonly path: string;
  readonly key: string;
  /** The fields that are declared in its place. */
  readonly known: readonly string[];
}

export interface Pruned {
  readonly object: KubeObject;
  /** In the order of their paths. */
  readonly unknown: readonly UnknownField[];
}

/** The very object when there is nothing to leave out. */
export function prune(object: KubeObject, schema: Schema): Pruned {
  if (isSound(object, schema)) return { object, unknown: [] };
  const unknown: UnknownField[] = [];
  const kept = prunedRecord(object, schema, "", unknown);
  const { apiVersion, kind, metadata } = object;
  const keptMetadata = isRecord(kept.metadata) ? { ...kept.metadata, name: metadata.name } : metadata;
  return {
    object: { ...kept, apiVersion, kind, metadata: keptMetadata },
    unknown: unknown.sort((left, right) => (left.path < right.path ? -1 : 1)),
  };
}

function isSound(value: unknown, schema: Schema): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined || value.every((item) => isSound(item, items));
  }
  if (!isRecord(value)) return true;
  for (const key in value) {
    const inner = schemaOfField(schema, key);
    const child = value[key];
    if (inner === undefined) {
      if (!isOpen(schema)) return false;
    } else if (child === null ? inner.nullable !== true : !isSound(child, inner)) return false;
  }
  return true;
}

/** Whether fields that are not declared are taken; what should not be an object at all is for others to judge. */
function isOpen(schema: Schema): boolean {
  return schema["x-kubernetes-preserve-unknown-fields"] === true || schema.type !== "object";
}

function pruned(value: unknown, schema: Schema, path: string, unknown: UnknownField[]): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item, index) => pruned(item, items, `${path}[${index}]`, unknown));
  }
  return isRecord(value) ? prunedRecord(value, schema, path, unknown) : value;
}

function prunedRecord(record: JsonRecord, schema: Schema, path: string, unknown: UnknownField[]): JsonRecord {
  const kept: (readonly [string, unknown])[] = [];
  for (const [key, child] of Object.entries(record)) {
    const inner = schemaOfField(schema, key);
    const place = path === "" ? key : `${path}.${key}`;
    if (inner === undefined) {
      if (isOpen(schema)) kept.push([key, child]);
      else unknown.push({ path: place, key, known: Object.keys(schema.properties ?? {}) });
    } else if (child !== null || inner.nullable === true) kept.push([key, pruned(child, inner, place, unknown)]);
    else if (inner.default !== undefined) kept.push([key, inner.default]);
  }
  return Object.fromEntries(kept);
}
