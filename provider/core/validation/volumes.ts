/** Checks `spec.volumes`: names, and exactly one source each. */
import { parseQuantity, type Quantity } from "../../api/quantity";
import { mostVolumes, type VolumeSourceKind, volumeSources } from "../../api/v1alpha1/volumes";
import { child, isGiven, isObject } from "../json-tree";
import { validateCloudInit } from "./cloud-init";
import { validateNames } from "./disks";
import type { FaultList } from "./faults";

export function validateVolumes(faults: FaultList, volumes: unknown, field: string): void {
  if (!Array.isArray(volumes) || volumes.length > mostVolumes) return;
  validateNames(faults, volumes, field, "volume");
  volumes.forEach((volume, index) => {
    if (isObject(volume)) validateVolume(faults, volume, `${field}[${index}]`);
  });
}

function validateVolume(faults: FaultList, volume: unknown, field: string): void {
  const sources = sourcesOf(volume);
  if (sources.length !== 1) validateSources(faults, volume, sources, field);
  validateCloudInit(faults, child(volume, "cloudInitNoCloud"), `${field}.cloudInitNoCloud`);
  validateCapacity(faults, child(child(volume, "emptyDisk"), "capacity"), `${field}.emptyDisk.capacity`);
  const ephemeral = child(volume, "ephemeral");
  if (isGiven(ephemeral) && !faults.isUnknown(ephemeral) && !isGiven(child(ephemeral, "persistentVolumeClaim"))) {
    faults.required(`${field}.ephemeral.persistentVolumeClaim`, "must be given: the claim below the overlay");
  }
}

function validateSources(
  faults: FaultList,
  volume: unknown,
  sources: readonly VolumeSourceKind[],
  field: string,
): void {
  const known = sources.filter((source) => faults.isKnown(child(volume, source)));
  if (sources.length > 0 && known.length <= 1) return;
  const found = sources.length === 0 ? "has none" : `has ${known.join(" and ")}`;
  faults.invalid(field, undefined, `must have exactly one source (${volumeSources.join(", ")}), but ${found}`);
}

/** The kinds of source that a volume gives. */
export function sourcesOf(volume: unknown): readonly VolumeSourceKind[] {
  return volumeSources.filter((source) => isGiven(child(volume, source)));
}

function validateCapacity(faults: FaultList, capacity: unknown, field: string): void {
  if (!isQuantity(capacity)) return;
  const exact = parseQuantity(capacity);
  if (exact !== undefined && exact.nanos <= 0n) faults.invalid(field, capacity, 'must be more than 0, such as "2Gi"');
}

function isQuantity(value: unknown): value is Quantity {
  return typeof value === "string" || typeof value === "number";
}
