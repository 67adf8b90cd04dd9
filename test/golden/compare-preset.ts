/** Compares presets setting by setting: which settings the machine ends with, who gave way, and what is in conflict. */

import { parseQuantity } from "../../provider/api/quantity";
import type { VirtualMachine } from "../../provider/api/v1alpha1/virtual-machine";
import type { VirtualMachinePreset } from "../../provider/api/v1alpha1/virtual-machine-preset";
import { applyPresets } from "../../provider/core/presets/apply";
import { type Setting, settingsOf } from "../../provider/core/presets/settings";
import type { PresetCase } from "./recorded";

export function comparePreset({ vm, presets, expect }: PresetCase): readonly string[] {
  const result = applyPresets(vm as VirtualMachine, presets as VirtualMachinePreset[]);
  // The recorded implementation crashed: any answer will do.
  if (!("processed" in expect)) return [];
  const differences: string[] = [];
  const conflict = result.conflicts.length > 0;
  const expectedConflict = expect.success === false;
  if (conflict !== expectedConflict) differences.push(conflict ? "conflict" : "no conflict");
  const applied = result.applied.join();
  const expectedApplied = [...(expect.annotated ?? [])].sort().join();
  if (applied !== expectedApplied) differences.push(`applied ${applied}, not ${expectedApplied}`);
  return [...differences, ...compareSettings(result.vm.spec?.domain, expect.domain)];
}

function compareSettings(ours: unknown, theirs: unknown): readonly string[] {
  const left = textsOf(ours);
  const right = textsOf(theirs);
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((field) => left.get(field) !== right.get(field))
    .map((field) => `${field}: ${left.get(field)}, not ${right.get(field)}`);
}

/** Field → value. An empty `acpi` is left out, as it is in the recorded objects. */
function textsOf(domain: unknown): Map<string, string> {
  const entries = settingsOf(domain).map((setting) => [setting.field, text(setting)] as const);
  return new Map(entries.filter(([field, value]) => !(field === "spec.domain.features.acpi" && value === "{}")));
}

/** The value in one spelling. The recorded objects come with Kubernetes' canonical quantities and without empty parts. */
function text({ value, meaning }: Setting): string {
  if (meaning === "quantity") {
    const exact = typeof value === "string" || typeof value === "number" ? parseQuantity(value) : undefined;
    return exact === undefined ? String(value) : String(exact.nanos);
  }
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner)
            .filter(([key, one]) => !(one === false && (key === "endOfInterrupt" || key === "readonly")))
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : inner,
  );
}
