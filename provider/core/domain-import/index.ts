/**
 * A libvirt domain's document → the VirtualMachine that comes nearest to it, and a list of everything that it loses.
 * Reads documents of anybody, not only those that this project has written: nothing of one is believed to be well formed
 * beyond being XML.
 */
import { apiVersion } from "../../api/v1alpha1/group";
import type { VirtualMachine } from "../../api/v1alpha1/virtual-machine";
import { readOwner } from "../convert/owner";
import { defaultGracePeriodSeconds } from "../defaults";
import { parseXml } from "../domain-xml/parse";
import { attributeOf, childrenNamed, textOf, type XmlNode } from "../domain-xml/xml-node";
import { formatGuestWaits, waitForAnnotation } from "../wait-for";
import { readDevices, readGuestWaits } from "./devices";
import { readDisks } from "./disks";
import { readClock, readFeatures } from "./features";
import { Ledger, type Loss } from "./loss";
import { reasonOf } from "./reasons";

export type { Loss } from "./loss";

export interface DomainImport {
  readonly object: VirtualMachine;
  readonly losses: readonly Loss[];
}

/** The document is no machine that QEMU runs. */
export class DomainImportError extends Error {}

export interface ImportOptions {
  /** Default: the domain's own, made a DNS name. */
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
}

export function importDomain(xml: string, options: ImportOptions = {}): DomainImport {
  const root = parseXml(xml);
  if (root?.name !== "domain") {
    throw new DomainImportError("the text is no <domain> document; give it what virsh dumpxml prints");
  }
  const type = attributeOf(root, "type") ?? "";
  if (type !== "kvm" && type !== "qemu") {
    throw new DomainImportError(
      `/domain/@type: ${JSON.stringify(type)}: only domains that QEMU runs (kvm, qemu) can be machines`,
    );
  }
  const ledger = new Ledger();
  ledger.take(root, "type", "id");
  for (const [name] of root.attributes) if (name.startsWith("xmlns")) ledger.take(root, name);
  const owner = readOwner(root);
  const one = (name: string) => childrenNamed(root, name)[0];

  const name = readName(root, options.name ?? owner?.name, ledger);
  const namespace = options.namespace ?? owner?.namespace;
  const uuid = readFirmwareUuid(root, owner !== undefined, ledger);
  for (const part of ["currentMemory", "vcpus", "resource", "seclabel"]) readRuntime(root, part, ledger);
  const lifecycle = { on_poweroff: "destroy", on_reboot: "restart", on_crash: "destroy" };
  for (const [event, action] of Object.entries(lifecycle)) readAction(one(event), action, ledger);
  const devices = one("devices");
  const { disks, volumes } = readDisks(devices === undefined ? [] : childrenNamed(devices, "disk"), name, ledger);
  const watchdog = devices === undefined ? undefined : readDevices(devices, owner !== undefined, ledger);
  const waits = devices === undefined || owner === undefined ? [] : readGuestWaits(devices, ledger);
  const waitFor = formatGuestWaits(waits);
  const machineType = readOs(one("os"), ledger);
  const cores = readCores(root, ledger);
  const features = readFeatures(one("features"), ledger);
  const clock = readClock(one("clock"), ledger);
  const requests = readMemory(one("memory"), ledger);
  const limits = readLimit(one("cputune"), ledger);
  const grace = readGracePeriod(root, ledger);
  const object: VirtualMachine = {
    apiVersion,
    kind: "VirtualMachine",
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(waitFor === undefined ? {} : { annotations: { [waitForAnnotation]: waitFor } }),
    },
    spec: {
      ...(grace === undefined ? {} : { terminationGracePeriodSeconds: grace }),
      domain: {
        ...(uuid === undefined ? {} : { firmware: { uuid } }),
        ...(machineType === undefined ? {} : { machine: { type: machineType } }),
        ...(cores === undefined ? {} : { cpu: { cores } }),
        resources: { requests, ...(limits === undefined ? {} : { limits }) },
        ...(features === undefined ? {} : { features }),
        ...(clock === undefined ? {} : { clock }),
        ...(disks.length === 0 && watchdog === undefined
          ? {}
          : { devices: { ...(disks.length > 0 && { disks }), ...(watchdog && { watchdog }) } }),
      },
      ...(volumes.length === 0 ? {} : { volumes }),
    },
  };
  const losses = [...ledger.losses(root, reasonOf), ...(owner === undefined ? [] : [memoryLimitLoss])];
  return { object, losses };
}

const memoryLimitLoss: Loss = {
  path: "/domain/memtune",
  value: "",
  why: "a limit of memory is kept by the node and is in no document; set resources.limits.memory again if the machine had one",
};

/** Letters, digits and dashes of the domain's name. */
function readName(root: XmlNode, given: string | undefined, ledger: Ledger): string {
  const node = childrenNamed(root, "name")[0];
  const own = node === undefined ? "" : textOf(node).trim();
  const made = own
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, "-")
    .replace(/-*\.[.-]*/g, ".")
    .slice(0, 63)
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "");
  const name = given ?? (made === "" ? "imported" : made);
  if (node !== undefined) {
    ledger.take(node);
    if (given === undefined && name !== own) {
      ledger.lose(
        node,
        `names of machines are DNS names of at most 63 characters; it is called ${name} (--name chooses another)`,
      );
    }
  }
  return name;
}

const smbiosUuid = /^type=1,uuid=([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$/;

/** What the guest reads from SMBIOS: libvirt shows it the domain's own UUID unless QEMU is told another one. */
function readFirmwareUuid(root: XmlNode, isOwn: boolean, ledger: Ledger): string | undefined {
  const node = childrenNamed(root, "uuid")[0];
  if (node !== undefined) ledger.take(node);
  const own = node === undefined ? undefined : textOf(node).trim();
  let asked: string | undefined;
  for (const line of childrenNamed(root, "qemu:commandline")) {
    ledger.take(line, "xmlns:qemu");
    const args = childrenNamed(line, "qemu:arg");
    for (const [index, arg] of args.entries()) {
      const uuid = smbiosUuid.exec(attributeOf(arg, "value") ?? "")?.[1];
      const before = args[index - 1];
      if (uuid === undefined || before === undefined || attributeOf(before, "value") !== "-smbios") continue;
      asked = uuid;
      ledger.take(arg, "value");
      ledger.take(before, "value");
    }
  }
  return asked ?? (isOwn || own === "" ? undefined : own);
}

/** What libvirt says of a domain that runs, and what the node gives each one. */
function readRuntime(root: XmlNode, name: string, ledger: Ledger): void {
  for (const node of childrenNamed(root, name)) {
    if (name !== "currentMemory") ledger.takeWhole(node);
    else if (bytesOf(node) === bytesOf(childrenNamed(root, "memory")[0])) ledger.take(node, "unit");
    else ledger.lose(node, "the guest has all of its memory from the start");
  }
}

function readAction(node: XmlNode | undefined, usual: string, ledger: Ledger): void {
  if (node === undefined) return;
  if (textOf(node).trim() === usual) ledger.take(node);
  else
    ledger.lose(
      node,
      `machines have ${usual} here; an OfflineVirtualMachine is started again when its guest has ended`,
    );
}

/** The machine type; disks that `<boot>` names are booted from anyhow. */
function readOs(node: XmlNode | undefined, ledger: Ledger): string | undefined {
  if (node === undefined) return undefined;
  const type = childrenNamed(node, "type")[0];
  if (type !== undefined && textOf(type).trim() !== "hvm") {
    throw new DomainImportError(
      `/domain/os/type: ${JSON.stringify(textOf(type))}: only full machines (hvm) can be imported`,
    );
  }
  ledger.take(node);
  const boots = childrenNamed(node, "boot");
  const usual = boots.map((boot) => ["hd", "cdrom"].indexOf(attributeOf(boot, "dev") ?? ""));
  const isUsual = usual.every((rank, index) => rank >= 0 && rank > (usual[index - 1] ?? -1)) && usual[0] !== 1;
  for (const boot of boots) {
    ledger.take(boot, "dev");
    if (!isUsual)
      ledger.lose(boot, "machines boot from their disks in the order in which they are listed, CD-ROMs last", "dev");
  }
  if (type === undefined) return undefined;
  ledger.take(type, "machine");
  if (attributeOf(type, "arch") === "x86_64") ledger.take(type, "arch");
  else ledger.lose(type, "nodes run machines of the architecture x86_64", "arch");
  return attributeOf(type, "machine");
}

/** Undefined where the document says no more than the default. */
function readCores(root: XmlNode, ledger: Ledger): number | undefined {
  const vcpu = childrenNamed(root, "vcpu")[0];
  const count = vcpu === undefined ? 1 : Number(textOf(vcpu).trim());
  if (vcpu !== undefined) {
    if (attributeOf(vcpu, "placement") === "static") ledger.take(vcpu, "placement");
    else ledger.take(vcpu);
  }
  const cpu = childrenNamed(root, "cpu")[0];
  const topology = cpu && childrenNamed(cpu, "topology")[0];
  if (cpu !== undefined) readModel(cpu, attributeOf(root, "type") === "kvm", ledger);
  if (topology !== undefined) {
    const number = (name: string) => Number(attributeOf(topology, name) ?? 1);
    ledger.take(topology, "sockets", "cores", "threads", "dies", "clusters");
    for (const name of ["sockets", "threads", "dies", "clusters"]) {
      if (number(name) !== 1)
        ledger.lose(topology, `the guest gets its ${count} processors as cores of one socket`, name);
    }
  }
  if (!Number.isSafeInteger(count) || count < 1) return undefined;
  return topology === undefined && count === 1 ? undefined : count;
}

function readModel(cpu: XmlNode, isKvm: boolean, ledger: Ledger): void {
  const mode = attributeOf(cpu, "mode");
  const model = childrenNamed(cpu, "model")[0];
  ledger.take(cpu);
  const isOwn = isKvm ? mode === "host-model" : model === undefined || textOf(model).trim() === "qemu64";
  if (!isOwn) return;
  ledger.take(cpu, "mode", "match", "check");
  if (model !== undefined) ledger.takeWhole(model);
}

const units: Readonly<Record<string, bigint>> = {
  b: 1n,
  bytes: 1n,
  KB: 1000n,
  k: 1024n,
  KiB: 1024n,
  MB: 1000n ** 2n,
  M: 1024n ** 2n,
  MiB: 1024n ** 2n,
  GB: 1000n ** 3n,
  G: 1024n ** 3n,
  GiB: 1024n ** 3n,
  TB: 1000n ** 4n,
  T: 1024n ** 4n,
  TiB: 1024n ** 4n,
};

/** libvirt's own unit, where none is said, is the kibibyte. */
function bytesOf(node: XmlNode | undefined): bigint | undefined {
  const text = node === undefined ? "" : textOf(node).trim();
  const unit = units[(node && attributeOf(node, "unit")) ?? "KiB"];
  return /^\d{1,19}$/.test(text) && unit !== undefined ? BigInt(text) * unit : undefined;
}

function readMemory(node: XmlNode | undefined, ledger: Ledger): { readonly memory: string } {
  const bytes = bytesOf(node);
  if (node === undefined || bytes === undefined || bytes === 0n) {
    throw new DomainImportError("/domain/memory: must be a size: a machine has memory");
  }
  ledger.take(node, "unit");
  return { memory: sizeText(bytes) };
}

/** In the largest unit that divides it. */
function sizeText(bytes: bigint): string {
  for (const [unit, size] of [
    ["Gi", 1024n ** 3n],
    ["Mi", 1024n ** 2n],
    ["Ki", 1024n],
  ] as const) {
    if (bytes % size === 0n) return `${bytes / size}${unit}`;
  }
  return String(bytes);
}

function readLimit(node: XmlNode | undefined, ledger: Ledger): { readonly cpu: string } | undefined {
  if (node === undefined) return undefined;
  ledger.take(node);
  const [period, quota] = ["global_period", "global_quota"].map((name) => childrenNamed(node, name)[0]);
  const [periodUs, quotaUs] = [period, quota].map((part) => (part === undefined ? Number.NaN : Number(textOf(part))));
  if (period === undefined || quota === undefined) return undefined;
  if (periodUs === undefined || quotaUs === undefined || !(periodUs > 0 && quotaUs > 0)) return undefined;
  ledger.take(period);
  ledger.take(quota);
  const thousandths = Math.ceil((quotaUs * 1000) / periodUs);
  const cpu = thousandths % 1000 === 0 ? String(thousandths / 1000) : `${thousandths}m`;
  if ((quotaUs * 1000) % periodUs !== 0)
    ledger.lose(quota, `limits are told in thousandths of a processor; it becomes ${cpu}`);
  return { cpu };
}

/** Of this project's own domains. */
function readGracePeriod(root: XmlNode, ledger: Ledger): number | undefined {
  const metadata = childrenNamed(root, "metadata")[0];
  const own = metadata && childrenNamed(metadata, "kubevirt")[0];
  if (metadata === undefined || own === undefined) return undefined;
  const owner = readOwner(root);
  if (owner === undefined) return undefined;
  ledger.take(metadata);
  ledger.takeWhole(own);
  return owner.gracePeriodSeconds === defaultGracePeriodSeconds ? undefined : owner.gracePeriodSeconds;
}
