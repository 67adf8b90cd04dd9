/** Checks `devices.disks`: names, the volumes they name, and their kind of target. */
import { type DiskTargetKind, diskTargets, mostDisks } from "../../api/v1alpha1/disks";
import { child, isGiven, isObject, items } from "../json-tree";
import type { FaultList } from "./faults";

/** What a list of disks is checked against: a machine's volumes, or nothing, as in a preset. */
export type VolumesOfDisks =
  | { readonly kind: "checked"; readonly volumes: unknown; readonly field: string }
  | { readonly kind: "unchecked" };

export function validateDisks(faults: FaultList, disks: unknown, field: string, against: VolumesOfDisks): void {
  if (!Array.isArray(disks) || disks.length > mostDisks) return;
  if (against.kind === "checked") validateVolumeNames(faults, disks, field, against);
  validateNames(faults, disks, field, "disk");
  disks.forEach((disk, index) => {
    const targets = targetsOf(disk).filter((target) => faults.isKnown(child(disk, target)));
    if (targets.length <= 1) return;
    const detail = `must have one kind of target, but has ${targets.length}: ${targets.join(", ")}`;
    faults.invalid(`${field}[${index}]`, undefined, detail);
  });
}

/** The kinds of target that a disk gives. */
export function targetsOf(disk: unknown): readonly DiskTargetKind[] {
  return diskTargets.filter((target) => isGiven(child(disk, target)));
}

function validateVolumeNames(
  faults: FaultList,
  disks: readonly unknown[],
  field: string,
  against: { readonly volumes: unknown; readonly field: string },
): void {
  if (faults.isUnknown(against.volumes)) return;
  const volumes = items(against.volumes);
  const someUnknown = volumes.some((volume) => faults.isUnknown(volume) || faults.isUnknown(child(volume, "name")));
  const byName = new Map<unknown, unknown>();
  for (const volume of volumes) {
    const name = child(volume, "name");
    // Of several volumes of one name the last one counts, as for whoever would make the machine.
    byName.set(name, volume);
  }
  const firstUser = new Map<unknown, number>();
  disks.forEach((disk, index) => {
    const name = child(disk, "volumeName");
    if (typeof name !== "string" || faults.isUnknown(name)) return;
    const place = `${field}[${index}].volumeName`;
    const volume = byName.get(name);
    if (volume === undefined && !someUnknown) {
      faults.invalid(place, name, `names no volume in ${against.field} (volumes: ${namesOf(volumes)})`);
    }
    const user = firstUser.get(name);
    if (user !== undefined) {
      faults.invalid(place, name, `is the volume of ${field}[${user}] already; each disk needs its own`);
    } else firstUser.set(name, index);
    if (isObject(child(disk, "lun")) && volume !== undefined) validateLun(faults, volume, `${field}[${index}].lun`);
  });
}

function validateLun(faults: FaultList, volume: unknown, field: string): void {
  if (isGiven(child(volume, "persistentVolumeClaim")) || !isObject(volume)) return;
  const detail = `needs a persistentVolumeClaim, but volume ${String(child(volume, "name"))} is none; use \`disk\` instead`;
  faults.invalid(field, undefined, detail);
}

/** Each name of a list must be used once. */
export function validateNames(faults: FaultList, list: readonly unknown[], field: string, noun: string): void {
  const first = new Map<unknown, number>();
  list.forEach((item, index) => {
    const name = child(item, "name");
    if (typeof name !== "string" || faults.isUnknown(name)) return;
    const other = first.get(name);
    if (other === undefined) first.set(name, index);
    else
      faults.invalid(
        `${field}[${index}].name`,
        name,
        `is the name of ${field}[${other}] already; each ${noun} needs its own`,
      );
  });
}

function namesOf(volumes: readonly unknown[]): string {
  const names = volumes.map((volume) => child(volume, "name")).filter((name) => typeof name === "string");
  if (names.length === 0) return "none";
  return names.length > 10 ? `${names.slice(0, 10).join(", ")}, …` : names.join(", ");
}
