/** The parts of libvirt's network document that the driver reads and writes: addresses, DHCP ranges, reservations. */
import { XMLParser } from "fast-xml-parser";
import type { DhcpHost, DhcpRange, NetworkDescription } from "./hypervisor";

type Element = Readonly<Record<string, unknown>>;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  parseAttributeValue: false,
  parseTagValue: false,
  isArray: (name) => ["ip", "range", "host"].includes(name),
});

function child(element: Element, name: string): Element {
  const value = element[name];
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function children(element: Element, name: string): Element[] {
  const value = element[name];
  return Array.isArray(value) ? value.filter((item): item is Element => typeof item === "object" && item !== null) : [];
}

function attribute(element: Element, name: string): string | undefined {
  const value = element[`@${name}`];
  return typeof value === "string" ? value : undefined;
}

function prefixLengthOf(ip: Element): number | undefined {
  const prefix = attribute(ip, "prefix");
  if (prefix !== undefined) {
    return Number(prefix);
  }
  const netmask = attribute(ip, "netmask");
  return netmask
    ?.split(".")
    .map((octet) => Number(octet).toString(2).replaceAll("0", "").length)
    .reduce((sum, bits) => sum + bits, 0);
}

function rangesOf(dhcp: Element): DhcpRange[] {
  return children(dhcp, "range").flatMap((range) => {
    const start = attribute(range, "start");
    const end = attribute(range, "end");
    return start !== undefined && end !== undefined ? [{ start, end }] : [];
  });
}

function hostsOf(dhcp: Element): DhcpHost[] {
  return children(dhcp, "host").flatMap((host) => {
    const mac = attribute(host, "mac");
    const ip = attribute(host, "ip");
    const name = attribute(host, "name");
    return mac !== undefined && ip !== undefined
      ? [{ mac: mac.toLowerCase(), ip, ...(name !== undefined && { name }) }]
      : [];
  });
}

/** Reads the IPv4 part: a network may have an address of each family, and DHCP on one of each. */
export function parseNetworkXml(xml: string, state: { active: boolean }): NetworkDescription {
  const document: unknown = parser.parse(xml);
  const network = child(typeof document === "object" && document !== null ? { ...document } : {}, "network");
  const ipv4 = children(network, "ip").filter((ip) => (attribute(ip, "family") ?? "ipv4") === "ipv4");
  const serving = ipv4.find((ip) => ip.dhcp !== undefined) ?? ipv4[0] ?? {};
  const dhcp = child(serving, "dhcp");
  const name = network.name;
  return {
    name: typeof name === "string" ? name : "",
    active: state.active,
    bridge: attribute(child(network, "bridge"), "name"),
    gateway: attribute(serving, "address"),
    prefixLength: prefixLengthOf(serving),
    ranges: rangesOf(dhcp),
    hosts: hostsOf(dhcp),
  };
}

function escapeAttribute(value: string): string {
  return value
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&apos;");
}

/** `<host mac= name= ip=/>`; an attribute that is not given is left out, as a deletion by MAC wants it. */
export function renderDhcpHost(host: Partial<DhcpHost>): string {
  const attributes = (["mac", "name", "ip"] as const).flatMap((key) => {
    const value = host[key];
    return value === undefined ? [] : [` ${key}="${escapeAttribute(value)}"`];
  });
  return `<host${attributes.join("")}/>`;
}
