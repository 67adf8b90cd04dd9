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
    ["VirtualMachine", "spec.domain.cpu", "replace"],
    ["OfflineVirtualMachine", "metadata.name", "replace"],
    ["OfflineVirtualMachine", "spec.runStrategy", "in-place"],
    ["OfflineVirtualMachine", "spec.running", "in-place"],
    ["OfflineVirtualMachine", "spec.template", "next-start"],
    ["OfflineVirtualMachine", "spec.template.spec.domain.cpu.cores", "next-start"],
    ["VirtualMachineReplicaSet", "spec.replicas", "in-place"],
    ["VirtualMachineReplicaSet", "spec.selector", "replace"],
    ["VirtualMachineReplicaSet", "spec.template", "next-start"],
    ["VirtualMachineReplicaSet", "spec", "in-place"],
  ])("of %s, %s is %s", (kind, field, expected) => {
    expect(changeClassOf(kind, field)).toBe(expected);
  });
});
