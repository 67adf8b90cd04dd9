import { describe, expect, it } from "vitest";
import * as controlPlane from "../../../provider/api/control-plane";
import { innerSchemas, type JsonSchema, namedSchemas, namedTypes } from "../../../provider/codegen/named-schemas";

/** Paths of objects and enumerations that stand inside of a named schema instead of being referred to. */
function unnamed(schema: JsonSchema, path: string): readonly string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => nameless(property, `${path}.${name}`));
}

function nameless(schema: JsonSchema, path: string): readonly string[] {
  const here = schema.properties !== undefined || schema.enum !== undefined;
  return [...(here ? [path] : []), ...innerSchemas(schema).flatMap((inner) => nameless(inner, path))];
}

describe("the names of the vocabulary", () => {
  it("are given to every object and every enumeration", () => {
    const found = [...namedSchemas()].flatMap(([name, schema]) => unnamed(schema, name));
    // A phase may be empty, which is no value that a type could have.
    expect(found).toEqual(["VirtualMachineStatus.phase"]);
  });

  it("of inputs are those that a program writes", () => {
    const inputs = [...namedTypes("input").keys()];
    expect(inputs).toContain("VirtualMachineReplicaSetSpec");
    expect(inputs).toContain("DiskBus");
    expect(inputs.filter((name) => /Status$|Condition|ManagedFields|OwnerReference/.test(name))).toEqual([]);
  });

  it("of outputs are these, but for the control plane's, and what a status is made of", () => {
    const outputs = new Set(namedTypes("output").keys());
    expect([...namedTypes("input").keys()].filter((name) => !outputs.has(name))).toEqual(
      Object.keys(controlPlane).sort(),
    );
    expect(outputs).toContain("Condition");
    expect(outputs).not.toContain("ManagedFieldsEntry");
  });
});
