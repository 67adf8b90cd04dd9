/**
 * The shape every stored object has: type, metadata, and fields that only its own schema knows. Owns the passage
 * between the store's text and this shape. Objects are values: whoever changes one makes a new one.
 */
import type { Entry } from "../store/store";

export type JsonRecord = Readonly<Record<string, unknown>>;

export interface ObjectType {
  readonly apiVersion: string;
  readonly kind: string;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface ManagedFieldsEntry {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly time?: string;
  readonly fieldsType: "FieldsV1";
  readonly fieldsV1: JsonRecord;
  readonly subresource?: string;
}

export interface ObjectMeta {
  readonly name: string;
  readonly generateName?: string;
  /** No server fills it any more; clients of old may still send it. */
  readonly selfLink?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
  readonly managedFields?: readonly ManagedFieldsEntry[];
}

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value under a path of keys, or undefined where the path breaks off. */
export function valueAt(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const key of path) current = isRecord(current) && Object.hasOwn(current, key) ? current[key] : undefined;
  return current;
}

export function textAt(value: unknown, ...path: readonly string[]): string {
  const found = valueAt(value, ...path);
  return typeof found === "string" ? found : "";
}

/** The stored text of an object, its type and metadata first. The revision is the store's to know and is left out. */
export function encodeObject(object: KubeObject): string {
  const { apiVersion, kind, metadata: own, ...rest } = object;
  const { resourceVersion: _, ...metadata } = own;
  return JSON.stringify({ apiVersion, kind, metadata, ...rest });
}

/**
 * The text of an object as clients see it, with its revision, put together without parsing where the stored text begins
 * as `encodeObject` writes it.
 */
export function textOfEntry(entry: Pick<Entry, "value" | "revision">, type: ObjectType): string {
  const { apiVersion, kind } = type;
  const beginning = `{"apiVersion":${JSON.stringify(apiVersion)},"kind":${JSON.stringify(kind)},"metadata":{`;
  if (!entry.value.startsWith(beginning)) return JSON.stringify(decodeEntry(entry));
  return `${beginning}"resourceVersion":"${entry.revision}",${entry.value.slice(beginning.length)}`;
}

export function decodeEntry(entry: Pick<Entry, "value" | "revision">): KubeObject {
  return decodeValue(entry.value, entry.revision);
}

/** @throws SyntaxError when the text is not an object's, which only a damaged store can hold. */
export function decodeValue(value: string, revision: number): KubeObject {
  const object: unknown = JSON.parse(value);
  if (!isStoredObject(object)) throw new SyntaxError("a stored value is not an object with metadata");
  return withResourceVersion(object, revision);
}

export function withResourceVersion(object: KubeObject, revision: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

function isStoredObject(value: unknown): value is KubeObject {
  return (
    isRecord(value) &&
    typeof value.apiVersion === "string" &&
    typeof value.kind === "string" &&
    isRecord(value.metadata) &&
    typeof value.metadata.name === "string"
  );
}
