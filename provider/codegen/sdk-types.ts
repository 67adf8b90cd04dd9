/** The SDK's input and output types: plain TypeScript that names neither zod nor anything of the provider. */
import { type JsonSchema, namedSchemas, referenceOf } from "./named-schemas";

type Side = "input" | "output";

/** Schemas that are the resources themselves, which have classes of their own. */
const resources = new Set(["VirtualMachine", "VirtualMachinePreset"]);

/** What a program may say about an object's metadata; the rest is the API server's. */
const inputMetadata = new Set(["name", "namespace", "labels", "annotations"]);

export function sdkTypes(side: Side): string {
  const parts = [
    "// Generated from provider/api by `make generate`. Do not edit.",
    ...(side === "input" ? ['import type * as pulumi from "@pulumi/pulumi";'] : []),
  ];
  for (const [name, schema] of namedSchemas()) {
    if (
      resources.has(name) ||
      (side === "input" && /Status$|^ManagedFieldsEntry$|^OwnerReference$|^Condition$/.test(name))
    ) {
      continue;
    }
    parts.push(`export interface ${name} ${body(name, schema, side, "")}`);
  }
  return `${parts.join("\n\n")}\n`;
}

function body(name: string, schema: JsonSchema, side: Side, indent: string): string {
  const required = new Set(schema.required ?? []);
  const inner = `${indent}  `;
  const lines = Object.entries(schema.properties ?? {})
    .filter(([field]) => side === "output" || name !== "ObjectMeta" || inputMetadata.has(field))
    .flatMap(([field, property]) => {
      const optional = required.has(field) ? "" : "?";
      const type = typeOf(property, side, inner);
      const modifier = side === "output" ? "readonly " : "";
      const comment =
        property.description === undefined ? [] : [`${inner}/** ${property.description.replaceAll("*/", "*\\/")} */`];
      return [
        ...comment,
        `${inner}${modifier}${field}${optional}: ${side === "input" ? `pulumi.Input<${type}>` : type};`,
      ];
    });
  return lines.length === 0 ? "{}" : `{\n${lines.join("\n")}\n${indent}}`;
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
      if (typeof schema.additionalProperties !== "object") return body("", schema, side, indent);
      const value = typeOf(schema.additionalProperties, side, indent);
      return side === "input" ? `{ [key: string]: pulumi.Input<${value}> }` : `{ readonly [key: string]: ${value} }`;
    }
    default:
      return "unknown";
  }
}
