/**
 * What a domain document says of the machine, without how it says it: the part of the recorded documents that this
 * project means to agree with. Paths, names of sockets, networks and identities are the node's affair and left out.
 */
import { attributeOf, childrenNamed, textOf, type XmlNode } from "../../../provider/core/domain-xml/xml-node";

/** Part of the machine → what is said of it: `memory`, `timer hpet`, `disk root bus`. */
export type DomainSummary = ReadonlyMap<string, string>;

const bytesPerUnit: Readonly<Record<string, bigint>> = { "": 1024n, B: 1n, KiB: 1024n, MB: 1_000_000n };

export function summarize(domain: XmlNode): DomainSummary {
  const devices = first(domain, "devices");
  const memory = first(domain, "memory");
  const owner = first(first(domain, "metadata"), "kubevirt");
  const grace = first(owner, "gracePeriodSeconds") ?? first(first(owner, "graceperiod"), "deletionGracePeriodSeconds");
  const said: readonly (readonly [string, string | undefined])[] = [
    ["type", attribute(domain, "type")],
    ["name", text(first(domain, "name"))],
    ["memory", `${amountOf(text(memory)) * (bytesPerUnit[attribute(memory, "unit") ?? ""] ?? 0n)} bytes`],
    ["cores", text(first(domain, "vcpu")) ?? "1"],
    ["processor", attribute(first(domain, "cpu"), "mode")],
    ["topology", attributesOf(first(first(domain, "cpu"), "topology"))],
    ["machine type", attribute(first(first(domain, "os"), "type"), "machine")],
    ["owner", text(first(owner, "uid"))],
    ["grace period", text(grace)],
    ["firmware UUID", firmwareUuid(domain)?.toLowerCase()],
    ...clockOf(first(domain, "clock")),
    ...featuresOf(first(domain, "features")),
    ...named(devices, "watchdog").map((one) => ["watchdog", attributesOf(one)] as const),
    ["network card", cardOf(first(devices, "interface"))],
    ["screen", attributesOf(first(first(devices, "video"), "model"))],
    ["graphics", attribute(first(devices, "graphics"), "type")],
    ["serial console", attribute(first(devices, "serial"), "type")],
    ["console", attribute(first(devices, "console"), "type")],
    ["disks", named(devices, "disk").map(aliasOf).join(", ")],
    ...named(devices, "disk").flatMap(diskOf),
  ];
  return new Map(said.filter((entry): entry is readonly [string, string] => entry[1] !== undefined && entry[1] !== ""));
}

function clockOf(clock: XmlNode | undefined): readonly (readonly [string, string | undefined])[] {
  const offset = [attribute(clock, "offset") ?? "utc", attribute(clock, "adjustment"), attribute(clock, "timezone")];
  const timers = named(clock, "timer").map(
    (timer) => [`timer ${attribute(timer, "name")}`, attributesOf(timer)] as const,
  );
  return [["clock", offset.filter((part) => part !== undefined).join(" ")], ...timers];
}

function featuresOf(features: XmlNode | undefined): readonly (readonly [string, string])[] {
  return elements(features).flatMap((feature) => {
    if (feature.name !== "hyperv") return [[`feature ${feature.name}`, attributesOf(feature)] as const];
    return elements(feature).map((inner) => [`feature hyperv ${inner.name}`, attributesOf(inner)] as const);
  });
}

function diskOf(disk: XmlNode): readonly (readonly [string, string | undefined])[] {
  const target = first(disk, "target");
  const about = `disk ${aliasOf(disk)}`;
  return [
    [`${about} device`, attribute(disk, "device")],
    [`${about} type`, attribute(disk, "type")],
    [`${about} format`, attribute(first(disk, "driver"), "type")],
    [`${about} bus`, attribute(target, "bus")],
    [`${about} dev`, attribute(target, "dev")],
    [`${about} tray`, attribute(target, "tray")],
    [`${about} readonly`, first(disk, "readonly") === undefined ? undefined : "yes"],
    [`${about} over`, attribute(first(first(disk, "backingStore"), "format"), "type")],
  ];
}

function aliasOf(disk: XmlNode): string {
  return attribute(first(disk, "alias"), "name")?.replace(/^ua-/, "") ?? "";
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

function cardOf(card: XmlNode | undefined): string | undefined {
  return card && `${attribute(first(card, "model"), "type")} on a ${attribute(card, "type")}`;
}

/** The element's attributes in order of name; a word where there are none, since the element itself says something. */
function attributesOf(node: XmlNode): string;
function attributesOf(node: XmlNode | undefined): string | undefined;
function attributesOf(node: XmlNode | undefined): string | undefined {
  if (node === undefined) return undefined;
  const sorted = [...node.attributes].sort(([left], [right]) => (left < right ? -1 : 1));
  const spelled = sorted
    .filter(([name, value]) => name !== "name" && value !== "")
    .map(([name, value]) => `${name}=${value.replace(/^(?:ua-)?watchdog_/, "").replace(/^ua-/, "")}`);
  const inside = elements(node).map(
    (inner) => `${inner.name}(${attribute(inner, "name")?.replace(/^ua-(watchdog_)?/, "")})`,
  );
  return [...spelled, ...inside].join(" ") || "there";
}

function elements(node: XmlNode | undefined): readonly XmlNode[] {
  return (node?.children ?? []).filter((one): one is XmlNode => typeof one !== "string");
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

function text(node: XmlNode | undefined): string | undefined {
  return node === undefined ? undefined : textOf(node).trim();
}

function amountOf(digits: string | undefined): bigint {
  return /^-?[0-9]+$/.test(digits ?? "") ? BigInt(digits ?? "0") : 0n;
}
