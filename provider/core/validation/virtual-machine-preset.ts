/** Checks a VirtualMachinePreset. Its disks name volumes that the machines bring, so these are not looked up. */
import { child, isGiven } from "../json-tree";
import { validateDomain } from "./domain";
import type { FaultList } from "./faults";
import { validateMetadata } from "./metadata";
import { selectsEverything, validateSelector } from "./selector";

export function validateVirtualMachinePreset(faults: FaultList, preset: unknown): void {
  const spec = child(preset, "spec");
  const selector = child(spec, "selector");
  validateMetadata(faults, child(preset, "metadata"), "metadata");
  validateSelector(faults, selector, "spec.selector");
  if (!isGiven(spec)) faults.required("spec.domain", "must be given: the settings");
  validateDomain(faults, child(spec, "domain"), "spec.domain", { kind: "unchecked" });
  if (spec !== undefined && !faults.isUnknown(spec) && !faults.isUnknown(selector) && selectsEverything(selector)) {
    faults.warn("spec.selector", selector, "selects every virtual machine of the namespace; give labels to narrow it");
  }
}
