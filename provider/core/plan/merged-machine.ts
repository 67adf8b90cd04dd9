/** A machine with its presets in it, once, or why there is none: the first thing that is done about a new machine. Pure. */
import { apiVersion } from "../../api/v1alpha1/group";
import type { VirtualMachine } from "../../api/v1alpha1/virtual-machine";
import type { VirtualMachinePreset } from "../../api/v1alpha1/virtual-machine-preset";
import { type FieldError, renderFieldErrors } from "../field-error";
import { applyPresets } from "../presets/apply";
import { validateObject } from "../validation";
import type { PlannedEvent } from "./events";
import { needsPresets, presetsAppliedAnnotation, withAnnotation } from "./machine-marks";

export interface MachineAndPresets {
  readonly vm: VirtualMachine;
  /** Presets of the machine's namespace, when needsPresets says so. */
  readonly presets: readonly VirtualMachinePreset[];
}

export interface Merged {
  readonly vm: VirtualMachine;
  readonly events: readonly PlannedEvent[];
  readonly fault?: { readonly reason: string; readonly message: string };
}

/** As it is; nothing is said about presets. */
export function withoutPresets(vm: VirtualMachine): Merged {
  const faults = validateObject(vm).errors;
  return faults.length > 0 ? { vm, events: [], fault: invalidSpec(faults) } : { vm, events: [] };
}

/** Looks at presets only when needsPresets says so. Never throws: a fault comes back in words. */
export function withPresets({ vm, presets }: MachineAndPresets): Merged {
  const unmerged = withoutPresets(vm);
  if (unmerged.fault !== undefined || !needsPresets(vm)) return unmerged;
  const result = applyPresets(vm, presets);
  const events: PlannedEvent[] = [];
  for (const { preset, detail } of result.invalid) {
    events.push({ type: "Warning", reason: "PresetFailed", message: `Invalid Preset '${preset}': ${detail}` });
  }
  if (result.conflicts.length > 0) {
    return {
      vm,
      events,
      fault: {
        reason: "PresetFailed",
        message: `VirtualMachinePresets cannot be applied due to conflicts: ${renderFieldErrors(result.conflicts)}`,
      },
    };
  }
  for (const [preset, settings] of groupBy(result.overridden, (entry) => entry.preset)) {
    const texts = settings.map(({ field, ours, theirs }) => `${field}: ${text(ours)} != ${text(theirs)}`);
    events.push({
      type: "Normal",
      reason: "Override",
      message: `Some settings were not applied for VirtualMachinePreset '${preset}': ${texts.join(", ")}`,
    });
  }
  const merged = withAnnotation(result.vm, presetsAppliedAnnotation, apiVersion);
  const faults = result.vm === vm ? [] : validateObject(merged).errors;
  if (faults.length === 0) return { vm: merged, events };
  return {
    vm,
    events,
    fault: {
      reason: "PresetFailed",
      message: `VirtualMachinePresets cannot be applied, since the machine they make is not valid: ${renderFieldErrors(faults)}`,
    },
  };
}

const invalidSpec = (faults: readonly FieldError[]) => ({
  reason: "InvalidSpec",
  message: `the machine is not valid: ${renderFieldErrors(faults)}`,
});
const text = (value: unknown) => JSON.stringify(value);

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}
