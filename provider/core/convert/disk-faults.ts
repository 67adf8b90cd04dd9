/** What no disk of this machine can be, on this machine type, with this volume; each with what would work instead. */
import type { DiskTargetKind } from "../../api/v1alpha1/disks";
import { isQ35 } from "../defaults";
import type { FieldError } from "../field-error";
import type { TargetBus } from "./device-names";
import type { VolumeSource } from "./volume-source";

export interface PlannedDisk {
  /** Path of the disk in the object. */
  readonly field: string;
  readonly target: DiskTargetKind;
  readonly bus: TargetBus;
  readonly readonly: boolean;
  readonly source: VolumeSource;
}

/**
 * How many disks a bus can hold; the others are extended by adding controllers. Each virtio disk is a card of its own,
 * and libvirt finds places for about 230 cards and 130 USB ports, some of which other devices need.
 */
const capacities: Readonly<Partial<Record<TargetBus, number>>> = { ide: 4, fdc: 2, virtio: 220, usb: 120 };

export function faultsOfDisk(disk: PlannedDisk, machineType: string): readonly FieldError[] {
  const { field, target, bus, source } = disk;
  const busField = `${field}.${target}.bus`;
  const faults: FieldError[] = [];
  const refuse = (place: string, badValue: string | undefined, detail: string) => {
    const fault = { type: "FieldValueForbidden", field: place, detail } as const;
    faults.push(badValue === undefined ? fault : { ...fault, badValue });
  };
  if (bus === "ide" && isQ35(machineType)) refuse(busField, bus, `machine type ${machineType} has no IDE; use sata`);
  if (target === "cdrom" && bus === "virtio")
    refuse(busField, bus, "virtio has no CD-ROM drives; use sata, scsi or usb");
  if (target === "lun" && bus !== "scsi")
    refuse(busField, bus, "SCSI commands pass through on the scsi bus only; use scsi");
  if (target === "lun" && source.kind !== "block") {
    refuse(`${field}.lun`, undefined, "needs a volume that is a block device, and this one is a file; use `disk`");
  }
  if (target === "disk" && disk.readonly && (bus === "sata" || bus === "ide")) {
    refuse(busField, bus, `${bus} disks cannot be read-only; use virtio or scsi, or show the volume as a cdrom`);
  }
  return faults;
}

/** Buses that are asked to hold more than they can. */
export function faultsOfCapacity(disks: readonly PlannedDisk[]): readonly FieldError[] {
  const counts = new Map<TargetBus, number>();
  const faults: FieldError[] = [];
  for (const { bus, field, target } of disks) {
    const count = (counts.get(bus) ?? 0) + 1;
    counts.set(bus, count);
    const capacity = capacities[bus];
    if (capacity === undefined || count <= capacity) continue;
    const [place, detail] =
      bus === "fdc"
        ? [`${field}.floppy`, `a machine has at most ${capacity} floppies; leave this one out`]
        : [`${field}.${target}.bus`, `a machine has at most ${capacity} ${bus} disks; use scsi for the others`];
    faults.push({ type: "FieldValueForbidden", field: place, detail });
  }
  return faults;
}
