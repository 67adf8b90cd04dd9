import { describe, expect, it } from "vitest";
import { covers } from "../../../provider/core/covers";

describe("covers", () => {
  it.each([
    ["what was asked for", { a: 1 }, { a: 1 }, true],
    ["more than was asked for", { a: 1, b: 2 }, { a: 1 }, true],
    ["more at depth", { a: { x: 1, y: 2 } }, { a: { x: 1 } }, true],
    ["items added at the end", [1, 2], [1], true],
    ["an absent wish", { a: 1 }, { a: 1, b: undefined }, true],
    ["another value", { a: 2 }, { a: 1 }, false],
    ["a missing field", {}, { a: 1 }, false],
    ["fewer items", [1], [1, 2], false],
    ["items in another order", [2, 1], [1, 2], false],
    ["an object for a list", { 0: 1 }, [1], false],
    ["a list for an object", [1], { 0: 1 }, false],
    ["nothing for an object", null, {}, false],
    ["a number for a text", 1, "1", false],
    ["an inherited key", {}, { constructor: Object }, false],
  ])("says of %s whether it covers the wish", (_name, live, wanted, expected) => {
    expect(covers(live, wanted)).toBe(expected);
  });
});
