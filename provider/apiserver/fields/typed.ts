/**
 * Whether a value is of the types that a schema declares, and its lists of keyed things keyed: what has to be so before
 * fields can be told apart at all. Limits, patterns and required fields are for others to judge.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
import { parseQuantity } from "../../api/quantity";
import type { FieldError } from "../../core/field-error";
import { isRecord, valueAt } from "../object";
import { type Schema, schemaOfField } from "../schema/schema";

/** In the order of the value's parts; paths as Kubernetes writes them, `.spec.volumes`. Values are never told. */
export function typeFaults(value: unknown, schema: Schema | undefined, path = ""): readonly string[] {
  if (schema === undefined || value === null || value === undefined) return [];
  const expected = expectedType(schema);
  if (expected !== undefined && !expected.fits(value)) {
    return [`${path}: expected ${expected.name}, got ${nameOf(value)}`];
  }
  if (schema.format === "quantity" && !isQuantity(value)) return [`${path}: is not a quantity, such as 10Gi`];
  if (schema.format === "byte" && typeof value === "string" && !isBase64(value)) return [`${path}: is not base64`];
  return partsIn(value, schema, path).flatMap((part) => typeFaults(part.value, part.schema, part.path));
}

/** Lists whose elements cannot be told apart: by a key that one of them has not, or has in common with another. */
export function keyFaults(value: unknown, schema: Schema | undefined, path = ""): readonly string[] {
  if (schema === undefined) return [];
  const own = Array.isArray(value) ? elementFaults(value, schema, path) : [];
  return [...own, ...partsIn(value, schema, path).flatMap((part) => keyFaults(part.value, part.schema, part.path))];
}

/** Nulls where null is no value. Those of metadata say nothing. */
export function nullFaults(value: unknown, schema: Schema | undefined, path = ""): readonly FieldError[] {
  if (schema === undefined || path === ".metadata") return [];
  if (value === null) {
    if (schema.nullable === true || schema.default !== undefined || schema.type === undefined) return [];
    const fault = { type: "FieldValueTypeInvalid", field: path.slice(1), badValue: value } as const;
    return [{ ...fault, detail: `must be of type ${schema.type}: leave it out if there is none` }];
  }
  return partsIn(value, schema, path).flatMap((part) => nullFaults(part.value, part.schema, part.path));
}

interface ExpectedType {
  readonly name: string;
  readonly fits: (value: unknown) => boolean;
}

const types: Readonly<Record<string, ExpectedType>> = {
  object: { name: "map", fits: isRecord },
  array: { name: "list", fits: Array.isArray },
  string: { name: "string", fits: (value) => typeof value === "string" },
  boolean: { name: "boolean", fits: (value) => typeof value === "boolean" },
  integer: { name: "number", fits: (value) => typeof value === "number" },
  number: { name: "number", fits: (value) => typeof value === "number" },
};

/** Undefined where more than one type would do. */
function expectedType({ type, ...schema }: Schema): ExpectedType | undefined {
  return type === undefined || schema["x-kubernetes-int-or-string"] === true ? undefined : types[type];
}

function nameOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "list";
  return isRecord(value) ? "map" : typeof value;
}

function isQuantity(value: unknown): boolean {
  return (typeof value === "string" || typeof value === "number") && parseQuantity(value) !== undefined;
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Lines may be broken anywhere. */
export function isBase64(text: string): boolean {
  return base64.test(text.replace(/[\r\n]/g, ""));
}

interface Part {
  readonly value: unknown;
  readonly schema: Schema | undefined;
  readonly path: string;
}

function partsIn(value: unknown, schema: Schema, path: string): readonly Part[] {
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => ({ value: item, schema: schema.items, path: `${path}[${index}]` }));
  }
  if (!isRecord(value)) return [];
  return Object.entries(value).map(([key, child]) => ({
    value: child,
    schema: schemaOfField(schema, key),
    path: `${path}.${key}`,
  }));
}

function elementFaults(list: readonly unknown[], schema: Schema, path: string): readonly string[] {
  const listType = schema["x-kubernetes-list-type"];
  if (listType === "set") return repeated(list.map((item) => `=${JSON.stringify(item)}`)).map(twice(path));
  if (listType !== "map") return [];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const { properties = {} } = schema.items ?? {};
  const faults: string[] = [];
  const steps: string[] = [];
  for (const [index, item] of list.entries()) {
    const has = (key: string) => (valueAt(item, key) ?? properties[key]?.default) !== undefined;
    if (!isRecord(item)) faults.push(`${path}: element ${index}: expected map, got ${nameOf(item)}`);
    else if (keys.some(has)) steps.push(keys.map((key) => `${key}=${JSON.stringify(item[key])}`).join(","));
    else faults.push(`${path}: element ${index}: omits all key fields ${JSON.stringify(keys)}`);
  }
  return [...faults, ...repeated(steps).map(twice(path))];
}

/** Each once. */
function repeated(steps: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  const again = new Set<string>();
  for (const step of steps) (seen.has(step) ? again : seen).add(step);
  return [...again];
}

const twice = (path: string) => (step: string) => `${path}: duplicate entries for key [${step}]`;
