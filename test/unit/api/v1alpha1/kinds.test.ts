import { describe, expect, it } from "vitest";
import { z } from "zod";
import { kindByName, kindByPlural, kinds } from "../../../../provider/api/v1alpha1/kinds";

interface JsonSchema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
}

function undescribed(schema: JsonSchema, path: string): readonly string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => [
    ...(property.description === undefined ? [`${path}.${name}`] : []),
    ...undescribed(property, `${path}.${name}`),
  ]);
  return schema.items === undefined ? own : [...own, ...undescribed(schema.items, `${path}[]`)];
}

describe("the table of kinds", () => {
  it("finds a kind by its name and by its plural", () => {
    expect(kindByName("VirtualMachine")?.plural).toBe("virtualmachines");
    expect(kindByPlural("virtualmachinepresets")?.kind).toBe("VirtualMachinePreset");
    expect(kindByName("Pod")).toBeUndefined();
    expect(kindByPlural("constructor")).toBeUndefined();
  });

  it("gives no name to two kinds", () => {
    const names = kinds.flatMap(({ plural, singular, shortNames }) => [plural, singular, ...shortNames]);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(kinds.map((definition) => [definition.kind, definition] as const))(
    "describes every field of %s and can be written as JSON schema",
    (_kind, { schema }) => {
      const json = z.toJSONSchema(schema, { io: "input" }) as JsonSchema;
      expect(Object.keys(json.properties ?? {})).toEqual(
        expect.arrayContaining(["apiVersion", "kind", "metadata", "spec"]),
      );
      expect(undescribed(json, "")).toEqual([]);
    },
  );
});
