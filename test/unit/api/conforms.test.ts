import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { conforms } from "../../../provider/api/conforms";
import { kindByName, kinds } from "../../../provider/api/v1alpha1/kinds";
import { isHarmless } from "../../../provider/core/validation/hostile";
import { typicalMachine, typicalPresets } from "../../bench/typical";
import { buildOfflineVirtualMachine, buildReplicaSet, buildTemplate } from "../../builders/owners";

const template = buildTemplate({ spec: typicalMachine.spec });
const samples: readonly { readonly kind: string }[] = [
  typicalMachine,
  ...typicalPresets,
  buildOfflineVirtualMachine({ template }),
  buildReplicaSet({ template }),
];
const schemaOf = (kind: string) => {
  const schema = kindByName(kind)?.schema;
  if (schema === undefined) throw new Error(`no kind ${kind}`);
  return schema;
};

/** Every path of keys and indices in a value. */
function pathsOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

function withValue(target: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const inner = typeof target === "object" && target !== null ? Reflect.get(target, key) : undefined;
  if (Array.isArray(target)) {
    const index = Object.hasOwn(target, key) ? Number(key) : target.length;
    return target.toSpliced(index, 1, withValue(inner, rest, value));
  }
  return { ...Object(target), [key]: withValue(inner, rest, value) };
}

const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(undefined, null, 0, -1, 1.5, 4096, 2 ** 53, "", "q35", "1Gi", "a".repeat(64), [], {}, [{}]),
);
const changes = fc.record({ sample: fc.constantFrom(...samples), at: fc.nat(), value: anything, key: fc.string() });

describe("the quick look at a schema", () => {
  it("says yes to every kind's sample", () => {
    expect(kinds.map(({ kind }) => kind).filter((kind) => !samples.some((sample) => sample.kind === kind))).toEqual([]);
    for (const sample of samples) expect(conforms(schemaOf(sample.kind), sample)).toBe(true);
  });

  it("agrees with the schema itself, whatever is changed in a sample", () => {
    let refused = 0;
    fc.assert(
      fc.property(changes, ({ sample, at, value }) => {
        const paths = pathsOf(sample);
        const changed = withValue(sample, paths[at % paths.length] ?? [], value);
        const allowed = schemaOf(sample.kind).safeParse(changed).success;
        if (!allowed) refused += 1;
        // What has a hostile key, or is deeper than anything real, is left to the long look, whatever that says.
        if (!isHarmless(changed)) return !conforms(schemaOf(sample.kind), changed) || allowed;
        return conforms(schemaOf(sample.kind), changed) === allowed;
      }),
      { numRuns: 3000 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  it("agrees with the schema itself, whatever is added to a sample", () => {
    fc.assert(
      fc.property(changes, ({ sample, at, key, value }) => {
        const paths = pathsOf(sample);
        const changed = withValue(sample, [...(paths[at % paths.length] ?? []), key], value);
        const allowed = schemaOf(sample.kind).safeParse(changed).success;
        return !conforms(schemaOf(sample.kind), changed) || allowed;
      }),
      { numRuns: 2000 },
    );
  });

  it.each(["__proto__", "constructor"])("leaves the key %s to the long look", (key) => {
    const labels: unknown = JSON.parse(`{"${key}":"x"}`);
    expect(conforms(z.record(z.string(), z.string()), labels)).toBe(false);
    const deep: unknown = JSON.parse(`{"open":{"a":[{"${key}":{}}]}}`);
    expect(conforms(z.strictObject({ open: z.unknown() }), deep)).toBe(false);
  });

  it("leaves what is nested very deeply to the long look", () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    expect(conforms(z.strictObject({ open: z.unknown() }), { open: deep })).toBe(false);
  });

  it("never says yes where a schema has a check that it does not know", () => {
    expect(conforms(z.string().email(), "nobody")).toBe(false);
    expect(
      conforms(
        z.string().refine(() => false),
        "x",
      ),
    ).toBe(false);
    expect(
      conforms(
        z.strictObject({ a: z.string() }).refine(() => false),
        { a: "x" },
      ),
    ).toBe(false);
    expect(
      conforms(
        z.record(z.string(), z.string()).refine(() => false),
        {},
      ),
    ).toBe(false);
    expect(
      conforms(
        z.array(z.string()).refine(() => false),
        [],
      ),
    ).toBe(false);
    expect(conforms(z.number().multipleOf(3), 4)).toBe(false);
    expect(conforms(z.looseObject({}), { a: 1 })).toBe(false);
    expect(
      conforms(
        z.boolean().refine(() => false),
        true,
      ),
    ).toBe(false);
    expect(
      conforms(
        z.enum(["a"]).refine(() => false),
        "a",
      ),
    ).toBe(false);
    expect(
      conforms(
        z
          .string()
          .optional()
          .refine(() => false),
        undefined,
      ),
    ).toBe(false);
  });
});
