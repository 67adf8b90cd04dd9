import { describe, expect, it } from "vitest";
import { faultsOfSelector, matchesSelector } from "../../../provider/core/selector-match";

const labels = { size: "small", tier: "web" };
const expression = (key: string, operator: string, values?: string[]) => ({
  matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }],
});

describe("selectors", () => {
  it.each([
    ["nothing", undefined, true],
    ["an empty selector", {}, true],
    ["empty parts", { matchLabels: {}, matchExpressions: [] }, true],
    ["an equal label", { matchLabels: { size: "small" } }, true],
    ["another value", { matchLabels: { size: "large" } }, false],
    ["one of two labels", { matchLabels: { size: "small", os: "bsd" } }, false],
    ["In with the value", expression("size", "In", ["large", "small"]), true],
    ["In without the value", expression("size", "In", ["large"]), false],
    ["In on an absent key", expression("os", "In", ["bsd"]), false],
    ["NotIn with the value", expression("size", "NotIn", ["small"]), false],
    ["NotIn on an absent key", expression("os", "NotIn", ["bsd"]), true],
    ["Exists", expression("tier", "Exists"), true],
    ["Exists on an absent key", expression("os", "Exists"), false],
    ["DoesNotExist", expression("tier", "DoesNotExist"), false],
    ["DoesNotExist on an absent key", expression("os", "DoesNotExist"), true],
    ["an unheard-of operator", expression("tier", "Like", ["w"]), false],
    ["an inherited property", { matchExpressions: [{ key: "constructor", operator: "Exists" }] }, false],
  ])("with %s", (_name, selector, expected) => {
    expect(matchesSelector(selector, labels)).toBe(expected);
  });

  it("never match by a value that is not known yet", () => {
    const isUnknown = (value: unknown) => value === "?";
    expect(matchesSelector({ matchLabels: { size: "small" } }, { size: "?" }, { isUnknown })).toBe(false);
    expect(matchesSelector({ matchLabels: { size: "?" } }, labels, { isUnknown })).toBe(false);
    expect(matchesSelector("?", labels, { isUnknown })).toBe(false);
    expect(matchesSelector(expression("size", "NotIn", ["large"]), { size: "?" }, { isUnknown })).toBe(false);
  });

  it("have faults with a path when operator and values do not go together", () => {
    const fields = (selector: unknown) => faultsOfSelector(selector, "spec.selector").map(({ field }) => field);
    expect(fields(expression("size", "In", []))).toEqual(["spec.selector.matchExpressions[0].values"]);
    expect(fields(expression("size", "Exists", ["x"]))).toEqual(["spec.selector.matchExpressions[0].values"]);
    expect(fields(expression("size", ""))).toEqual(["spec.selector.matchExpressions[0].operator"]);
    expect(fields({ matchLabels: { "a b": "x" } })).toEqual(["spec.selector.matchLabels"]);
    expect(fields({ matchLabels: { size: "a b" } })).toEqual(["spec.selector.matchLabels.size"]);
    expect(fields(expression("size", "In", ["small"]))).toEqual([]);
  });
});
