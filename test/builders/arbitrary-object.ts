/** Objects of a kind at random, made from its schema: of the right structure, and mostly against some rule. */
import fc from "fast-check";
import { type StructuralSchema, structuralSchema } from "../../provider/api/structural-schema";
import type { KindDefinition } from "../../provider/api/v1alpha1/kinds";
import { type PathStep, parsePath } from "../../provider/core/field-path";
import { isObject, type JsonObject } from "../../provider/core/json-tree";
import { validateObject } from "../../provider/core/validation";

/** Any object of the kind, with a name, in namespace `default`. */
export function arbitraryObject(kind: KindDefinition): fc.Arbitrary<JsonObject> {
  const { spec } = structuralSchema(kind.schema).properties ?? {};
  const metadata = fc.record({
    name: fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/),
    namespace: fc.constant("default"),
  });
  return fc.record({
    apiVersion: fc.constant("kubevirt.io/v1alpha1"),
    kind: fc.constant(kind.kind),
    metadata,
    spec: arbitraryValue(spec ?? {}),
  });
}

/**
 * The object without what validation finds wrong with it, but for as many faults as are to be left; undefined when that
 * is more than can be left out.
 */
export function withFaults(object: JsonObject, left: 0 | 1): JsonObject | undefined {
  let current: unknown = object;
  for (let round = 0; round < 50; round += 1) {
    const [first, ...others] = validateObject(current).errors;
    if (first === undefined || others.length < left) return isObject(current) ? current : undefined;
    current = without(current, parsePath(first.field));
  }
  return undefined;
}

function arbitraryValue(schema: StructuralSchema): fc.Arbitrary<unknown> {
  const { items, additionalProperties, enum: values } = schema;
  const value = (() => {
    if (values !== undefined) return fc.constantFrom(...values);
    if (schema["x-kubernetes-int-or-string"] === true) return quantity;
    switch (schema.type) {
      case "string":
        return text(schema);
      case "integer":
        return fc.integer({ min: schema.minimum ?? -(2 ** 53) + 1, max: schema.maximum ?? 2 ** 53 - 1 });
      case "boolean":
        return fc.boolean();
      case "array":
        return fc.array(arbitraryValue(items ?? {}), { maxLength: 3 });
      case "object":
        return additionalProperties === undefined
          ? fields(schema)
          : fc.dictionary(keys, arbitraryValue(additionalProperties), { maxKeys: 3 });
      default:
        return fc.constant({});
    }
  })();
  return schema.nullable === true ? fc.option(value) : value;
}

function fields({ properties = {}, required = [] }: StructuralSchema): fc.Arbitrary<unknown> {
  const model = Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, arbitraryValue(inner)]));
  return fc.record(model, { requiredKeys: [...required] });
}

/** Few names, so that one field sometimes names another. */
const words = ["root", "data", "seed", "web", "UTC", "q35", "metadata.name", "4", "eA==", ""];

function text({ pattern, maxLength = 40 }: StructuralSchema): fc.Arbitrary<string> {
  const rule = new RegExp(pattern ?? "");
  const fitting = words.filter((word) => word.length <= maxLength && rule.test(word));
  const free = pattern === undefined ? fc.string({ maxLength: Math.min(maxLength, 40) }) : fc.stringMatching(rule);
  const bounded = free.filter((value) => value.length <= maxLength);
  return fitting.length === 0 ? bounded : fc.oneof(bounded, fc.constantFrom(...fitting));
}

const quantity = fc.oneof(
  fc.integer({ min: -2, max: 1000 }),
  fc.maxSafeInteger(),
  fc.stringMatching(/^[+-]?([0-9]{1,20}(\.[0-9]{0,12})?|\.[0-9]{1,12})([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2})?$/),
  fc.constantFrom("1Gi", "1024Mi", "0", "0Mi", "8Ei", "500m", "1.", "1e3", "1E99", "9999999999999999999Ei"),
);

const keys = fc.oneof(
  fc.constantFrom("app", "memory", "cpu", "example.com/gpu", "kubevirt.io/size"),
  fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,6}[A-Za-z0-9])?$/),
);

/** A copy without what is at the path or, where nothing is there, without what should have held it. */
function without(value: unknown, [head, ...rest]: readonly PathStep[]): unknown {
  if (Array.isArray(value)) {
    if (rest.length === 0 || isEmpty(value[Number(head)])) return value.filter((_, index) => index !== head);
    return value.map((item: unknown, index) => (index === head ? without(item, rest) : item));
  }
  if (!isObject(value) || head === undefined) return value;
  const { [String(head)]: found, ...others } = value;
  if (rest.length === 0 || found === undefined || isEmpty(found)) return found === undefined ? {} : others;
  return { ...others, [String(head)]: without(found, rest) };
}

function isEmpty(value: unknown): boolean {
  return typeof value !== "object" || value === null || Object.keys(value).length === 0;
}
