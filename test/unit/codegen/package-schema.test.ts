import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ControlPlane } from "../../../provider/api/control-plane";
import { kinds } from "../../../provider/api/v1alpha1/kinds";
import { packageSchema } from "../../../provider/codegen/package-schema";

const Property = z.looseObject({ $ref: z.string().optional(), description: z.string().optional() });
const Properties = z.record(z.string(), Property);
const PackageSchema = z.looseObject({
  version: z.string(),
  types: z.record(
    z.string(),
    z.looseObject({
      type: z.string(),
      properties: Properties.optional(),
      enum: z.array(z.object({ value: z.string() })).optional(),
    }),
  ),
  resources: z.record(
    z.string(),
    z.looseObject({
      inputProperties: Properties,
      requiredInputs: z.array(z.string()),
      properties: Properties,
      required: z.array(z.string()),
    }),
  ),
});

const text = packageSchema("1.2.3");
const schema = PackageSchema.parse(JSON.parse(text));

describe("the package schema", () => {
  it("has a resource for each kind, with metadata and spec as inputs", () => {
    expect(schema.version).toBe("1.2.3");
    const { "kubevirt:index:ControlPlane": _, ...resources } = schema.resources;
    expect(Object.keys(resources)).toEqual(kinds.map(({ kind }) => `kubevirt:index:${kind}`));
    for (const { inputProperties, requiredInputs } of Object.values(resources)) {
      expect(Object.keys(inputProperties)).toEqual(["metadata", "spec"]);
      expect(requiredInputs).toEqual(["spec"]);
    }
  });

  it("has the control plane as a component, with all of its options and the outputs of its class", () => {
    const component = schema.resources["kubevirt:index:ControlPlane"];
    expect(component).toMatchObject({ isComponent: true, requiredInputs: ["image"] });
    expect(component?.inputProperties.image?.$ref).toBe("#/types/kubevirt:index:ControlPlaneImage");
    const source = readFileSync(join(__dirname, "../../../sdk/nodejs/controlPlane.ts"), "utf8");
    const switches = [...source.matchAll(/readonly (\w+)\?: boolean;/g)].map(([, name]) => name);
    expect(Object.keys(component?.inputProperties ?? {})).toEqual([...Object.keys(ControlPlane.shape), ...switches]);
    const outputs = [...source.matchAll(/public readonly (\w+): pulumi\.Output/g)].map(([, name]) => name);
    expect(Object.keys(component?.properties ?? {})).toEqual(outputs);
  });

  it("refers to types that it has, and has no type that nothing refers to", () => {
    const referred = new Set([...text.matchAll(/"#\/types\/([^"]+)"/g)].map(([, name]) => name ?? ""));
    expect([...referred].sort()).toEqual(Object.keys(schema.types).sort());
  });

  it("describes every property", () => {
    const types = Object.entries(schema.types).map(([name, { properties = {} }]) => [name, properties] as const);
    const resources = Object.entries(schema.resources).flatMap(([name, { properties, inputProperties }]) => [
      [name, properties] as const,
      [name, inputProperties] as const,
    ]);
    const silent = [...types, ...resources].flatMap(([name, properties]) =>
      Object.entries(properties).flatMap(([field, { description }]) =>
        description === undefined ? [`${name}.${field}`] : [],
      ),
    );
    expect(silent).toEqual([]);
  });

  it("has enumerations as types of their own, and quantities as text or number", () => {
    const types = schema.types;
    expect(types["kubevirt:v1alpha1:DiskBus"]?.enum?.map(({ value }) => value)).toContain("virtio");
    expect(types["kubevirt:v1alpha1:DiskTarget"]?.properties?.bus?.$ref).toBe("#/types/kubevirt:v1alpha1:DiskBus");
    expect(types["kubevirt:v1alpha1:EmptyDiskSource"]?.properties?.capacity).toMatchObject({
      oneOf: [{ type: "string" }, { type: "integer" }],
    });
  });

  it.each(kinds.map(({ kind }) => kind))("gives %s the outputs that its class has", (kind) => {
    const file = `${kind[0]?.toLowerCase()}${kind.slice(1)}.ts`;
    const source = readFileSync(join(__dirname, "../../../sdk/nodejs", file), "utf8");
    const declared = [...source.matchAll(/declare public readonly (\w+):/g)].map(([, name]) => name ?? "");
    const { properties, required } = schema.resources[`kubevirt:index:${kind}`] ?? { properties: {}, required: [] };
    expect(declared.sort()).toEqual(Object.keys(properties).sort());
    expect([...required].sort()).toEqual(declared);
  });
});
