/**
 * Schemas in the dialect that Kubernetes gives to custom resources: OpenAPI 3.0 with one type for each value, `nullable`,
 * int-or-string, rules in CEL, and nothing of what only a validator of JSON schema would use.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
import { z } from "zod";
import { type CrossFieldRule, hintsOf, type KubernetesHints } from "./kubernetes-hints";

export interface StructuralSchema {
  readonly type?: string;
  readonly description?: string;
  readonly nullable?: true;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly items?: StructuralSchema;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: StructuralSchema;
  readonly required?: readonly string[];
  readonly "x-kubernetes-int-or-string"?: true;
  readonly "x-kubernetes-preserve-unknown-fields"?: true;
  readonly "x-kubernetes-list-type"?: "map";
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-map-type"?: "atomic";
  readonly "x-kubernetes-validations"?: readonly CrossFieldRule[];
}

/** The part of JSON Schema (draft 7) that schemas of this project come out as. */
interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly required?: readonly string[];
  readonly hints?: KubernetesHints;
}

export function structuralSchema(schema: z.ZodType): StructuralSchema {
  const json = z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    target: "draft-7",
    override: ({ zodSchema, jsonSchema }) => {
      const hints = hintsOf(zodSchema);
      if (hints !== undefined) Object.assign(jsonSchema, { hints });
    },
  });
  return convert(json as JsonSchema);
}

function convert(schema: JsonSchema): StructuralSchema {
  const { description, required, items, properties, additionalProperties, hints } = schema;
  return {
    ...(description === undefined ? {} : { description }),
    ...valueSchema(schema),
    ...hints?.implied,
    ...(items === undefined ? {} : { items: convert(items) }),
    ...(properties === undefined ? {} : { properties: mapValues(properties, convert) }),
    ...(typeof additionalProperties === "object" && !isAnything(additionalProperties)
      ? { additionalProperties: convert(additionalProperties) }
      : {}),
    ...(required === undefined || required.length === 0 ? {} : { required }),
    ...(hints?.itemKey === undefined
      ? {}
      : { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [hints.itemKey] }),
    ...(hints?.atomic === undefined ? {} : { "x-kubernetes-map-type": "atomic" }),
    ...(hints?.rules === undefined ? {} : { "x-kubernetes-validations": hints.rules }),
  };
}

/** The type, and what is said of the value itself. */
function valueSchema(schema: JsonSchema): StructuralSchema {
  if (schema.anyOf !== undefined) return oneOf(schema.anyOf);
  if (schema.const !== undefined) return { type: typeof schema.const, enum: [schema.const] };
  const types = typeof schema.type === "string" ? [schema.type] : (schema.type ?? []);
  const [type, ...others] = types.filter((name) => name !== "null");
  if (others.length > 0) throw new Error(`no structural schema has the types ${types.join(", ")}`);
  if (type === undefined) return { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  // A map of anything has no schema of its values that could be structural.
  const isOpen = isAnything(schema.additionalProperties);
  return {
    type,
    ...(types.includes("null") ? { nullable: true } : {}),
    ...(isOpen ? { "x-kubernetes-preserve-unknown-fields": true } : {}),
    ...constraintsOf(schema),
  };
}

function isAnything(schema: JsonSchema | boolean | undefined): boolean {
  return typeof schema === "object" && schema.type === undefined && schema.anyOf === undefined;
}

function constraintsOf(schema: JsonSchema): StructuralSchema {
  const names = ["enum", "pattern", "minLength", "maxLength", "minItems", "maxItems"] as const;
  const given = names.filter((name) => schema[name] !== undefined).map((name) => [name, schema[name]]);
  const { minimum, maximum } = schema;
  return {
    ...Object.fromEntries(given),
    ...(minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? {} : { minimum }),
    ...(maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? {} : { maximum }),
  };
}

/** Alternatives: something or null, text or a number, or lists of values of one type. */
function oneOf(branches: readonly JsonSchema[]): StructuralSchema {
  const typed = branches.filter(({ type }) => type !== "null");
  const nullable: StructuralSchema = typed.length < branches.length ? { nullable: true } : {};
  const [only, ...others] = typed.map(valueSchema);
  if (only === undefined) throw new Error("a schema has no alternative but null");
  if (others.length === 0) return { ...only, ...nullable };
  const all = [only, ...others];
  const text = all.find(({ type }) => type === "string");
  if (all.length === 2 && text !== undefined && all.some(({ type }) => type === "integer")) {
    const { type: _type, ...constraints } = text;
    return { "x-kubernetes-int-or-string": true, ...constraints, ...nullable };
  }
  if (others.some(({ type }) => type !== only.type) || all.some((each) => each.enum === undefined)) {
    throw new Error(`no structural schema has the alternatives ${JSON.stringify(branches)}`);
  }
  return { type: only.type ?? "string", enum: all.flatMap((each) => each.enum ?? []), ...nullable };
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
