import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type AddressLease,
  AddressServer,
  addressServerConfiguration,
  hostNameOf,
} from "../../../../provider/agent/pods/address-server";

const usual: AddressLease = {
  address: { ip: "10.44.1.7", prefixLength: 24, gateway: "10.44.1.1", mtu: 1450 },
  mac: "52:54:00:12:34:56",
  hostName: "web",
  resolver: { servers: ["10.96.0.10"], search: ["default.svc.cluster.local", "cluster.local"] },
};
const linesOf = (changes: Partial<AddressLease> = {}) =>
  addressServerConfiguration({ ...usual, ...changes }, "br0", "/machines/1/dhcp.pid").split("\n");
const optionsOf = (changes: Partial<AddressLease>, ...numbers: readonly number[]) =>
  linesOf(changes).filter((line) => numbers.some((number) => new RegExp(`^dhcp-option=${number}(,|$)`).test(line)));

describe("the configuration of a guest's DHCP server", () => {
  it("gives the pod's address to the machine's card and to nobody else", () => {
    expect(linesOf()).toEqual([
      "port=0",
      "user=kubevirt",
      "interface=br0",
      "except-interface=lo",
      "bind-interfaces",
      "dhcp-range=10.44.1.7,static,255.255.255.0,infinite",
      "dhcp-host=52:54:00:12:34:56,10.44.1.7,infinite",
      "dhcp-option=12,web",
      "shared-network=br0,10.44.1.7",
      "dhcp-authoritative",
      "leasefile-ro",
      "dhcp-option=3,10.44.1.1",
      "dhcp-option=26,1450",
      "dhcp-option=6,10.96.0.10",
      "dhcp-option=119,default.svc.cluster.local,cluster.local",
      "pid-file=/machines/1/dhcp.pid",
      "",
    ]);
  });

  it.each([
    [0, "0.0.0.0"],
    [1, "128.0.0.0"],
    [8, "255.0.0.0"],
    [9, "255.128.0.0"],
    [20, "255.255.240.0"],
    [24, "255.255.255.0"],
    [30, "255.255.255.252"],
    [31, "255.255.255.254"],
    [32, "255.255.255.255"],
  ])("has the mask of a network of %i bits", (prefixLength, mask) => {
    const [range] = linesOf({ address: { ...usual.address, prefixLength } }).filter((line) =>
      line.startsWith("dhcp-range"),
    );
    expect(range).toBe(`dhcp-range=10.44.1.7,static,${mask},infinite`);
  });

  it.each<[string, AddressLease["address"], readonly string[]]>([
    ["on the guest's network", usual.address, ["dhcp-option=3,10.44.1.1"]],
    ["at its edge", { ...usual.address, gateway: "10.44.1.255" }, ["dhcp-option=3,10.44.1.255"]],
    [
      "on a network of everybody",
      { ...usual.address, prefixLength: 0, gateway: "192.0.2.1" },
      ["dhcp-option=3,192.0.2.1"],
    ],
    [
      "on none, as with a network for each pod",
      { ip: "10.44.1.7", prefixLength: 32, gateway: "169.254.1.1", mtu: 1450 },
      [
        "dhcp-option=3,169.254.1.1",
        "dhcp-option=121,169.254.1.1/32,0.0.0.0,0.0.0.0/0,169.254.1.1",
        "dhcp-option=249,169.254.1.1/32,0.0.0.0,0.0.0.0/0,169.254.1.1",
      ],
    ],
    [
      "beyond its edge",
      { ...usual.address, gateway: "10.44.2.1" },
      [
        "dhcp-option=3,10.44.2.1",
        "dhcp-option=121,10.44.2.1/32,0.0.0.0,0.0.0.0/0,10.44.2.1",
        "dhcp-option=249,10.44.2.1/32,0.0.0.0,0.0.0.0/0,10.44.2.1",
      ],
    ],
    ["nowhere", { ip: "10.44.1.7", prefixLength: 24, mtu: 1450 }, ["dhcp-option=3"]],
    [
      "of high numbers",
      { ip: "250.0.0.1", prefixLength: 8, gateway: "250.255.255.254", mtu: 1450 },
      ["dhcp-option=3,250.255.255.254"],
    ],
  ])("tells the way out that is %s", (_what, address, lines) => {
    expect(optionsOf({ address }, 3, 121, 249)).toEqual(lines);
  });

  it("tells of no name server where the pod has none: dnsmasq would else tell of itself", () => {
    expect(optionsOf({ resolver: { servers: [], search: [] } }, 6, 119)).toEqual(["dhcp-option=6"]);
  });

  it("names no guest that has no name", () => {
    expect(optionsOf({ hostName: "" }, 12)).toEqual([]);
  });
});

describe("a guest's name", () => {
  it.each([
    ["web", "web"],
    ["web.shop.example", "web"],
    ["0", "0"],
    ["a--b", "a--b"],
    ["m".repeat(63), "m".repeat(63)],
    [`${"m".repeat(62)}-n`, "m".repeat(62)],
    ["", ""],
    [".web", ""],
    ["WEB", ""],
    ["web\ndhcp-script=/bin/sh", "web"],
    ["web,ignore", "web"],
  ])("of the machine %j is %j", (machine, name) => {
    expect(hostNameOf(machine)).toBe(name);
  });

  it("is never more than a name", () => {
    fc.assert(
      fc.property(fc.string(), (machine) => {
        expect(hostNameOf(machine)).toMatch(/^([a-z0-9-]{0,62}[a-z0-9])?$/);
      }),
    );
  });

  // These mean something to dnsmasq where a host is described.
  it.each(["ignore", "infinite", "100", "5m"])("that is %j is nothing but a name", (hostName) => {
    expect(linesOf({ hostName })).toContain("dhcp-host=52:54:00:12:34:56,10.44.1.7,infinite");
    expect(optionsOf({ hostName }, 12)).toEqual([`dhcp-option=12,${hostName}`]);
  });
});

describe("the server that runs", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "dhcp-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const server = () => new AddressServer(folder);
  const writePid = (pid: number | string) => writeFileSync(join(folder, "dhcp.pid"), `${pid}\n`);

  it("is none that was never started, nor one that is long gone", async () => {
    expect(await server().process()).toBeUndefined();
    for (const pid of ["", "x", 0, 1, -1, 2 ** 22 + 1]) {
      writePid(pid);
      expect(await server().process()).toBeUndefined();
    }
    await server().end();
    await server().end();
  });

  it("is no process of another program that has its number by now, and is not ended in its stead", async () => {
    writePid(process.pid);
    expect(await server().process()).toBeUndefined();
    await server().end();
    expect(existsSync(join(folder, "dhcp.pid"))).toBe(false);
  });

  it("is the one that was told this machine's file, and is ended", async () => {
    const file = `--conf-file=${join(folder, "dhcp.conf")}`;
    const child = spawn(process.execPath, ["-e", "console.log(1); setInterval(() => {}, 1000)", "--", file]);
    const ended = new Promise((resolve) => child.once("exit", (_code, signal) => resolve(signal)));
    await new Promise((resolve) => child.stdout.once("data", resolve));
    writePid(child.pid ?? 0);
    expect(await server().process()).toBe(child.pid);
    await server().end();
    expect(await ended).toBe("SIGTERM");
    expect(await server().process()).toBeUndefined();
  });
});
