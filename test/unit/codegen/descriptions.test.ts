/** Every field tells a person what it is, in which unit, within which range, and what happens without it. */
import { describe, expect, it } from "vitest";
import { type StructuralSchema, structuralSchema } from "../../../provider/api/structural-schema";
import { kinds } from "../../../provider/api/v1alpha1/kinds";

interface Field {
  readonly path: string;
  readonly schema: StructuralSchema;
  readonly required: boolean;
}

function fieldsOf(schema: StructuralSchema, path: string): readonly Field[] {
  const { properties = {}, items, additionalProperties, required = [] } = schema;
  return [
    ...Object.entries(properties).flatMap(([name, property]) => {
      const field = { path: `${path}.${name}`, schema: property, required: required.includes(name) };
      return [field, ...fieldsOf(property, field.path)];
    }),
    ...(items === undefined ? [] : fieldsOf(items, `${path}[]`)),
    ...(additionalProperties === undefined ? [] : fieldsOf(additionalProperties, `${path}{}`)),
  ];
}

const fields = kinds.flatMap(({ kind, schema }) => fieldsOf(structuralSchema(schema), kind));
const textOf = ({ schema }: Field) => schema.description ?? "";
const pathsOf = (found: readonly Field[]) => found.map(({ path }) => path);

/** What a person writes; status and much of metadata are written by the system. */
const written = fields.filter(
  (field) =>
    !/\.(status|managedFields|ownerReferences)\b/.test(field.path) &&
    !/^Set by the API server|^Old address/.test(textOf(field)),
);

describe("descriptions of fields", () => {
  it("are there, and are sentences", () => {
    expect(fields.length).toBeGreaterThan(400);
    expect(pathsOf(fields.filter((field) => !/^[`A-Z0-9].*\.$/s.test(textOf(field))))).toEqual([]);
  });

  it("end with the default where a field may be left out", () => {
    const optional = written.filter(({ required, path }) => !required && !/^[A-Za-z]+\.(apiVersion|kind)$/.test(path));
    expect(optional.length).toBeGreaterThan(200);
    expect(pathsOf(optional.filter((field) => !/ Default: [^:]+\.$/.test(textOf(field))))).toEqual([]);
  });

  it("name the range of a number", () => {
    const numbers = written.filter(({ schema }) => schema.type === "integer");
    const untold = numbers.filter((field) => {
      const { minimum, maximum } = field.schema;
      return !textOf(field).includes(`${minimum} to ${maximum}`);
    });
    expect(numbers.length).toBeGreaterThan(10);
    expect(pathsOf(untold)).toEqual([]);
  });

  it("give an example of a quantity, and its unit", () => {
    const quantities = written.filter(({ schema }) => {
      const value = schema.additionalProperties ?? schema;
      return value["x-kubernetes-int-or-string"] === true;
    });
    expect(quantities.length).toBeGreaterThan(4);
    expect(pathsOf(quantities.filter((field) => !/in bytes/.test(textOf(field))))).toEqual([]);
  });
});
