/** Lays an applied configuration over an object, and takes fields out of one, along the lines of a schema. */
import { isRecord, type JsonRecord } from "../object";
import { type Schema, schemaOfField } from "../schema/schema";
import { type FieldSet, isEmpty, lookUp } from "./field-set";
import { elementsOf, type Part, partsOf } from "./field-walk";

/** Every value the configuration gives wins; what it does not mention stays. */
export function mergeApplied(current: unknown, applied: unknown, schema: Schema | undefined): unknown {
  if (partsOf(applied, schema) === undefined) return applied;
  if (isRecord(applied)) {
    const merged = new Map(Object.entries(isRecord(current) ? current : {}));
    for (const [key, value] of Object.entries(applied)) {
      merged.set(key, mergeApplied(merged.get(key), value, schemaOfField(schema, key)));
    }
    return Object.fromEntries(merged);
  }
  if (!Array.isArray(applied)) return applied;
  const present = Array.isArray(current) ? (elementsOf(current, schema) ?? []) : [];
  return mergeElements(present, elementsOf(applied, schema) ?? []);
}

/**
 * The elements of both: those that the configuration has in its order, those that only the object has where they were
 * between the others.
 */
function mergeElements(present: readonly Part[], applied: readonly Part[]): readonly unknown[] {
  const own = new Map(present.map((part) => [part.step, part]));
  const wanted = new Set(applied.map(({ step }) => step));
  const shared = applied.map(({ step }) => step).filter((step) => own.has(step));
  const merged: unknown[] = [];
  let left = 0;
  const passOwn = (until: string | undefined) => {
    for (let part = present[left]; part !== undefined && part.step !== until; part = present[left]) {
      if (!wanted.has(part.step)) merged.push(part.value);
      else if (shared[0] === part.step) return;
      left += 1;
    }
  };
  for (const { step, value, schema } of applied) {
    passOwn(step);
    merged.push(mergeApplied(own.get(step)?.value, value, schema));
    if (present[left]?.step === step) left += 1;
    if (shared[0] === step) shared.shift();
  }
  passOwn(undefined);
  return merged;
}

/** The value without the members of the set, and all that is below them. */
export function withoutFields(value: unknown, set: FieldSet, schema: Schema | undefined): unknown {
  if (isEmpty(set)) return value;
  if (isRecord(value)) return withoutRecordFields(value, set, schema);
  if (!Array.isArray(value)) return value;
  const parts = elementsOf(value, schema);
  return parts === undefined ? value : parts.flatMap((part) => keptPart(part, set)).map(([, kept]) => kept);
}

function withoutRecordFields(value: JsonRecord, set: FieldSet, schema: Schema | undefined): JsonRecord {
  const parts = partsOf(value, schema);
  if (parts === undefined) return value;
  return Object.fromEntries(parts.flatMap((part) => keptPart(part, set)).map(([step, kept]) => [step.slice(2), kept]));
}

function keptPart({ step, value, schema }: Part, set: FieldSet): readonly (readonly [string, unknown])[] {
  const { isIn, below } = lookUp(set, step);
  return isIn ? [] : [[step, withoutFields(value, below, schema)]];
}
