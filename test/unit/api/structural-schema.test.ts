import { describe, expect, it } from "vitest";
import { z } from "zod";
import { celText, keyedList, withHints } from "../../../provider/api/kubernetes-hints";
import { Quantity, quantityPattern } from "../../../provider/api/quantity";
import { structuralSchema } from "../../../provider/api/structural-schema";

describe("structural schemas", () => {
  it.each([
    ["text", z.string().max(3), { type: "string", maxLength: 3 }],
    ["a literal", z.literal("a"), { type: "string", enum: ["a"] }],
    ["something or null", z.string().nullable(), { type: "string", nullable: true }],
    ["a number or null", z.int().nullable(), { type: "integer", nullable: true }],
    [
      "a quantity",
      Quantity.describe("d"),
      { description: "d", "x-kubernetes-int-or-string": true, maxLength: 64, pattern: quantityPattern.source },
    ],
    ["lists of values", z.enum(["a", "b"]).or(z.literal("")), { type: "string", enum: ["a", "b", ""] }],
    ["a bound on one side", z.int().max(7), { type: "integer", maximum: 7 }],
    ["a map", z.record(z.string(), z.string()), { type: "object", additionalProperties: { type: "string" } }],
    [
      "a map of anything",
      z.record(z.string(), z.unknown()),
      { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    ],
    [
      "an object",
      z.strictObject({ type: z.string(), other: z.boolean().optional() }),
      { type: "object", properties: { type: { type: "string" }, other: { type: "boolean" } }, required: ["type"] },
    ],
    [
      "a list told apart by a field",
      keyedList(z.strictObject({ name: z.string() }), "name", 2),
      {
        type: "array",
        items: { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
        maxItems: 2,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
      },
    ],
  ])("say of %s what Kubernetes understands", (_name, schema, expected) => {
    expect(structuralSchema(schema)).toEqual(expected);
  });

  it("carry the rules, also where a field describes the schema anew", () => {
    const rules = [{ rule: "self.a", message: "a must be", fieldPath: ".a" }];
    const schema = withHints(z.strictObject({ a: z.boolean() }), { rules });
    const field = z.strictObject({ inner: schema.optional().describe("Something.") });
    expect(structuralSchema(field).properties?.inner).toMatchObject({
      description: "Something.",
      "x-kubernetes-validations": rules,
    });
  });

  it("take the narrower bound that a rule implies", () => {
    const schema = withHints(z.string().max(253), { implied: { maxLength: 63 } });
    expect(structuralSchema(schema.optional())).toEqual({ type: "string", maxLength: 63 });
  });

  it("refuse alternatives that Kubernetes has no word for", () => {
    expect(() => structuralSchema(z.union([z.string(), z.boolean()]))).toThrow("no structural schema");
  });
});

describe("a text in a rule", () => {
  it("keeps its quotes and backslashes", () => {
    expect(celText("a disk's \\ name")).toBe("'a disk\\'s \\\\ name'");
  });
});
