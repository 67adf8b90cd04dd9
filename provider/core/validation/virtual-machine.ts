/** Checks a VirtualMachine's spec, wherever it stands: in the machine itself or in a template. */
import { child, childAt } from "../json-tree";
import { validateDomain } from "./domain";
import type { FaultList } from "./faults";
import { validateMetadata } from "./metadata";
import { validatePlacement } from "./placement";
import { validateVolumes } from "./volumes";

export function validateVirtualMachine(faults: FaultList, vm: unknown): void {
  validateMetadata(faults, child(vm, "metadata"), "metadata");
  validateVirtualMachineSpec(faults, child(vm, "spec"), "spec");
  warnOfMemory(faults, vm);
}

export function validateVirtualMachineSpec(faults: FaultList, spec: unknown, field: string): void {
  const volumes = child(spec, "volumes");
  const volumesField = `${field}.volumes`;
  validateDomain(faults, child(spec, "domain"), `${field}.domain`, {
    kind: "checked",
    volumes,
    field: volumesField,
  });
  validateVolumes(faults, volumes, volumesField);
  validatePlacement(faults, spec, field);
}

function warnOfMemory(faults: FaultList, vm: unknown): void {
  let current: unknown = vm;
  for (const key of ["spec", "domain", "resources", "requests", "memory"]) {
    current = child(current, key);
    if (faults.isUnknown(current)) return;
  }
  if (current !== undefined) return;
  if (childAt(vm, ["spec", "domain", "resources", "limits", "memory"]) !== undefined) return;
  faults.warn(
    "spec.domain.resources.requests.memory",
    undefined,
    "no memory is requested: 512Mi, unless a preset gives another size",
  );
}
