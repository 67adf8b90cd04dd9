import fc from "fast-check";
import { XMLParser } from "fast-xml-parser";
import { describe, expect, it } from "vitest";
import { parseNetworkXml, renderDhcpHost } from "../../../provider/libvirt/network-xml";

const ipv4 = `<ip address='192.168.122.1' netmask='255.255.252.0'>
  <dhcp>
    <range start='192.168.122.2' end='192.168.122.254'/><range start='192.168.123.2' end='192.168.123.9'/>
    <host mac='52:54:00:AA:00:01' name='web' ip='192.168.122.10'/><host mac='52:54:00:aa:00:02' ip='192.168.122.11'/>
  </dhcp></ip>`;
const ipv6 = `<ip family='ipv6' address='fd00::1' prefix='64'><dhcp><range start='fd00::100' end='fd00::1ff'/><host id='0:1' ip='fd00::2'/></dhcp></ip>`;

describe("parseNetworkXml", () => {
  it("reads gateway, prefix, bridge, ranges and reservations", () => {
    const xml = `<network><name>default</name><bridge name='virbr0' stp='on'/>${ipv4}</network>`;
    expect(parseNetworkXml(xml, { active: true })).toEqual({
      name: "default",
      active: true,
      bridge: "virbr0",
      gateway: "192.168.122.1",
      prefixLength: 22,
      ranges: [
        { start: "192.168.122.2", end: "192.168.122.254" },
        { start: "192.168.123.2", end: "192.168.123.9" },
      ],
      hosts: [
        { mac: "52:54:00:aa:00:01", name: "web", ip: "192.168.122.10" },
        { mac: "52:54:00:aa:00:02", ip: "192.168.122.11" },
      ],
    });
  });

  it("reads the IPv4 side of a network that has both families, whichever comes first", () => {
    const xml = `<network><name>both</name>${ipv6}${ipv4}</network>`;
    expect(parseNetworkXml(xml, { active: false })).toMatchObject({ active: false, gateway: "192.168.122.1" });
    expect(parseNetworkXml(xml, { active: false }).ranges).toHaveLength(2);
  });

  it("reads a network without addresses, such as one on a bridge of the host", () => {
    expect(parseNetworkXml("<network><name>br</name><forward mode='bridge'/></network>", { active: true })).toEqual({
      name: "br",
      active: true,
      bridge: undefined,
      gateway: undefined,
      prefixLength: undefined,
      ranges: [],
      hosts: [],
    });
  });
});

describe("renderDhcpHost", () => {
  it("leaves out what is not given", () => {
    expect(renderDhcpHost({ mac: "52:54:00:aa:00:01" })).toBe('<host mac="52:54:00:aa:00:01"/>');
  });

  it("keeps any name inside its attribute", () => {
    const parser = new XMLParser({
      ignoreAttributes: false,
      attributeNamePrefix: "",
      parseAttributeValue: false,
      trimValues: false,
    });
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("<", ">", "&", "'", '"', "/", "a", ";", "=") }), (name) => {
        expect(parser.parse(renderDhcpHost({ mac: "m", name, ip: "i" }))).toEqual({
          host: { mac: "m", name, ip: "i" },
        });
      }),
    );
  });
});
