/** Reads libvirt's answer to "what is this host, and what guests can it have" (virConnectGetCapabilities). */
import { parseXml } from "../core/domain-xml/parse";
import { attributeOf, childrenNamed, textOf, type XmlNode } from "../core/domain-xml/xml-node";

/** The machine types of fully virtualized guests of one architecture, each name once. */
export function parseMachineTypes(xml: string, arch: string): readonly string[] {
  const root = parseXml(xml);
  const guests = root === undefined ? [] : childrenNamed(root, "guest");
  const arches = guests.filter(isHvm).flatMap((guest) => childrenNamed(guest, "arch"));
  const types = arches.filter((one) => attributeOf(one, "name") === arch).flatMap(machinesIn);
  return [...new Set(types)];
}

function isHvm(guest: XmlNode): boolean {
  return childrenNamed(guest, "os_type").some((type) => textOf(type).trim() === "hvm");
}

/** Those of any domain type, and those that one of them has besides. */
function machinesIn(arch: XmlNode): readonly string[] {
  const parts = [arch, ...childrenNamed(arch, "domain")];
  return parts.flatMap((part) => childrenNamed(part, "machine")).map((machine) => textOf(machine).trim());
}
