/**
 * What a domain document says of the machine, without how it says it: the part of the recorded documents that this
 * project means to agree with. Paths, names of sockets, networks and identities are the node's affair and left out.
 */
import { attributeOf, childrenNamed, textOf, type XmlNode } from "../../provider/core/domain-xml/xml-node";

export interface DomainSummary {
  readonly type: string | undefined;
  readonly name: string;
  readonly memoryBytes: number;
  readonly cores: number;
  readonly machine: string | undefined;
  readonly clock: string;
  readonly timers: readonly string[];
  readonly features: readonly string[];
  readonly disks: readonly string[];
  readonly watchdog: readonly string[];
  readonly firmwareUuid: string | undefined;
  readonly uid: string;
  readonly gracePeriodSeconds: number;
}

const bytesPerUnit: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MB: 1_000_000 };

export function summarize(domain: XmlNode): DomainSummary {
  const devices = first(domain, "devices");
  const memory = first(domain, "memory");
  const clock = first(domain, "clock");
  const owner = first(first(domain, "metadata"), "kubevirt");
  const grace = first(owner, "gracePeriodSeconds") ?? first(first(owner, "graceperiod"), "deletionGracePeriodSeconds");
  return {
    type: domain.attributes.find(([name]) => name === "type")?.[1],
    name: text(first(domain, "name")),
    memoryBytes: Number(text(memory)) * (bytesPerUnit[attribute(memory, "unit") ?? ""] ?? 0),
    cores: Number(text(first(domain, "vcpu")) || "1"),
    machine: attribute(first(first(domain, "os"), "type"), "machine"),
    clock: clockText(clock),
    timers: named(clock, "timer").map((timer) => attributesText(timer)),
    features: featureTexts(first(domain, "features")),
    disks: named(devices, "disk").map(diskText),
    watchdog: named(devices, "watchdog").map((watchdog) => attributesText(watchdog)),
    firmwareUuid: firmwareUuid(domain),
    uid: text(first(owner, "uid")),
    gracePeriodSeconds: Number(text(grace)),
  };
}

function clockText(clock: XmlNode | undefined): string {
  if (clock === undefined) return "utc";
  return [attribute(clock, "offset") ?? "utc", attribute(clock, "adjustment"), attribute(clock, "timezone")]
    .filter((part) => part !== undefined)
    .join(" ");
}

function featureTexts(features: XmlNode | undefined): readonly string[] {
  const plain = (features?.children ?? []).filter((one): one is XmlNode => typeof one !== "string");
  return plain.flatMap((one) => {
    const inner = one.children.filter((each): each is XmlNode => typeof each !== "string");
    return one.name === "hyperv"
      ? inner.map((each) => `hyperv ${each.name} ${attributesText(each)}`)
      : [`${one.name} ${attributesText(one)}`];
  });
}

function diskText(disk: XmlNode): string {
  const target = first(disk, "target");
  const backing = attribute(first(first(disk, "backingStore"), "format"), "type");
  const parts = [
    attribute(disk, "device"),
    attribute(disk, "type"),
    attribute(first(disk, "driver"), "type"),
    `on ${attribute(target, "bus")}`,
    attribute(target, "dev"),
    attribute(target, "tray"),
    first(disk, "readonly") === undefined ? undefined : "readonly",
    backing === undefined ? undefined : `over ${backing}`,
    `named ${attribute(first(disk, "alias"), "name")?.replace(/^ua-/, "")}`,
  ];
  return parts.filter((part) => part !== undefined).join(" ");
}

function firmwareUuid(domain: XmlNode): string | undefined {
  const entry = first(first(first(domain, "sysinfo"), "system"), "entry");
  if (entry !== undefined) return text(entry);
  for (const argument of named(first(domain, "qemu:commandline"), "qemu:arg")) {
    const uuid = /^type=1,uuid=(.*)$/.exec(attribute(argument, "value") ?? "")?.[1];
    if (uuid !== undefined) return uuid;
  }
  return undefined;
}

function attributesText(node: XmlNode): string {
  return [...node.attributes]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}

function first(node: XmlNode | undefined, name: string): XmlNode | undefined {
  return named(node, name)[0];
}

function named(node: XmlNode | undefined, name: string): readonly XmlNode[] {
  return node === undefined ? [] : childrenNamed(node, name);
}

function attribute(node: XmlNode | undefined, name: string): string | undefined {
  return node === undefined ? undefined : attributeOf(node, name);
}

function text(node: XmlNode | undefined): string {
  return node === undefined ? "" : textOf(node);
}
