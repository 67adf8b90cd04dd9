import { describe, expect, it } from "vitest";
import { applyStrategicMergePatch } from "../../../../provider/apiserver/patch/strategic-merge-patch";

describe("strategic merge patch", () => {
  it.each([
    ["merges maps and removes with null", { a: { b: 1, c: 2 } }, { a: { b: null, d: 3 } }, { a: { c: 2, d: 3 } }],
    ["replaces plain lists", { a: [1, 2] }, { a: [3] }, { a: [3] }],
    [
      "merges conditions by type",
      { conditions: [{ type: "A", status: "x", reason: "r" }, { type: "B" }] },
      { conditions: [{ type: "A", status: "y" }, { type: "C" }] },
      { conditions: [{ type: "A", status: "y", reason: "r" }, { type: "C" }, { type: "B" }] },
    ],
    [
      "deletes an element",
      { taints: [{ key: "a" }, { key: "b" }] },
      { taints: [{ $patch: "delete", key: "a" }] },
      { taints: [{ key: "b" }] },
    ],
    [
      "replaces a keyed list",
      { taints: [{ key: "a" }] },
      { taints: [{ $patch: "replace" }, { key: "c" }] },
      { taints: [{ key: "c" }] },
    ],
    ["replaces a map", { a: { b: 1 } }, { a: { $patch: "replace", c: 2 } }, { a: { c: 2 } }],
    ["unites finalizers", { finalizers: ["a", "b"] }, { finalizers: ["b", "c"] }, { finalizers: ["a", "b", "c"] }],
    [
      "removes from a set",
      { finalizers: ["a", "b"] },
      { "$deleteFromPrimitiveList/finalizers": ["a"] },
      { finalizers: ["b"] },
    ],
    [
      "skips orders",
      { finalizers: ["a"] },
      { "$setElementOrder/finalizers": ["a"], x: 1 },
      { finalizers: ["a"], x: 1 },
    ],
    ["retains named keys", { s: { a: 1, b: 2 } }, { s: { $retainKeys: ["b", "c"], c: 3 } }, { s: { b: 2, c: 3 } }],
  ])("%s", (_name, target, patch, result) => {
    expect(applyStrategicMergePatch(target, patch)).toEqual(result);
  });

  it("refuses what is no object", () => {
    expect(() => applyStrategicMergePatch({}, [])).toThrow(/is an object/);
  });
});
