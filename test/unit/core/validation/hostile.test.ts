import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { validateObject } from "../../../../provider/core/validation";
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

  it("never make validation throw, whatever JSON they are", () => {
    const kind = fc.constantFrom("VirtualMachine", "VirtualMachinePreset", "Pod");
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.jsonValue(), kind, (spec, metadata, name) => {
        const { errors } = validateObject({ apiVersion: "kubevirt.io/v1alpha1", kind: name, metadata, spec });
        for (const { field, detail } of errors) expect(typeof field + typeof detail).toBe("stringstring");
        validateObject(spec);
      }),
    );
  });
});
