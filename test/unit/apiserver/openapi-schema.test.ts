import { describe, expect, it } from "vitest";
import { toOpenApiSchema } from "../../../provider/apiserver/openapi-schema";

describe("schemas for kubectl", () => {
  it.each([
    [
      { $schema: "x", type: "string", const: "a" },
      { type: "string", enum: ["a"] },
    ],
    [{ type: ["string", "null"] }, { type: "string", nullable: true }],
    [{ anyOf: [{ type: "integer" }, { type: "null" }] }, { type: "integer", nullable: true }],
    [
      { description: "d", anyOf: [{ type: "string", pattern: "x" }, { type: "integer" }] },
      { description: "d", "x-kubernetes-int-or-string": true },
    ],
    [
      {
        anyOf: [
          { type: "string", enum: ["a", "b"] },
          { type: "string", const: "" },
        ],
      },
      { type: "string", enum: ["a", "b", ""] },
    ],
    [
      { type: "integer", minimum: -9007199254740991, maximum: 7 },
      { type: "integer", maximum: 7 },
    ],
    [
      { type: "object", propertyNames: { type: "string" }, additionalProperties: { type: "string", $schema: "x" } },
      { type: "object", additionalProperties: { type: "string" } },
    ],
    [
      { type: "object", properties: { type: { type: "array", items: { const: 1 } } }, additionalProperties: false },
      { type: "object", properties: { type: { type: "array", items: { enum: [1] } } } },
    ],
    [{ description: "anything" }, { description: "anything", "x-kubernetes-preserve-unknown-fields": true }],
  ])("%j", (schema, converted) => {
    expect(toOpenApiSchema(schema)).toEqual(converted);
  });
});
