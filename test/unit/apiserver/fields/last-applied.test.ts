import { describe, expect, it } from "vitest";
import { lastAppliedFields, renewLastApplied } from "../../../../provider/apiserver/fields/last-applied";
import type { KubeObject } from "../../../../provider/apiserver/object";

const annotation = "kubectl.kubernetes.io/last-applied-configuration";
const kubectl = { manager: "kubectl" };

const words = (data: object, annotations?: Record<string, string>): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "words", ...(annotations === undefined ? {} : { annotations }) },
  data,
});

describe("renewLastApplied", () => {
  const before = words({ a: "b" }, { [annotation]: "{}", note: "x" });

  it("writes the configuration in one line, in the order of its keys and without the annotation itself", () => {
    const given = { kind: "ConfigMap", data: { b: "<", a: "" }, metadata: { annotations: { [annotation]: "old" } } };
    expect(renewLastApplied(before, given, kubectl).metadata.annotations).toEqual({
      note: "x",
      [annotation]: '{"data":{"a":"","b":"\\u003c"},"kind":"ConfigMap","metadata":{"annotations":{}}}\n',
    });
  });

  it("leaves objects without the annotation as they are, and those that others apply", () => {
    const bare = words({ a: "b" }, { note: "x" });
    expect(renewLastApplied(bare, {}, kubectl)).toBe(bare);
    expect(renewLastApplied(before, {}, { manager: "other" })).toBe(before);
  });

  it("gives the annotation up when it would be too large for one", () => {
    const { metadata } = renewLastApplied(before, { data: { a: "x".repeat(300_000) } }, kubectl);
    expect(metadata.annotations).toEqual({ note: "x" });
  });
});

describe("lastAppliedFields", () => {
  const partOf = ({ data }: KubeObject) => ({ data });
  const fieldsOf = (text: string, manager = "kubectl") =>
    lastAppliedFields(words({ a: "b", c: "else" }, { [annotation]: text }), { manager }, { schema: {}, partOf });

  it("are those that still say what was applied", () => {
    expect(fieldsOf(JSON.stringify(words({ a: "b", c: "d", e: "f" })))).toMatchObject({ "f:data": { "f:a": {} } });
    expect(fieldsOf(JSON.stringify(words({ a: "b", c: "d" })))).not.toHaveProperty(["f:data", "f:c"]);
  });

  it("are none for others, and none of what is no configuration", () => {
    expect(fieldsOf(JSON.stringify(words({ a: "b" })), "other")).toEqual({});
    for (const text of ["nonsense", "[]", "{}", '{"metadata":1}']) expect(fieldsOf(text)).toEqual({});
  });
});
