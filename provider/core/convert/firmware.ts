/**
 * `firmware.uuid` → the UUID that the guest reads from SMBIOS. libvirt's `<sysinfo>` would make it the domain's own
 * identity, so that two machines with the same firmware UUID could not share a node; QEMU's option does not.
 */
import type { Firmware } from "../../api/v1alpha1/firmware";
import type { CommandLine } from "../domain-xml/command-line";

export function convertFirmware(firmware: Firmware | undefined): CommandLine | undefined {
  const uuid = firmware?.uuid;
  if (uuid === undefined || uuid === "") return undefined;
  return { arguments: [{ value: "-smbios" }, { value: `type=1,uuid=${uuid.toLowerCase()}` }] };
}
