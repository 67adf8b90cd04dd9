import { expect, it } from "vitest";
import { isFinal, virtualMachinePhases } from "../../../provider/core/phases";

it("a machine has ended in Succeeded and Failed, and in no other phase", () => {
  expect(virtualMachinePhases.filter(isFinal)).toEqual(["Succeeded", "Failed"]);
  expect(isFinal(undefined)).toBe(false);
  expect(isFinal("")).toBe(false);
});
