/** `devices.disks` and the prepared volumes → `<disk>` elements and the controllers they need. */
import type { Disk } from "../../api/v1alpha1/disks";
import { defaultBus } from "../defaults";
import type { Devices as DevicesElement } from "../domain-xml/devices";
import type { Disk as DiskElement } from "../domain-xml/disk";
import type { FieldError } from "../field-error";
import { type DeviceName, deviceNames, type TargetBus } from "./device-names";
import { faultsOfCapacity, faultsOfDisk, type PlannedDisk } from "./disk-faults";
import type { Section } from "./section";
import type { VolumeSource, VolumeSources } from "./volume-source";

export type DiskSection = Pick<DevicesElement, "disks" | "controllers">;

interface NamedDisk extends PlannedDisk {
  readonly name: string;
  readonly tray?: "open" | "closed" | undefined;
}

/** Units that libvirt puts on one SCSI controller. */
const unitsPerScsiController = 15;

export function convertDisks(
  disks: readonly Disk[],
  volumes: VolumeSources,
  machineType: string,
): Section<DiskSection> {
  const errors: FieldError[] = [];
  const planned: NamedDisk[] = [];
  disks.forEach((disk, index) => {
    const field = `spec.domain.devices.disks[${index}]`;
    const source = Object.hasOwn(volumes, disk.volumeName) ? volumes[disk.volumeName] : undefined;
    if (source === undefined) {
      const detail = "names a volume that the node has not prepared";
      errors.push({ type: "FieldValueNotFound", field: `${field}.volumeName`, badValue: disk.volumeName, detail });
    } else planned.push(plan(disk, field, source, machineType));
  });
  errors.push(...planned.flatMap((disk) => faultsOfDisk(disk, machineType)), ...faultsOfCapacity(planned));

  const names = deviceNames(planned.map(({ bus }) => bus));
  const ranks = bootRanks(planned);
  const elements = planned.flatMap((disk, index) => {
    const name = names[index];
    const rank = ranks[index];
    return name === undefined || rank === undefined ? [] : [element(disk, name, rank)];
  });
  return { value: { disks: elements, controllers: scsiControllers(planned, names) }, errors };
}

function plan(disk: Disk, field: string, source: VolumeSource, machineType: string): NamedDisk {
  const shared = { name: disk.name, field, source };
  const readonly = source.readOnly === true;
  if (disk.lun) {
    return { ...shared, target: "lun", bus: disk.lun.bus ?? "scsi", readonly: readonly || disk.lun.readonly === true };
  }
  if (disk.floppy) {
    const { tray } = disk.floppy;
    return { ...shared, target: "floppy", bus: "fdc", readonly: readonly || disk.floppy.readonly === true, tray };
  }
  const bus: TargetBus = disk.cdrom?.bus ?? disk.disk?.bus ?? defaultBus(machineType);
  if (disk.cdrom) {
    return {
      ...shared,
      target: "cdrom",
      bus,
      readonly: readonly || disk.cdrom.readonly !== false,
      tray: disk.cdrom.tray,
    };
  }
  return { ...shared, target: "disk", bus, readonly: readonly || disk.disk?.readonly === true };
}

/** The order of the disks, with CD-ROMs behind the others: an installed system boots before its seed or its installer. */
function bootRanks(disks: readonly NamedDisk[]): readonly number[] {
  const order = [
    ...disks.filter(({ target }) => target !== "cdrom"),
    ...disks.filter(({ target }) => target === "cdrom"),
  ];
  const ranks = new Map(order.map((disk, index) => [disk, index + 1]));
  return disks.map((disk) => ranks.get(disk) ?? 0);
}

function element(disk: NamedDisk, name: DeviceName, rank: number): DiskElement {
  const { source } = disk;
  const backing = source.backing;
  return {
    type: source.kind,
    device: disk.target,
    driver: { name: "qemu", type: source.format },
    source: source.kind === "file" ? { file: source.path } : { dev: source.path },
    backingStore:
      backing === undefined
        ? { end: false }
        : { type: "file", format: { type: backing.format }, source: { file: backing.path }, end: true },
    target: { dev: name.dev, bus: disk.bus, ...(disk.tray === undefined ? {} : { tray: disk.tray }) },
    readonly: disk.readonly,
    boot: { order: rank },
    alias: { name: `ua-${disk.name}` },
  };
}

/** Without a model, libvirt would choose a controller that few guests can drive. */
function scsiControllers(disks: readonly PlannedDisk[], names: readonly DeviceName[]): DiskSection["controllers"] {
  const indices = disks.flatMap(({ bus }, position) => (bus === "scsi" ? [names[position]?.index ?? 0] : []));
  if (indices.length === 0) return [];
  const count = Math.floor(Math.max(...indices) / unitsPerScsiController) + 1;
  return Array.from({ length: count }, (_, index) => ({ type: "scsi", index, model: "virtio-scsi" }));
}
