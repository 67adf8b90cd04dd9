/** Disks: how a volume is shown to the guest. A disk has a name, names a volume, and has at most one kind of target. */
import { z } from "zod";
import type { DeepReadonly } from "../deep-readonly";
import { withHints } from "../kubernetes-hints";
import { dnsLabelPattern, dnsLabelRemedy } from "../names";

export const DiskBus = z.enum(["virtio", "sata", "scsi", "usb", "ide"]).describe("Bus that connects a disk.");
export type DiskBus = z.infer<typeof DiskBus>;

export const TrayState = z.enum(["open", "closed"]).describe("How a drive's tray is at the start.");
export const mostDisks = 256;

const bus = DiskBus.optional().describe("Bus that connects it. Default: `sata` on q35 machines, `ide` on others.");
const tray = TrayState.optional().describe("Whether the drive's tray starts open or closed. Default: `closed`.");
const readonlyDisk = z.boolean().optional().describe("Whether the guest is kept from writing. Default: false.");

export const DiskTarget = z.strictObject({ bus, readonly: readonlyDisk });

export const LunTarget = z.strictObject({
  bus: DiskBus.optional().describe(
    "Bus that connects it. Default: `scsi`, the one on which SCSI commands pass through.",
  ),
  readonly: readonlyDisk,
});

export const FloppyTarget = z.strictObject({ readonly: readonlyDisk, tray });

export const CdromTarget = z.strictObject({
  bus,
  readonly: z.boolean().optional().describe("Whether the guest is kept from writing. Default: true."),
  tray,
});

export const Disk = withHints(
  z.strictObject({
    name: z
      .string()
      .min(1)
      .max(63)
      .regex(dnsLabelPattern, dnsLabelRemedy)
      .describe("Name of the disk, unique in the machine: a DNS label."),
    volumeName: z
      .string()
      .max(63)
      .describe("Name of the volume in `spec.volumes` that the disk shows; no two disks share one."),
    disk: DiskTarget.optional().describe("Show the volume as a disk. Default: this, when no target is given."),
    lun: LunTarget.optional().describe(
      "Pass SCSI commands through to the volume, a claim that is a block device. Default: not this target.",
    ),
    floppy: FloppyTarget.optional().describe("Show the volume as a floppy. Default: not this target."),
    cdrom: CdromTarget.optional().describe("Show the volume as a CD-ROM. Default: not this target."),
  }),
  {
    rules: [
      {
        rule: "[has(self.disk), has(self.lun), has(self.floppy), has(self.cdrom)].filter(given, given).size() <= 1",
        message: "a disk must have one kind of target at most: disk, lun, floppy or cdrom",
      },
    ],
  },
);
export type Disk = DeepReadonly<z.infer<typeof Disk>>;

export const diskTargets = ["disk", "lun", "floppy", "cdrom"] as const;
export type DiskTargetKind = (typeof diskTargets)[number];
