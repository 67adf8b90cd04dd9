import { describe, expect, it } from "vitest";
import { ageOf, humanDuration } from "../../../provider/apiserver/duration";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

describe("ages", () => {
  it.each([
    [0, "0s"],
    [-500, "0s"],
    [-5 * second, "<invalid>"],
    [119 * second, "119s"],
    [120 * second, "2m"],
    [125 * second, "2m5s"],
    [10 * minute + 30 * second, "10m"],
    [179 * minute, "179m"],
    [3 * hour, "3h"],
    [3 * hour + 20 * minute, "3h20m"],
    [9 * hour + 20 * minute, "9h"],
    [47 * hour, "47h"],
    [50 * hour, "2d2h"],
    [8 * day + hour, "8d"],
    [729 * day, "729d"],
    [760 * day, "2y30d"],
    [9 * 365 * day, "9y"],
  ])("%i ms is %s", (milliseconds, text) => {
    expect(humanDuration(milliseconds)).toBe(text);
  });

  it("is unknown without a timestamp", () => {
    expect(ageOf(undefined, 0)).toBe("<unknown>");
    expect(ageOf("soon", 0)).toBe("<unknown>");
    expect(ageOf("1970-01-01T00:00:00Z", 5000)).toBe("5s");
  });
});
