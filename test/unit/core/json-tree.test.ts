import { expect, it } from "vitest";
import { parsedOrNothing } from "../../../provider/core/json-tree";

it("what others have written is read when it is JSON, and nothing when it is not", () => {
  expect(parsedOrNothing('{"a":[1]}')).toEqual({ a: [1] });
  for (const text of ["", "{", "yes", "{'a':1}"]) expect(parsedOrNothing(text)).toBeUndefined();
});
