import { describe, expect, it } from "vitest";
import { serialLines } from "../../../provider/core/serial-text";

const lines = (text: string, bounds = {}) => serialLines(text, { lines: 10, lineLength: 20, ...bounds });

describe("what a guest has printed", () => {
  it("is its last lines that are not empty", () => {
    expect(lines("a\r\n\r\nb\r\n   \r\nc", { lines: 2 })).toEqual(["b", "c"]);
    expect(lines("")).toEqual([]);
  });

  it("is without colours, titles and places of the cursor", () => {
    expect(lines("\u001b[1;32mok\u001b[0m \u001b]0;title\u0007done\u001b(B\u001bc\n")).toEqual(["ok done"]);
  });

  it("shows of a line that was written again what was written last", () => {
    expect(lines("10%\r50%\r100%\r\n")).toEqual(["100%"]);
  });

  it("has nothing in it that a terminal obeys or nobody sees", () => {
    expect(lines("a\u0000b\u0008c\u009b31m\u202ed\u2028e\u001b\tf")).toEqual(["a?b?c?31m?d?e? f"]);
  });

  it("is without what is to be hidden, also where that is coloured or cut", () => {
    const hide = (line: string) => line.replaceAll("secret", "*");
    expect(lines("a s\u001b[1mecret\n123456789012345678secret", { hide })).toEqual(["a *", "123456789012345678*"]);
  });

  it("is cut where a line is too long", () => {
    expect(lines("x".repeat(30))).toEqual([`${"x".repeat(20)}…`]);
  });
});
