import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kinds } from "../../../../provider/api/v1alpha1/kinds";
import { renderFieldError } from "../../../../provider/core/field-error";
import { validateObject } from "../../../../provider/core/validation";
import { buildOfflineVirtualMachine, buildReplicaSet } from "../../../builders/owners";
import { buildPreset } from "../../../builders/preset";
import { buildVirtualMachine } from "../../../builders/virtual-machine";

const parse = (text: string): unknown => JSON.parse(text);

describe("hostile objects", () => {
  it.each([
    '{"metadata":{"labels":{"__proto__":"x"}}}',
    '{"spec":{"domain":{"resources":{"requests":{"__proto__":{"polluted":true}}}}}}',
    '{"spec":{"domain":{"constructor":{"prototype":{"polluted":true}}}}}',
    '{"__proto__":{"polluted":true}}',
  ])("are refused and change no prototype: %s", (text) => {
    const { errors } = validateObject({ ...buildVirtualMachine(), ...Object(parse(text)) });
    expect(errors.some(({ type }) => type === "FieldValueForbidden")).toBe(true);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  it("may be nested without end", () => {
    let deep: unknown = {};
    for (let level = 0; level < 100_000; level += 1) deep = { x: deep };
    const { errors } = validateObject({ ...buildVirtualMachine(), spec: deep });
    expect(errors.map(({ detail }) => detail)).toEqual(["is nested deeper than 64 levels"]);
  });

  it("may be circular", () => {
    const circle: Record<string, unknown> = { kind: "VirtualMachine" };
    circle.spec = circle;
    expect(validateObject(circle).errors.length).toBeGreaterThan(0);
  });

  it("may hold more than any machine does", () => {
    const volumes = Array.from({ length: 200_000 }, () => ({}));
    expect(validateObject({ ...buildVirtualMachine(), spec: { domain: {}, volumes } }).errors).toHaveLength(1);
  });

  it("never make validation throw, whatever is in the place of any part", () => {
    const junk = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom<unknown>(undefined, Number.NaN, 1n, Symbol("s"), () => 0, new Date(0), Object.create(null)),
    );
    const samples = [buildVirtualMachine(), buildOfflineVirtualMachine(), buildReplicaSet(), buildPreset("p", {})];
    fc.assert(
      fc.property(fc.constantFrom<object>(...samples), fc.nat(), junk, (sample, at, value) => {
        const changed: unknown = structuredClone(sample);
        const places: { readonly holder: object; readonly key: string }[] = [];
        const collect = (holder: unknown): void => {
          if (typeof holder !== "object" || holder === null) return;
          for (const key of Object.keys(holder)) {
            places.push({ holder, key });
            collect(Reflect.get(holder, key));
          }
        };
        collect(changed);
        const place = places[at % places.length];
        if (place !== undefined) Reflect.set(place.holder, place.key, value);
        for (const error of validateObject(changed).errors) expect(renderFieldError(error)).toContain(error.detail);
      }),
      { numRuns: 1000 },
    );
  });

  it("never make validation throw, whatever JSON they are", () => {
    const kind = fc.constantFrom(...kinds.map((definition) => definition.kind), "Pod");
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.jsonValue(), kind, (spec, metadata, name) => {
        const { errors } = validateObject({ apiVersion: "kubevirt.io/v1alpha1", kind: name, metadata, spec });
        for (const { field, detail } of errors) expect(typeof field + typeof detail).toBe("stringstring");
        validateObject(spec);
      }),
    );
  });
});
