/**
 * The DHCP server of one guest: dnsmasq in the pod's network, that gives the pod's own address to the machine's card and to
 * nobody else. It runs beside the guest, in the pod's cgroup, and outlives the agent.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "../../runtime/error-code";
import { textIfThere } from "../../runtime/text-if-there";
import { writeTextWhole } from "../../runtime/whole-file";
import type { NetNamespace } from "./net-namespace";
import type { PodAddress } from "./pod-address";
import type { Resolver } from "./resolver";

export interface AddressLease {
  readonly address: PodAddress;
  readonly mac: string;
  /** The guest's name; empty for none. */
  readonly hostName: string;
  readonly resolver: Resolver;
}

/** What of a machine's name a guest can be called: its first label. */
export const hostNameOf = (machine: string): string => /^[a-z0-9-]{1,63}/.exec(machine)?.[0].replace(/-+$/, "") ?? "";

/** Address of the server on the bridge: link-local, so that it is nobody else's. */
export const serverAddress = "169.254.75.10";

const netmaskOf = (prefixLength: number): string =>
  [0, 8, 16, 24].map((start) => 256 - 2 ** (8 - Math.min(Math.max(prefixLength - start, 0), 8))).join(".");

const toNumber = (ip: string): number => ip.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);

function isOnLink({ ip, prefixLength, gateway }: PodAddress): boolean {
  const size = 2 ** (32 - prefixLength);
  return gateway !== undefined && Math.floor(toNumber(ip) / size) === Math.floor(toNumber(gateway) / size);
}

/**
 * The routes to hand out: where the gateway is outside the guest's network, it is told that it is on the link. Who knows
 * these routes passes over the gateway (RFC 3442); it is for those who do not.
 */
function routeLines(address: PodAddress): readonly string[] {
  const { gateway } = address;
  if (gateway === undefined) return ["dhcp-option=3"];
  if (isOnLink(address)) return [`dhcp-option=3,${gateway}`];
  const routes = `${gateway}/32,0.0.0.0,0.0.0.0/0,${gateway}`;
  return [`dhcp-option=3,${gateway}`, `dhcp-option=121,${routes}`, `dhcp-option=249,${routes}`];
}

/** dnsmasq's configuration. Every value was checked to be an address, a name or a number before. */
export function addressServerConfiguration(lease: AddressLease, bridge: string, pidFile: string): string {
  const { address, mac, hostName, resolver } = lease;
  const { ip, prefixLength, mtu } = address;
  const lines = [
    "port=0",
    // Of the image: it owns nothing.
    "user=kubevirt",
    `interface=${bridge}`,
    "except-interface=lo",
    "bind-interfaces",
    `dhcp-range=${ip},static,${netmaskOf(prefixLength)},infinite`,
    `dhcp-host=${mac},${ip},infinite`,
    // Not with the host: some names mean something else there, such as `ignore`.
    ...(hostName === "" ? [] : [`dhcp-option=12,${hostName}`]),
    `shared-network=${bridge},${ip}`,
    "dhcp-authoritative",
    // What it has given out it knows from the line above; nothing is written.
    "leasefile-ro",
    ...routeLines(address),
    `dhcp-option=26,${mtu}`,
    ...(resolver.servers.length === 0 ? ["dhcp-option=6"] : [`dhcp-option=6,${resolver.servers.join(",")}`]),
    ...(resolver.search.length === 0 ? [] : [`dhcp-option=119,${resolver.search.join(",")}`]),
    `pid-file=${pidFile}`,
  ];
  return `${lines.join("\n")}\n`;
}

export class AddressServer {
  readonly #configuration: string;
  readonly #pidFile: string;

  /** `folder`: the machine's own. */
  constructor(folder: string) {
    this.#configuration = join(folder, "dhcp.conf");
    this.#pidFile = join(folder, "dhcp.pid");
  }

  /** Starts it where it does not run. Returns its process. */
  async ensure(network: NetNamespace, lease: AddressLease, bridge: string): Promise<number | undefined> {
    const running = await this.process();
    if (running !== undefined) return running;
    await writeTextWhole(this.#configuration, addressServerConfiguration(lease, bridge, this.#pidFile));
    // Returns when it serves; it goes on by itself.
    await network.run("dnsmasq", [`--conf-file=${this.#configuration}`]);
    return this.process();
  }

  /** Undefined when it does not run. */
  async process(): Promise<number | undefined> {
    const pid = Number((await textIfThere(this.#pidFile))?.trim() ?? "");
    if (!Number.isInteger(pid) || pid <= 1) return undefined;
    // Process ids are used again: it is the one that was told this file.
    const words = (await textIfThere(`/proc/${pid}/cmdline`))?.split("\0") ?? [];
    return words.includes(`--conf-file=${this.#configuration}`) ? pid : undefined;
  }

  /** Ends it. One that does not run is an answer. */
  async end(): Promise<void> {
    const pid = await this.process();
    if (pid !== undefined) {
      try {
        process.kill(pid, "SIGTERM");
      } catch (error) {
        if (!hasCode(error, "ESRCH")) throw error;
      }
    }
    await rm(this.#pidFile, { force: true });
  }
}
