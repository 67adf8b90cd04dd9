/**
 * JSON schema, as the kinds give it, in the dialect of OpenAPI 3.0 and Kubernetes: one type for each value, `nullable`,
 * int-or-string, and nothing of what only a validator of JSON schema would use.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
import { isRecord, type JsonRecord } from "./object";

const dropped = new Set(["$schema", "propertyNames", "additionalProperties", "const", "anyOf", "type"]);

export function toOpenApiSchema(schema: unknown): JsonRecord {
  if (!isRecord(schema)) return {};
  const kept = Object.entries(schema)
    .filter(([key, value]) => !dropped.has(key) && !isSafeIntegerBound(value))
    .map(([key, value]) => [key, convert(key, value)]);
  return {
    ...Object.fromEntries(kept),
    ...typeOf(schema.type),
    ...alternatives(schema.anyOf),
    ...(schema.const === undefined ? {} : { enum: [schema.const] }),
    ...(isRecord(schema.additionalProperties)
      ? { additionalProperties: toOpenApiSchema(schema.additionalProperties) }
      : {}),
    ...(isEmpty(schema) ? { "x-kubernetes-preserve-unknown-fields": true } : {}),
  };
}

function convert(key: string, value: unknown): unknown {
  if (key === "items") return toOpenApiSchema(value);
  if (key !== "properties" || !isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, property]) => [name, toOpenApiSchema(property)]));
}

function typeOf(type: unknown): JsonRecord {
  if (!Array.isArray(type)) return type === undefined ? {} : { type };
  const types: readonly unknown[] = type.filter((each) => each !== "null");
  return {
    ...(types.length === 1 ? { type: types[0] } : {}),
    ...(types.length < type.length ? { nullable: true } : {}),
  };
}

function alternatives(anyOf: unknown): JsonRecord {
  if (!Array.isArray(anyOf)) return {};
  const branches = anyOf.filter(isRecord);
  const typed = branches.filter(({ type }) => type !== "null");
  const nullable = typed.length < branches.length ? { nullable: true } : {};
  const [only, ...others] = typed;
  if (only !== undefined && others.length === 0) return { ...toOpenApiSchema(only), ...nullable };
  const types = new Set(typed.map(({ type }) => type));
  if (types.size === 1) return { type: only?.type, ...mergedEnum(typed), ...nullable };
  const intOrString = types.size === 2 && types.has("string") && (types.has("integer") || types.has("number"));
  return intOrString ? { "x-kubernetes-int-or-string": true, ...nullable } : nullable;
}

/** The values of alternatives that are all lists of values. */
function mergedEnum(branches: readonly JsonRecord[]): JsonRecord {
  const values = branches.map((branch) => (branch.const === undefined ? branch.enum : [branch.const]));
  return values.every(Array.isArray) ? { enum: values.flat() } : {};
}

/** What "any whole number" looks like in JSON schema made from TypeScript's numbers. */
function isSafeIntegerBound(value: unknown): boolean {
  return value === Number.MAX_SAFE_INTEGER || value === Number.MIN_SAFE_INTEGER;
}

function isEmpty(schema: JsonRecord): boolean {
  return Object.keys(schema).every((key) => key === "description" || key === "$schema");
}
