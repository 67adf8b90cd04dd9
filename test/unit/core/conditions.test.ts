import { describe, expect, it } from "vitest";
import {
  findCondition,
  longestConditionMessage,
  withCondition,
  withoutCondition,
} from "../../../provider/core/conditions";

const ready = { type: "Ready", status: "False", reason: "Starting", message: "not yet" } as const;

describe("withCondition", () => {
  it("moves the time of transition with the status alone", () => {
    const first = withCondition(undefined, ready, "t1");
    const reworded = withCondition(first, { ...ready, message: "still not" }, "t2");
    expect(findCondition(reworded, "Ready")).toMatchObject({ message: "still not", lastTransitionTime: "t1" });
    const turned = withCondition(reworded, { ...ready, status: "True" }, "t3");
    expect(findCondition(turned, "Ready")?.lastTransitionTime).toBe("t3");
  });

  it("keeps one of each type, in order of type, and leaves the list it was given alone", () => {
    const list = withCondition(withCondition([], ready, "t1"), { ...ready, type: "Awake" }, "t1");
    expect(withCondition(list, ready, "t2").map(({ type }) => type)).toEqual(["Awake", "Ready"]);
    expect(withoutCondition(list, "Awake").map(({ type }) => type)).toEqual(["Ready"]);
    expect(list.length).toBe(2);
  });

  it("cuts a message without end and says so", () => {
    const [condition] = withCondition([], { ...ready, message: "x".repeat(longestConditionMessage + 5) }, "t1");
    expect(condition?.message).toBe(`${"x".repeat(longestConditionMessage)}… (5 characters more)`);
  });
});
