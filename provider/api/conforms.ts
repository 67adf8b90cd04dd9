/**
 * A quick yes or no: does a value conform to a schema, and is it harmless? A schema is compiled once into a predicate
 * that makes nothing and stops at the first fault. It may say no to what the schema would allow (then the slow way is
 * asked), never yes to what the schema refuses. Harmless means: no key names an object's machinery, and what the schema
 * leaves open is not nested without end.
 */
import type { z } from "zod";

type Predicate = (value: unknown) => boolean;
type Definition = z.core.$ZodTypes["_zod"]["def"];

const compiled = new WeakMap<z.core.$ZodType, Predicate>();

export function conforms(schema: z.core.$ZodType, value: unknown): boolean {
  let predicate = compiled.get(schema);
  if (predicate === undefined) {
    predicate = compile(schema);
    compiled.set(schema, predicate);
  }
  return predicate(value);
}

/** Keys that a careless reader would take for an object's machinery. */
export function isHostileKey(key: string): boolean {
  return key === "__proto__" || key === "constructor";
}

function compile(schema: z.core.$ZodType): Predicate {
  const definition: Definition = (schema as z.core.$ZodTypes)._zod.def;
  const knowsItsChecks = ["string", "number", "array"].includes(definition.type);
  if (!knowsItsChecks && hasChecks(definition)) return no;
  switch (definition.type) {
    case "object":
      return object(definition);
    case "record":
      return record(definition);
    case "array":
      return array(definition);
    case "string":
      return string(definition);
    case "number":
      return number(definition);
    case "boolean":
      return (value) => typeof value === "boolean";
    case "enum": {
      const values = new Set<unknown>(Object.values(definition.entries));
      return (value) => values.has(value);
    }
    case "literal": {
      const values = new Set<unknown>(definition.values);
      return (value) => values.has(value);
    }
    case "optional": {
      const inner = compile(definition.innerType);
      return (value) => value === undefined || inner(value);
    }
    case "nullable": {
      const inner = compile(definition.innerType);
      return (value) => value === null || inner(value);
    }
    case "union": {
      const options = definition.options.map(compile);
      return (value) => options.some((option) => option(value));
    }
    case "unknown":
      return (value) => isShallow(value, 0);
    default:
      return no;
  }
}

const no: Predicate = () => false;

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasChecks(definition: { readonly checks?: readonly unknown[] | undefined }): boolean {
  return definition.checks !== undefined && definition.checks.length > 0;
}

function object(definition: z.core.$ZodObjectDef): Predicate {
  const isStrict = (definition.catchall as z.core.$ZodTypes | undefined)?._zod.def.type === "never";
  if (!isStrict) return no;
  const fields = new Map<string, Predicate>();
  const required: string[] = [];
  for (const [name, field] of Object.entries(definition.shape)) {
    const inner = (field as z.core.$ZodTypes)._zod.def;
    const isOptional = inner.type === "optional" && !hasChecks(inner);
    fields.set(name, compile(isOptional ? inner.innerType : field));
    if (!isOptional) required.push(name);
  }
  return (value) => {
    if (!isPlain(value)) return false;
    for (const key in value) {
      const field = fields.get(key);
      if (field === undefined) return false;
      const inner = value[key];
      if (inner !== undefined && !field(inner)) return false;
    }
    for (const key of required) if (value[key] === undefined || !Object.hasOwn(value, key)) return false;
    return true;
  };
}

function record(definition: z.core.$ZodRecordDef): Predicate {
  const keyPredicate = compile(definition.keyType);
  const valuePredicate = compile(definition.valueType);
  return (value) => {
    if (!isPlain(value)) return false;
    for (const key in value) {
      if (isHostileKey(key) || !keyPredicate(key) || !valuePredicate(value[key])) return false;
    }
    return true;
  };
}

function array(definition: z.core.$ZodArrayDef): Predicate {
  const isShort = length(definition.checks);
  if (isShort === undefined) return no;
  const element = compile(definition.element);
  return (value) => {
    if (!Array.isArray(value) || !isShort(value.length)) return false;
    for (let index = 0; index < value.length; index += 1) if (!element(value[index])) return false;
    return true;
  };
}

type Checks = readonly z.core.$ZodCheck<never>[] | undefined;

/** The bounds on a length, or undefined when there are checks of another sort. */
function length(checks: Checks): ((length: number) => boolean) | undefined {
  let least = 0;
  let most = Number.POSITIVE_INFINITY;
  for (const check of checks ?? []) {
    const definition = (check as z.core.$ZodChecks)._zod.def;
    if (definition.check === "min_length") least = Math.max(least, definition.minimum);
    else if (definition.check === "max_length") most = Math.min(most, definition.maximum);
    else return undefined;
  }
  return (value) => value >= least && value <= most;
}

function string(definition: z.core.$ZodStringDef): Predicate {
  const patterns: RegExp[] = [];
  const others: z.core.$ZodCheck<never>[] = [];
  for (const check of definition.checks ?? []) {
    const inner = (check as z.core.$ZodChecks)._zod.def;
    if (inner.check === "string_format" && inner.format === "regex" && inner.pattern !== undefined) {
      patterns.push(inner.pattern);
    } else others.push(check);
  }
  const isShort = length(others);
  if (isShort === undefined || patterns.some(({ global, sticky }) => global || sticky)) return no;
  return (value) => {
    if (typeof value !== "string" || !isShort(value.length)) return false;
    for (const pattern of patterns) if (!pattern.test(value)) return false;
    return true;
  };
}

function number(definition: z.core.$ZodNumberDef): Predicate {
  let least = Number.NEGATIVE_INFINITY;
  let most = Number.POSITIVE_INFINITY;
  for (const check of definition.checks ?? []) {
    const inner = (check as z.core.$ZodChecks)._zod.def;
    if (inner.check === "greater_than" && inner.inclusive) least = Math.max(least, Number(inner.value));
    else if (inner.check === "less_than" && inner.inclusive) most = Math.min(most, Number(inner.value));
    else if (!(inner.check === "number_format" && inner.format === "safeint")) return no;
  }
  // Every number of the vocabulary is a whole one; a schema that allows others is asked itself.
  return (value) => Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
}

const deepestOpenValue = 32;

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (depth > deepestOpenValue) return false;
  for (const [key, inner] of Object.entries(value)) {
    if (isHostileKey(key) || !isShallow(inner, depth + 1)) return false;
  }
  return true;
}
