import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keepPodAddress, loadPodAddress, readCards, readPodAddress } from "../../../../provider/agent/pods/pod-address";

const inet = (local: string, prefixlen = 24) => ({ family: "inet", local, prefixlen });
const eth0 = { ifname: "eth0", mtu: 1450, addr_info: [inet("10.44.1.7")] };
const via = { dst: "default", gateway: "10.44.1.1", dev: "eth0", flags: [] };

describe("a pod's address", () => {
  it("is that of its card, with its way out and its packets' size", () => {
    const lo = { ifname: "lo", mtu: 65536, addr_info: [inet("127.0.0.1", 8)] };
    expect(readPodAddress([lo, eth0], [via])).toEqual({
      ip: "10.44.1.7",
      prefixLength: 24,
      gateway: "10.44.1.1",
      mtu: 1450,
    });
  });

  it("is there without a way out, and with one that is on no network of its own", () => {
    expect(readPodAddress([eth0], [])).toEqual({ ip: "10.44.1.7", prefixLength: 24, mtu: 1450 });
    const alone = { ...eth0, addr_info: [inet("10.44.1.7", 32)] };
    const link = { dst: "169.254.1.1", dev: "eth0", scope: "link" };
    expect(readPodAddress([alone], [link, { dst: "default", gateway: "169.254.1.1" }])).toEqual({
      ip: "10.44.1.7",
      prefixLength: 32,
      gateway: "169.254.1.1",
      mtu: 1450,
    });
  });

  it("is the first of IPv4", () => {
    const both = [{ family: "inet6", local: "fd00::7", prefixlen: 64 }, inet("10.44.1.7"), inet("10.44.1.8")];
    expect(readPodAddress([{ ...eth0, addr_info: both }], [])?.ip).toBe("10.44.1.7");
  });

  it.each<[string, unknown, unknown]>([
    ["no card", [], [via]],
    ["a card of another name", [{ ...eth0, ifname: "eth1" }], [via]],
    ["no address", [{ ...eth0, addr_info: [] }], [via]],
    ["no address of IPv4", [{ ...eth0, addr_info: [{ family: "inet6", local: "fd00::7", prefixlen: 64 }] }], []],
    ["an address that is none", [{ ...eth0, addr_info: [inet("10.44.1.7,x")] }], []],
    ["an address with a line of its own", [{ ...eth0, addr_info: [inet("10.44.1.7\ndhcp-script=/bin/sh")] }], []],
    ["a network of no size", [{ ...eth0, addr_info: [inet("10.44.1.7", 33)] }], []],
    ["packets of no size", [{ ...eth0, mtu: 68 }], []],
    ["packets of a size that is no number", [{ ...eth0, mtu: "1500" }], []],
    ["a way out that is no address", [eth0], [{ dst: "default", gateway: "10.44.1.1;reboot" }]],
    ["something else altogether", { links: [eth0] }, []],
    ["nothing", undefined, undefined],
  ])("is none of %s", (_what, links, routes) => {
    expect(readPodAddress(links, routes)).toBeUndefined();
  });
});

it("cards are told with the bridge that each is on", () => {
  const cards = readCards([{ ifname: "lo" }, { ifname: "eth0", master: "br0" }, { mtu: 1 }]);
  expect([...cards]).toEqual([
    ["lo", undefined],
    ["eth0", "br0"],
  ]);
  expect(readCards("nonsense").size).toBe(0);
});

describe("what was written down of an address", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "address-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("comes back as it was, and is for nobody else", async () => {
    const file = join(folder, "network.json");
    expect(await loadPodAddress(file)).toBeUndefined();
    const found = { ip: "10.44.1.7", prefixLength: 24, mtu: 1450 };
    await keepPodAddress(file, found);
    expect(await loadPodAddress(file)).toEqual(found);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it.each([
    "",
    "{",
    "{}",
    '{"ip":"x","prefixLength":24,"mtu":1450}',
    '{"ip":"10.0.0.1","prefixLength":24,"mtu":1450,"more":1}',
  ])("is not believed when it says %j", async (text) => {
    const file = join(folder, "network.json");
    writeFileSync(file, text);
    await expect(loadPodAddress(file)).rejects.toThrow();
  });
});
