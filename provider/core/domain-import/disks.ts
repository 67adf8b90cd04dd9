/**
 * `<disk>` elements → `devices.disks` and `volumes`. A machine has no files of a node: an image becomes a claim that is yet
 * to be made of it, which is the first thing that an import loses.
 */
import type { Disk } from "../../api/v1alpha1/disks";
import type { Volume } from "../../api/v1alpha1/volumes";
import { deviceNames, type TargetBus } from "../convert/device-names";
import { attributeOf, childrenNamed, type XmlNode } from "../domain-xml/xml-node";
import type { Ledger } from "./loss";

export interface ImportedDisks {
  readonly disks: readonly Disk[];
  readonly volumes: readonly Volume[];
}

const buses: readonly TargetBus[] = ["virtio", "sata", "scsi", "usb", "ide", "fdc"];

/** `machine`: the imported machine's name, with which names of claims begin. */
export function readDisks(elements: readonly XmlNode[], machine: string, ledger: Ledger): ImportedDisks {
  const disks: Disk[] = [];
  const volumes: Volume[] = [];
  const kept: { readonly node: XmlNode; readonly bus: TargetBus; readonly isCdrom: boolean }[] = [];
  const names = new Set<string>();
  for (const node of elements) {
    const target = childrenNamed(node, "target")[0];
    const bus = buses.find((known) => known === (target && attributeOf(target, "bus")));
    if (target === undefined || bus === undefined) {
      ledger.lose(node, `its bus is none of ${buses.join(", ")}; attach it to one of these`);
      continue;
    }
    const source = childrenNamed(node, "source")[0];
    if (source === undefined) {
      ledger.lose(node, "an empty drive has no volume; add a volume and a disk for a medium when there is one");
      continue;
    }
    const name = nameOf(node, target, names);
    const device = attributeOf(node, "device") ?? "disk";
    ledger.take(node, "type", "device");
    ledger.take(target, "bus", "dev", "tray");
    takeRuntimeParts(node, ledger);
    const readonly = childrenNamed(node, "readonly").length > 0;
    for (const flag of childrenNamed(node, "readonly")) ledger.take(flag);
    disks.push(diskOf({ name, device, bus, readonly, tray: trayOf(target) }));
    volumes.push(volumeOf({ node, source, name, machine }, ledger));
    kept.push({ node, bus, isCdrom: device === "cdrom" });
  }
  readNames(kept, ledger);
  readBootOrder(kept, ledger);
  return { disks, volumes };
}

const label = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** The name that this project gave it, else the guest's name of the device. */
function nameOf(node: XmlNode, target: XmlNode, names: Set<string>): string {
  const alias = childrenNamed(node, "alias")[0];
  const given = alias === undefined ? undefined : /^ua-(.+)$/.exec(attributeOf(alias, "name") ?? "")?.[1];
  const wanted = [given, attributeOf(target, "dev")].find(
    (name) => name !== undefined && name.length <= 63 && label.test(name),
  );
  const base = wanted ?? `disk${names.size}`;
  let name = base;
  for (let number = 2; names.has(name); number += 1) name = `${base}-${number}`;
  names.add(name);
  return name;
}

/** What libvirt makes by itself at each start, or what only says how the node reads the image. */
function takeRuntimeParts(node: XmlNode, ledger: Ledger): void {
  for (const name of ["alias", "address"]) {
    for (const part of childrenNamed(node, name)) ledger.takeWhole(part);
  }
  for (const part of childrenNamed(node, "driver")) ledger.take(part, "name", "type");
  for (const part of childrenNamed(node, "backingStore")) {
    if (part.children.length === 0 && part.attributes.length === 0) ledger.take(part);
  }
}

/** Closed is the default, and what libvirt leaves out. */
function trayOf(target: XmlNode): "open" | undefined {
  return attributeOf(target, "tray") === "open" ? "open" : undefined;
}

function diskOf(given: {
  readonly name: string;
  readonly device: string;
  readonly bus: TargetBus;
  readonly readonly: boolean;
  readonly tray: "open" | undefined;
}): Disk {
  const { name, device, bus, readonly } = given;
  const tray = given.tray === undefined ? {} : { tray: given.tray };
  const shared = { name, volumeName: name };
  if (device === "floppy" || bus === "fdc") return { ...shared, floppy: { ...(readonly && { readonly }), ...tray } };
  if (device === "cdrom") return { ...shared, cdrom: { bus, ...(!readonly && { readonly }), ...tray } };
  if (device === "lun") return { ...shared, lun: { bus, ...(readonly && { readonly }) } };
  return { ...shared, disk: { bus, ...(readonly && { readonly }) } };
}

interface Sourced {
  readonly node: XmlNode;
  readonly source: XmlNode;
  readonly name: string;
  readonly machine: string;
}

/** Where the node agent of this project keeps disks. */
const ownClaim = /\/claims\/[a-z0-9-]+\/([a-z0-9.-]+)\/disk\.img$/;
const ownMachineFile = /\/machines\/[^/]+\/[^/]+\.(iso|qcow2)$/;

function volumeOf({ node, source, name, machine }: Sourced, ledger: Ledger): Volume {
  const file = attributeOf(source, "file");
  const backing = childrenNamed(node, "backingStore")[0];
  const below = backing && childrenNamed(backing, "source")[0];
  const claimBelow = ownClaim.exec((below && attributeOf(below, "file")) ?? "")?.[1];
  ledger.take(source);
  const own = file === undefined ? undefined : ownMachineFile.exec(file)?.[1];
  if (own === "qcow2" && claimBelow !== undefined && backing !== undefined) {
    ledger.takeWhole(source);
    ledger.takeWhole(backing);
    return { name, ephemeral: { persistentVolumeClaim: { claimName: claimBelow } } };
  }
  const claim = ownClaim.exec(file ?? "")?.[1];
  if (claim !== undefined) {
    ledger.takeWhole(source);
    return { name, persistentVolumeClaim: { claimName: claim } };
  }
  if (own === "iso") {
    const secret = `${machine}.${name}`;
    ledger.lose(
      source,
      `user data is in the image alone; put it into a Secret ${secret} with the key userdata`,
      "file",
    );
    return { name, cloudInitNoCloud: { secretRef: { name: secret } } };
  }
  const claimName = `${machine}-${name}`.toLowerCase();
  const make = `make the claim ${claimName} of it`;
  const how = file === undefined ? make : `${make}: virtctl image import ${file} --name ${claimName}`;
  if (source.attributes.length === 0) ledger.lose(source, `its storage is not one image; ${make}`);
  for (const [attribute] of source.attributes)
    ledger.lose(source, `machines have no disks of a node; ${how}`, attribute);
  return { name, persistentVolumeClaim: { claimName } };
}

/** libvirt's letters follow from the order and the bus. */
function readNames(disks: readonly { readonly node: XmlNode; readonly bus: TargetBus }[], ledger: Ledger): void {
  const names = deviceNames(disks.map(({ bus }) => bus));
  for (const [index, { node }] of disks.entries()) {
    const target = childrenNamed(node, "target")[0];
    const wanted = names[index]?.dev;
    if (target !== undefined && wanted !== undefined && attributeOf(target, "dev") !== wanted) {
      ledger.lose(
        target,
        `names of devices follow from the order of the disks and their bus; it will be ${wanted}`,
        "dev",
      );
    }
  }
}

/** Disks boot in their order, CD-ROMs after the others. */
function readBootOrder(disks: readonly { readonly node: XmlNode; readonly isCdrom: boolean }[], ledger: Ledger): void {
  const ranked = [...disks.filter((disk) => !disk.isCdrom), ...disks.filter((disk) => disk.isCdrom)];
  const asked = ranked.flatMap(({ node }) =>
    childrenNamed(node, "boot").map((boot) => ({ boot, order: Number(attributeOf(boot, "order")) })),
  );
  const inOrder = asked.every(({ order }, index) => index === 0 || order > (asked[index - 1]?.order ?? 0));
  for (const { boot } of asked) {
    ledger.take(boot, "order");
    if (!inOrder) {
      ledger.lose(boot, "machines boot from their disks in the order in which they are listed, CD-ROMs last", "order");
    }
  }
}
