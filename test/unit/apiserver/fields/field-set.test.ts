import { describe, expect, it } from "vitest";
import {
  difference,
  intersection,
  isEmpty,
  pathsOf,
  printPath,
  union,
  withParents,
} from "../../../../provider/apiserver/fields/field-set";

const left = { "f:a": { ".": {}, "f:b": {}, "f:c": {} }, "f:d": {} };
const right = { "f:a": { "f:c": {} }, "f:e": {} };

describe("sets of fields", () => {
  it("unite", () => {
    expect(union(left, right)).toEqual({ ...left, "f:e": {} });
  });

  it("subtract members, and leave what is above and below them", () => {
    expect(difference(left, right)).toEqual({ "f:a": { ".": {}, "f:b": {} }, "f:d": {} });
    expect(difference(left, { "f:a": {} })).toEqual({ "f:a": { "f:b": {}, "f:c": {} }, "f:d": {} });
    expect(isEmpty(difference(left, left))).toBe(true);
  });

  it("meet in members alone", () => {
    expect(intersection(left, right)).toEqual({ "f:a": { "f:c": {} } });
    expect(intersection({ "f:a": {} }, right)).toEqual({});
  });

  it("take in the places above their members", () => {
    expect(withParents({ "f:a": { "f:b": { "f:c": {} } } })).toEqual({
      "f:a": { ".": {}, "f:b": { ".": {}, "f:c": {} } },
    });
  });

  it("print their paths for people", () => {
    expect(pathsOf(left)).toEqual([["f:a"], ["f:a", "f:b"], ["f:a", "f:c"], ["f:d"]]);
    expect(printPath(["f:status", "f:conditions", 'k:{"type":"X"}', "f:status"])).toBe(
      '.status.conditions[type="X"].status',
    );
    expect(printPath(["f:metadata", "f:finalizers", 'v:"a/b"'])).toBe('.metadata.finalizers[="a/b"]');
  });
});
