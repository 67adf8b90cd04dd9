/** Why elements that no reader takes are lost, by their names: what a machine of this API has instead, where it has it. */
import type { XmlNode } from "../domain-xml/xml-node";

const noField = "no field of a VirtualMachine says this";

const reasons: Readonly<Record<string, string>> = {
  title: "put it into an annotation, if people need it",
  description: "put it into an annotation, if people need it",
  metadata: "notes of other programs about the domain are not kept",
  maxMemory: "memory cannot be added to a running machine",
  memoryBacking: "how memory is backed is the node's affair: huge pages and shared memory have no field",
  memtune: "use resources.limits.memory for a limit",
  blkiotune: noField,
  numatune: "where memory and processors are on a node has no field",
  cpuset: "where memory and processors are on a node has no field",
  iothreads: noField,
  sysinfo: "of SMBIOS only the system's UUID has a field (firmware.uuid)",
  bootloader: "machines boot from their disks",
  loader: "machines boot with a BIOS; UEFI has no field",
  nvram: "machines boot with a BIOS; UEFI has no field",
  kernel: "machines boot from their disks; no kernel can be given",
  initrd: "machines boot from their disks; no kernel can be given",
  cmdline: "machines boot from their disks; no kernel can be given",
  bootmenu: noField,
  bios: noField,
  smbios: "of SMBIOS only the system's UUID has a field (firmware.uuid)",
  perf: noField,
  pm: "sleep states of the guest have no field",
  interface: "a machine has one network card",
  filesystem: "folders of the node cannot be shared with a guest; use a claim",
  hostdev: "devices of the node cannot be passed on to a guest",
  redirdev: "devices of the viewer cannot be passed on to a guest",
  smartcard: noField,
  channel: "a machine has a guest agent's channel alone, and that where it is waited for (pulumi.com/waitFor)",
  parallel: "a machine has one serial console",
  serial: "a machine has one serial console",
  console: "a machine has one serial console",
  input: "a machine has the keyboard and the mouse of its chipset alone",
  tpm: "a TPM has no field",
  sound: "a machine has no sound",
  audio: "a machine has no sound",
  graphics: "a machine has one screen, over VNC (virtctl vnc)",
  video: "a machine has one VGA card",
  rng: "a random number device has no field",
  panic: noField,
  shmem: noField,
  memory: "memory cannot be added to a running machine",
  iommu: noField,
  vsock: noField,
  nvdimm: noField,
  lease: noField,
  launchSecurity: "encrypted memory has no field",
  memballoon: "a machine's memory cannot be changed while it runs",
  iotune: "limits of a disk's traffic have no field",
  encryption: "encrypted images are refused; decrypt it first (qemu-img convert)",
  mirror: "a copy of the disk is under way; let it end first",
  auth: "name the storage's credentials where the claim is made",
  snapshot: noField,
  backingStore: "a claim is one image without others below it; qemu-img convert makes one of all",
};

export function reasonOf(node: XmlNode, parent: XmlNode | undefined): string {
  if (parent?.name === "cpu" || node.name === "cpu") {
    return "the guest gets the node's processor under KVM, and QEMU's own under emulation; models and flags have no field";
  }
  if (parent?.name === "cputune" || node.name === "cputune") {
    return "use resources.limits.cpu for a limit of processor time; which processors of a node it uses has no field";
  }
  return reasons[node.name] ?? noField;
}
