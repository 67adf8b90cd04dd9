import { describe, expect, it } from "vitest";
import { compileJsonPath } from "../../../provider/core/json-path";

const object = { status: { list: [{ ip: "1" }, { ip: "2" }], "a.b": 3 } };

describe("column paths", () => {
  it.each([
    [".status.list[1].ip", "2"],
    [".status['a.b']", 3],
    [".status.list[9].ip", undefined],
    [".status.list.ip", undefined],
    [".nothing.here", undefined],
    [".constructor", undefined],
  ])("%s", (path, value) => {
    expect(compileJsonPath(path)(object)).toEqual(value);
  });

  it("refuses what it does not speak", () => {
    expect(() => compileJsonPath(".status.list[*].ip")).toThrow(SyntaxError);
    expect(() => compileJsonPath("status")).toThrow(SyntaxError);
  });
});
