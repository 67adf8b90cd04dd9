import { describe, expect, it } from "vitest";
import { changeClassOf } from "../../../provider/core/change-class";

describe("changeClassOf", () => {
  it.each([
    ["VirtualMachine", "metadata.name", "replace"],
    ["VirtualMachine", "metadata.namespace", "replace"],
    ["VirtualMachine", "spec", "replace"],
    ["VirtualMachine", "metadata.labels", "in-place"],
    ["VirtualMachine", "metadata.annotations", "in-place"],
    ["VirtualMachinePreset", "metadata.name", "replace"],
    ["VirtualMachinePreset", "metadata.namespace", "replace"],
    ["VirtualMachinePreset", "spec", "in-place"],
    ["VirtualMachinePreset", "metadata.labels", "in-place"],
  ])("of %s, %s is %s", (kind, field, expected) => {
    expect(changeClassOf(kind, field)).toBe(expected);
  });
});
