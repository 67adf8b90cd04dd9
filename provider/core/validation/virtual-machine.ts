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
  warnOfMemory(faults, child(vm, "spec"), "spec");
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

/** Warns of a machine that does not say how much memory it needs. */
export function warnOfMemory(faults: FaultList, spec: unknown, field: string): void {
  let current: unknown = spec;
  for (const key of ["domain", "resources", "requests", "memory"]) {
    if (faults.isUnknown(current)) return;
    current = child(current, key);
  }
  if (current !== undefined || childAt(spec, ["domain", "resources", "limits", "memory"]) !== undefined) return;
  faults.warn(
    `${field}.domain.resources.requests.memory`,
    undefined,
    "no memory is requested: 512Mi, unless a preset gives another size",
  );
}
