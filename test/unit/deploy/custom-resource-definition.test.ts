import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { StructuralSchema } from "../../../provider/api/structural-schema";
import { kinds } from "../../../provider/api/v1alpha1/kinds";
import { definitionFile } from "../../../provider/codegen/definition-file";
import { customResourceDefinition } from "../../../provider/deploy/custom-resource-definition";

function rootOf(kind: (typeof kinds)[number]): StructuralSchema {
  const [version] = customResourceDefinition(kind).spec.versions;
  if (version === undefined) throw new Error(`${kind.kind} has no version`);
  return version.schema.openAPIV3Schema;
}

/** Every schema inside, with its path. */
function inside(schema: StructuralSchema, path: string): readonly (readonly [string, StructuralSchema])[] {
  const { properties = {}, items, additionalProperties } = schema;
  return [
    [path, schema],
    ...Object.entries(properties).flatMap(([name, inner]) => inside(inner, `${path}.${name}`)),
    ...(items === undefined ? [] : inside(items, `${path}[]`)),
    ...(additionalProperties === undefined ? [] : inside(additionalProperties, `${path}{}`)),
  ];
}

describe.each(kinds.map((kind) => [kind.kind, kind] as const))("the definition of %s", (_name, kind) => {
  const schemas = inside(rootOf(kind), "");

  it("survives its own YAML", () => {
    const text = definitionFile(kind);
    expect(text).toMatch(/^# Generated /);
    expect(parse(text)).toEqual(JSON.parse(JSON.stringify(customResourceDefinition(kind))));
  });

  it("leaves metadata to the API server but for the name", () => {
    const { metadata } = rootOf(kind).properties ?? {};
    expect(Object.keys(metadata?.properties ?? {})).toEqual(["name", "generateName"]);
    expect(rootOf(kind).required).toEqual(["spec"]);
  });

  it("has one type for every value, and is open nowhere but where an API server keeps notes", () => {
    const typeless = schemas.filter(
      ([, { type, ...rest }]) => (type === undefined) !== "x-kubernetes-int-or-string" in rest,
    );
    expect(typeless.map(([path]) => path)).toEqual([]);
    const open = schemas.filter(([, schema]) => schema["x-kubernetes-preserve-unknown-fields"] === true);
    expect(open.map(([path]) => path).filter((path) => !path.endsWith(".managedFields[].fieldsV1"))).toEqual([]);
  });

  it("writes no default into an object that a person owns", () => {
    expect(schemas.filter(([, schema]) => "default" in schema)).toEqual([]);
  });

  it("bounds every list of a spec", () => {
    const lists = schemas.filter(
      ([path, { type }]) => type === "array" && /^\.spec\b/.test(path) && !path.includes("metadata"),
    );
    expect(lists.filter(([, { maxItems }]) => maxItems === undefined).map(([path]) => path)).toEqual([]);
  });
});
