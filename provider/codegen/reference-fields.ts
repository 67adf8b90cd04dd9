/**
 * A schema as tables of fields: what a person wants to know of each, in the order of the schema. Small objects are
 * listed inside of the table that they are in; larger ones get a table of their own, once.
 */
import type { StructuralSchema } from "../api/structural-schema";

export interface FieldRow {
  /** Below the table's path: `timer.hpet.present`, `disks[]`. */
  readonly name: string;
  readonly required: boolean;
  readonly type: string;
  readonly fallback: string;
  readonly description: string;
  /** Path of the table that lists the fields inside, on this page. */
  readonly detailsAt?: string;
}

export interface FieldTable {
  readonly path: string;
  readonly rows: readonly FieldRow[];
}

export interface TableOptions {
  /** Paths that another page describes: listed, not looked into. */
  readonly elsewhere: ReadonlySet<string>;
}

/** An object with at most so many fields inside is listed in the table of the object around it. */
const mostInside = 5;

export function fieldTables(path: string, schema: StructuralSchema, options: TableOptions): readonly FieldTable[] {
  return new Tables(options).of(path, schema);
}

class Tables {
  readonly #elsewhere: ReadonlySet<string>;
  readonly #tables: FieldTable[] = [];
  /** Path of the table of a schema, so that an equal one elsewhere needs none. */
  readonly #known = new Map<string, string>();

  constructor({ elsewhere }: TableOptions) {
    this.#elsewhere = elsewhere;
  }

  of(path: string, schema: StructuralSchema): readonly FieldTable[] {
    const place = this.#tables.length;
    const inner: [string, StructuralSchema][] = [];
    const rows = this.#rows(path, "", schema, inner);
    this.#tables.splice(place, 0, { path, rows });
    for (const [innerPath, innerSchema] of inner) this.of(innerPath, innerSchema);
    return this.#tables;
  }

  #rows(path: string, prefix: string, schema: StructuralSchema, inner: [string, StructuralSchema][]): FieldRow[] {
    return Object.entries(schema.properties ?? {}).flatMap(([field, property]) => {
      if (isServers(property)) return [];
      const name = `${prefix}${field}${property.items === undefined ? "" : "[]"}`;
      const row = rowOf(name, property, schema.required?.includes(field) ?? false);
      const object = property.items ?? property;
      const fullPath = `${path}.${name}`;
      if (object.properties === undefined || this.#elsewhere.has(fullPath)) return [row];
      if (countFields(object) <= mostInside) return [row, ...this.#rows(path, `${name}.`, object, inner)];
      const { description: _, ...fields } = object;
      const key = JSON.stringify(fields);
      const known = this.#known.get(key);
      if (known !== undefined) return [{ ...row, detailsAt: known }];
      this.#known.set(key, fullPath);
      inner.push([fullPath, object]);
      return [{ ...row, detailsAt: fullPath }];
    });
  }
}

/** Fields of metadata that only an API server or a controller writes. */
function isServers({ description = "" }: StructuralSchema): boolean {
  return /^(Set by the API server|Old address|Names of the controllers|Objects this one belongs to)/.test(description);
}

function countFields({ properties = {}, items }: StructuralSchema): number {
  const own = Object.values(properties);
  return (
    own.length + own.reduce((sum, one) => sum + countFields(one), 0) + (items === undefined ? 0 : countFields(items))
  );
}

function rowOf(name: string, schema: StructuralSchema, required: boolean): FieldRow {
  const [, description = "", fallback = ""] = /^(.*?)(?: Default: (.*)\.)?$/s.exec(schema.description ?? "") ?? [];
  // `kubectl explain` has no other place for a range than the description.
  const meaning = description.replace(`, ${schema.minimum} to ${schema.maximum}`, "");
  return { name, required, type: typeText(schema), fallback, description: meaning };
}

function typeText(schema: StructuralSchema): string {
  if (schema.enum !== undefined) return valuesText(schema.enum.map(String));
  const range = rangeText(schema);
  return range === "" ? typeName(schema) : `${typeName(schema)}, ${range}`;
}

function valuesText(values: readonly string[]): string {
  const quoted = values.map((value) => (value === "" ? "nothing" : `\`${value}\``));
  return quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}

function typeName(schema: StructuralSchema): string {
  const { items, additionalProperties } = schema;
  if (schema["x-kubernetes-int-or-string"] === true) return "quantity";
  if (additionalProperties !== undefined) return `map of ${plural(typeName(additionalProperties))}`;
  if (items !== undefined) return items.properties === undefined ? `list of ${plural(typeName(items))}` : "list";
  return schema.type ?? "anything";
}

function plural(noun: string): string {
  return noun.endsWith("y") ? `${noun.slice(0, -1)}ies` : `${noun}s`;
}

function rangeText(schema: StructuralSchema): string {
  const { minimum, maximum, maxLength, maxItems } = schema;
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`;
  if (minimum !== undefined) return `at least ${minimum}`;
  if (maximum !== undefined) return `at most ${maximum}`;
  if (maxItems !== undefined) return `at most ${maxItems}`;
  return schema.type === "string" && maxLength !== undefined ? `at most ${maxLength} characters` : "";
}
