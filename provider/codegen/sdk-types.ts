/** The SDK's input and output types: plain TypeScript that names neither zod nor anything of the provider. */
import { type JsonSchema, namedTypes, referenceOf, type Side } from "./named-schemas";

export function sdkTypes(side: Side): string {
  const parts = [
    "// Generated from provider/api by `make generate`. Do not edit.",
    ...(side === "input" ? ['import type * as pulumi from "@pulumi/pulumi";'] : []),
    ...[...namedTypes(side)].map(([name, schema]) => declaration(name, schema, side)),
  ];
  return `${parts.join("\n\n")}\n`;
}

function declaration(name: string, schema: JsonSchema, side: Side): string {
  const comment = schema.description === undefined ? "" : `/** ${commentText(schema.description)} */\n`;
  if (schema.enum !== undefined) return `${comment}export type ${name} = ${typeOf(schema, side, "")};`;
  return `${comment}export interface ${name} ${body(schema, side, "")}`;
}

/** What only an API server sets is no input. */
const outputFields: ReadonlySet<string> = new Set(["uid"]);

function body(schema: JsonSchema, side: Side, indent: string): string {
  const required = new Set(schema.required ?? []);
  const inner = `${indent}  `;
  const lines = Object.entries(schema.properties ?? {})
    .filter(([field]) => side === "output" || !outputFields.has(field))
    .flatMap(([field, property]) => {
      const optional = required.has(field) ? "" : "?";
      const type = typeOf(property, side, inner);
      const comment = property.description === undefined ? [] : [`${inner}/** ${commentText(property.description)} */`];
      const declared =
        side === "input" ? `${field}${optional}: pulumi.Input<${type}>` : `readonly ${field}${optional}: ${type}`;
      return [...comment, `${inner}${declared};`];
    });
  return lines.length === 0 ? "{}" : `{\n${lines.join("\n")}\n${indent}}`;
}

function commentText(text: string): string {
  return text.replaceAll("*/", "*\\/");
}

function typeOf(schema: JsonSchema, side: Side, indent: string): string {
  const reference = referenceOf(schema);
  if (reference !== undefined) return reference;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.anyOf !== undefined)
    return [...new Set(schema.anyOf.map((option) => typeOf(option, side, indent)))].join(" | ");
  if (Array.isArray(schema.type))
    return schema.type.map((type: string) => typeOf({ ...schema, type }, side, indent)).join(" | ");
  switch (schema.type) {
    case "string":
      return "string";
    case "integer":
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    case "null":
      return "null";
    case "array": {
      const item = typeOf(schema.items ?? {}, side, indent);
      return side === "input" ? `pulumi.Input<${item}>[]` : `readonly ${item.includes(" | ") ? `(${item})` : item}[]`;
    }
    case "object": {
      if (typeof schema.additionalProperties !== "object") return body(schema, side, indent);
      const value = typeOf(schema.additionalProperties, side, indent);
      return side === "input" ? `{ [key: string]: pulumi.Input<${value}> }` : `{ readonly [key: string]: ${value} }`;
    }
    default:
      return "unknown";
  }
}
