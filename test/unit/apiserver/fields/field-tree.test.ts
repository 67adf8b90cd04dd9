import { describe, expect, it } from "vitest";
import {
  changedFields,
  commonLeaves,
  decodeFields,
  difference,
  encodeFields,
  fieldTreeOf,
  leaf,
  printPath,
  treeOfPaths,
  union,
} from "../../../../provider/apiserver/fields/field-tree";

const value = {
  spec: { cpu: { cores: 1 }, disks: [{ name: "a" }], empty: {} },
  metadata: { finalizers: ["f"] },
  status: { conditions: [{ type: "Ready", status: "True" }] },
};

const encoded = {
  "f:spec": { "f:cpu": { "f:cores": {} }, "f:disks": {}, "f:empty": {} },
  "f:metadata": { "f:finalizers": { 'v:"f"': {} } },
  "f:status": { "f:conditions": { 'k:{"type":"Ready"}': { ".": {}, "f:type": {}, "f:status": {} } } },
};

describe("field trees", () => {
  it("are written and read as Kubernetes does", () => {
    expect(encodeFields(fieldTreeOf(value))).toEqual(encoded);
    expect(encodeFields(decodeFields(encoded))).toEqual(encoded);
    expect(decodeFields("rubbish")).toEqual(leaf);
  });

  it("unite, subtract and meet", () => {
    const left = treeOfPaths([["f:a", "f:b"], ["f:a", "f:c"], ["f:d"]]);
    const right = treeOfPaths([["f:a", "f:c"], ["f:e"]]);
    expect(encodeFields(union(left, right))).toEqual({ "f:a": { "f:b": {}, "f:c": {} }, "f:d": {}, "f:e": {} });
    expect(encodeFields(difference(left, right) ?? leaf)).toEqual({ "f:a": { "f:b": {} }, "f:d": {} });
    expect(difference(right, right)).toBeUndefined();
    expect(commonLeaves(left, right)).toEqual([["f:a", "f:c"]]);
    expect(commonLeaves(leaf, right)).toEqual([]);
  });

  it("name what changed, added or became something else, and nothing that went", () => {
    const before = { a: 1, b: { c: 1, d: 2 }, e: [1], conditions: [{ type: "X", status: "1" }], gone: 1 };
    const after = { a: 1, b: { c: 9, d: 2 }, e: [1, 2], conditions: [{ type: "X", status: "2" }], n: { m: 1 } };
    expect(encodeFields(changedFields(after, before) ?? leaf)).toEqual({
      "f:b": { "f:c": {} },
      "f:e": {},
      "f:conditions": { 'k:{"type":"X"}': { ".": {}, "f:status": {} } },
      "f:n": { "f:m": {} },
    });
    expect(changedFields(after, after)).toBeUndefined();
  });

  it("print paths for people", () => {
    expect(printPath(["f:status", "f:conditions", 'k:{"type":"X"}', "f:status"])).toBe(
      '.status.conditions[{"type":"X"}].status',
    );
  });
});
