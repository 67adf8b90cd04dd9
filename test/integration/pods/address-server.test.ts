/** A guest's DHCP server on a real network: dnsmasq takes every configuration, and a client gets what it is to have. */
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type AddressLease,
  addressServerConfiguration,
  serverAddress,
} from "../../../provider/agent/pods/address-server";
import { parseResolver } from "../../../provider/agent/pods/resolver";

const root = process.getuid?.() === 0;
const run = promisify(execFile);

const usual: AddressLease = {
  address: { ip: "10.44.1.7", prefixLength: 24, gateway: "10.44.1.1", mtu: 1450 },
  mac: "52:54:00:12:34:56",
  hostName: "web",
  resolver: { servers: ["10.96.0.10"], search: ["default.svc.cluster.local", "svc.cluster.local"] },
};

/** Options that a client has to ask for by name. */
const asked = ["hostname", "router", "search", "staticroutes", "msstaticroutes", "mtu", "dns"].flatMap((name) => [
  "-O",
  name,
]);
const told = `#!/bin/sh
[ "$1" != bound ] || env
`;

/** Networks of one's own need root. */
describe.runIf(root)("a guest's DHCP server", () => {
  let folder: string;
  let pod: ChildProcess;
  let guest: ChildProcess;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "dhcp-"));
    const network = () =>
      spawn("unshare", ["--net", "sh", "-c", "echo ready; exec sleep 600"], { stdio: ["ignore", "pipe", "inherit"] });
    [pod, guest] = [network(), network()];
    for (const { stdout } of [pod, guest]) await new Promise((resolve) => stdout?.once("data", resolve));
    await ip(pod, "link", "add", "br0", "type", "bridge");
    await ip(pod, "address", "add", `${serverAddress}/32`, "dev", "br0");
    await ip(pod, "link", "add", "tap", "type", "veth", "peer", "name", "eth0", "netns", String(guest.pid));
    for (const card of ["br0", "tap"]) await ip(pod, "link", "set", card, "up");
    await ip(pod, "link", "set", "tap", "master", "br0");
  });
  afterEach(() => {
    for (const process of [pod, guest]) process.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });

  const within = ({ pid }: ChildProcess, ...command: readonly string[]) =>
    run("nsenter", [`--target=${pid}`, "--net", "--", ...command], { timeout: 30_000 });
  const ip = (where: ChildProcess, ...args: readonly string[]) => within(where, "ip", ...args);

  /** What a client with this card is given; undefined when it gets no answer. */
  async function ask(
    changes: Partial<AddressLease> = {},
    mac = usual.mac,
  ): Promise<Record<string, string> | undefined> {
    const pidFile = join(folder, "pid");
    const text = addressServerConfiguration({ ...usual, ...changes }, "br0", pidFile);
    // The user is the image's.
    writeFileSync(join(folder, "conf"), text.replace("user=kubevirt", "user=root"));
    await within(pod, "dnsmasq", `--conf-file=${join(folder, "conf")}`);
    try {
      await ip(guest, "link", "set", "eth0", "address", mac, "up");
      writeFileSync(join(folder, "told"), told, { mode: 0o755 });
      const client = ["busybox", "udhcpc", "-i", "eth0", "-f", "-q", "-n", "-t", "4", "-T", "1", ...asked];
      const { stdout } = await within(guest, ...client, "-s", join(folder, "told"));
      return Object.fromEntries(
        stdout.split("\n").map((line) => [line.split("=")[0], line.split("=").slice(1).join("=")]),
      );
    } catch (error) {
      if (/no lease, failing/.test(String(Reflect.get(error as object, "stderr")))) return undefined;
      throw error;
    } finally {
      execFileSync("pkill", ["--pidfile", pidFile]);
    }
  }

  it("gives the pod's address to the machine's card, with all that goes with it", async () => {
    expect(await ask()).toMatchObject({
      ip: "10.44.1.7",
      subnet: "255.255.255.0",
      router: "10.44.1.1",
      dns: "10.96.0.10",
      search: "default.svc.cluster.local svc.cluster.local",
      hostname: "web",
      mtu: "1450",
      lease: "4294967295",
    });
  });

  it("gives nothing to another card", async () => {
    expect(await ask({}, "52:54:00:12:34:57")).toBeUndefined();
  });

  it.each(["ignore", "infinite", "100", "5m", "0x12", "m".repeat(63)])(
    "serves the machine called %s",
    async (hostName) => {
      expect(await ask({ hostName })).toMatchObject({ ip: "10.44.1.7", hostname: hostName });
    },
  );

  it("serves one without a name, without name servers and without a way out, and does not make up any", async () => {
    const answer = await ask({
      hostName: "",
      address: { ip: "10.44.1.7", prefixLength: 24, mtu: 576 },
      resolver: { servers: [], search: [] },
    });
    expect(answer).toMatchObject({ ip: "10.44.1.7", mtu: "576" });
    for (const name of ["hostname", "router", "dns", "search", "staticroutes"]) expect(answer).not.toHaveProperty(name);
  });

  it("tells a guest that is alone on its network where the way out is", async () => {
    const address = { ip: "10.44.1.7", prefixLength: 32, gateway: "169.254.1.1", mtu: 1450 };
    const routes = "169.254.1.1/32 0.0.0.0 0.0.0.0/0 169.254.1.1";
    expect(await ask({ address })).toMatchObject({
      ip: "10.44.1.7",
      subnet: "255.255.255.255",
      router: "169.254.1.1",
      staticroutes: routes,
      msstaticroutes: routes,
    });
  });

  it("starts whatever a resolv.conf says", async () => {
    const text = [
      `search ${"a".repeat(64)}.example ${["b", "c", "d", "e", "f", "g"].map((letter) => `${letter.repeat(63)}.example`).join(" ")}`,
      "search a,b.example x.example.",
      "nameserver 10.0.0.1,10.0.0.2",
      ...Array.from({ length: 40 }, (_, index) => `nameserver 10.0.0.${index}`),
    ].join("\n");
    const answer = await ask({ resolver: parseResolver(text) });
    expect(answer).toMatchObject({ ip: "10.44.1.7", dns: "10.0.0.0 10.0.0.1 10.0.0.2" });
    expect(answer?.search?.split(" ")).toEqual(["b", "c", "d"].map((letter) => `${letter.repeat(63)}.example`));
  });
});
