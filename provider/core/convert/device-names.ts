/**
 * Names of disks as libvirt wants them: `vda`, `sdb`, `hdc`. Buses share prefixes (SATA, SCSI and USB are all `sd`),
 * so the letters are counted per prefix, not per bus.
 */
import type { Disk } from "../domain-xml/disk";

export type TargetBus = Disk["target"]["bus"];

const prefixes: Readonly<Record<TargetBus, string>> = {
  virtio: "vd",
  sata: "sd",
  scsi: "sd",
  usb: "sd",
  ide: "hd",
  fdc: "fd",
};

export interface DeviceName {
  readonly dev: string;
  /** Position among the disks of the same prefix, from 0; libvirt derives the controller and unit from it. */
  readonly index: number;
}

/** One name for each bus of the list, in order. */
export function deviceNames(buses: readonly TargetBus[]): readonly DeviceName[] {
  const counts = new Map<string, number>();
  return buses.map((bus) => {
    const prefix = prefixes[bus];
    const index = counts.get(prefix) ?? 0;
    counts.set(prefix, index + 1);
    return { dev: `${prefix}${letters(index)}`, index };
  });
}

/** 0 → a, 25 → z, 26 → aa. */
function letters(index: number): string {
  const rest = Math.floor(index / 26) - 1;
  return `${rest < 0 ? "" : letters(rest)}${String.fromCharCode(97 + (index % 26))}`;
}
