/**
 * Checks a value against a schema and tells every way in which its structure differs, as plain data: the one place
 * that knows how the schema library reports. Wording is left to the reader of the faults.
 */
import type { z } from "zod";

interface FaultPlace {
  /** Keys and indices from the root; for an unknown field, the path of the object that has it. */
  readonly path: readonly (string | number)[];
  /** What is there. */
  readonly value: unknown;
}

export type StructuralFault = FaultPlace &
  (
    | { readonly code: "unknown-field"; readonly key: string; readonly known: readonly string[] }
    | { readonly code: "missing"; readonly expected: string; readonly remedy?: string }
    | { readonly code: "type"; readonly expected: string }
    | { readonly code: "unsupported"; readonly supported: readonly string[] }
    | { readonly code: "too-small"; readonly of: string; readonly minimum: number }
    | { readonly code: "too-big"; readonly of: string; readonly maximum: number }
    | { readonly code: "format"; readonly remedy: string }
    | { readonly code: "key"; readonly key: string; readonly remedy: string }
  );

/** Every structural fault of `value`, in the order of the schema's fields; empty when it conforms. */
export function findStructuralFaults(schema: z.ZodType, value: unknown): readonly StructuralFault[] {
  const result = schema.safeParse(value);
  return result.success ? [] : result.error.issues.flatMap((issue) => faultsOf(issue, schema, value));
}

function faultsOf(issue: z.core.$ZodIssue, schema: z.ZodType, root: unknown): readonly StructuralFault[] {
  const path = issue.path.map((segment) => (typeof segment === "number" ? segment : String(segment)));
  const value = valueAt(root, path);
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = fieldsAt(schema, path);
      return issue.keys.map((key) => ({ code: "unknown-field", path, value: ownValue(value, key), key, known }));
    }
    case "invalid_value": {
      const supported = issue.values.map(String);
      if (value === undefined) return [{ code: "missing", path, value, expected: "string" }];
      return [{ code: "unsupported", path, value, supported }];
    }
    case "too_small":
      return [{ code: "too-small", path, value, of: issue.origin, minimum: Number(issue.minimum) }];
    case "too_big":
      return [{ code: "too-big", path, value, of: issue.origin, maximum: Number(issue.maximum) }];
    case "invalid_key": {
      const key = String(path.at(-1) ?? "");
      const remedy = issue.issues[0]?.message ?? issue.message;
      return [{ code: "key", path: path.slice(0, -1), value, key, remedy }];
    }
    case "invalid_type": {
      if (value === undefined) return [{ code: "missing", path, value, expected: issue.expected }];
      return [{ code: "type", path, value, expected: issue.expected }];
    }
    default:
      if (value === undefined) return [{ code: "missing", path, value, expected: "value", remedy: issue.message }];
      return [{ code: "format", path, value, remedy: issue.message }];
  }
}

function valueAt(root: unknown, path: readonly (string | number)[]): unknown {
  let current = root;
  for (const segment of path) current = ownValue(current, segment);
  return current;
}

function ownValue(value: unknown, key: string | number): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return Reflect.get(value, key);
}

/** The names of the fields that the schema declares for the object at a path. */
function fieldsAt(schema: z.core.$ZodType, path: readonly (string | number)[]): readonly string[] {
  let current: z.core.$ZodType | undefined = schema;
  for (const segment of path) current = current === undefined ? undefined : inner(current, segment);
  const definition = current === undefined ? undefined : definitionOf(current);
  return definition?.type === "object" ? Object.keys(definition.shape) : [];
}

function inner(schema: z.core.$ZodType, segment: string | number): z.core.$ZodType | undefined {
  const definition = definitionOf(schema);
  if (definition.type === "object") return definition.shape[segment];
  if (definition.type === "array") return definition.element;
  if (definition.type === "record") return definition.valueType;
  return undefined;
}

/** The definition of a schema below what makes it optional or nullable. */
function definitionOf(schema: z.core.$ZodType): z.core.$ZodTypes["_zod"]["def"] {
  const definition = (schema as z.core.$ZodTypes)._zod.def;
  return definition.type === "optional" || definition.type === "nullable"
    ? definitionOf(definition.innerType)
    : definition;
}
