/** Which preset brought a fault into a machine: a fault of a merged machine may be nobody's but a preset's. */
import type { FieldError } from "../field-error";
import { childAt, items } from "../json-tree";
import type { AppliedPresets } from "./apply";

/** The fault with the preset that gave the setting it is about, if one did. */
export function withOrigin(
  error: FieldError,
  applied: { readonly vm: unknown; readonly provenance: AppliedPresets["provenance"] },
): FieldError {
  const field = namingDisks(error.field, applied.vm);
  const origin = Object.entries(applied.provenance).find(([path]) => field === path || field.startsWith(`${path}.`));
  return origin === undefined
    ? error
    : { ...error, detail: `${error.detail} (given by VirtualMachinePreset ${origin[1]})` };
}

/** Presets give disks by name, faults name them by their place. */
function namingDisks(field: string, vm: unknown): string {
  return field.replace(/^(spec\.domain\.devices\.disks)\[(\d+)\]/, (_found, disks, index) => {
    const name = childAt(items(childAt(vm, ["spec", "domain", "devices", "disks"]))[Number(index)], ["name"]);
    return `${disks}[name=${String(name)}]`;
  });
}
