/**
 * A guest on its pod's network, with the pod's own address:
 *
 *   pod's network:  eth0 (no address any more) ── br0 ── tap ── guest's card, which is given the pod's address
 *                                                  └── dnsmasq on a link-local address
 *
 * libvirt makes the tap where it runs itself, while the guest stands still; from there it is moved into the pod. So nothing
 * of a guest is ever on a network of the node, and with the pod's network everything goes that belongs to it.
 */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../volumes/files";
import type { RunCommand } from "../volumes/run-command";
import { AddressServer, serverAddress } from "./address-server";
import { type LauncherProcess, PodNotReadyError } from "./launcher";
import { NetNamespace } from "./net-namespace";
import { keepPodAddress, loadPodAddress, type PodAddress, podCard, readCards, readPodAddress } from "./pod-address";
import { parseResolver, type Resolver } from "./resolver";

const bridge = "br0";
const mostResolverBytes = 16 * 1024;

export interface GuestCard {
  readonly mac: string;
  readonly hostName: string;
}

/** The tap's name while it is on the node's network: the node may have many. 15 characters are the most. */
export const tapNameOf = (uid: string): string => `kv${uid.replace(/[^0-9a-f]/g, "").slice(0, 12)}`;

export class PodNetwork {
  readonly #folder: string;
  readonly #run: RunCommand;

  /** `folder`: the machine's own. */
  constructor(folder: string, run: RunCommand) {
    this.#folder = folder;
    this.#run = run;
  }

  get #addressFile(): string {
    return join(this.#folder, "network.json");
  }

  /** Reads the pod's address, or what was written down of it. Changes nothing in the pod. */
  async address(launcher: LauncherProcess): Promise<PodAddress> {
    return (await loadPodAddress(this.#addressFile)) ?? this.#within(launcher, (network) => this.#observe(network));
  }

  /** Makes the bridge and the guest's DHCP server. What an earlier attempt has made stays. */
  async prepare(
    launcher: LauncherProcess,
    card: GuestCard,
  ): Promise<{ address: PodAddress; server: number | undefined }> {
    const address = await this.address(launcher);
    const resolver = await readResolver(launcher.pid);
    return this.#within(launcher, async (network) => {
      await this.#makeBridge(network, address);
      const server = await new AddressServer(this.#folder).ensure(network, { address, resolver, ...card }, bridge);
      return { address, server };
    });
  }

  /** Moves the tap of a domain whose QEMU is `qemu` into the pod and plugs it in. */
  async plugIn(launcher: LauncherProcess, { qemu, tap }: { qemu: number; tap: string }): Promise<void> {
    const { mtu } = await this.address(launcher);
    await this.#within(launcher, async (network) => {
      const cards = readCards(await network.ipList("link", "show"));
      if (!cards.has(tap)) {
        const origin = await NetNamespace.of(qemu, this.#run);
        try {
          await origin.ip("link", "set", "dev", tap, "netns", String(launcher.pid));
        } finally {
          await origin.close();
        }
      }
      await network.ip("link", "set", "dev", tap, "mtu", String(mtu), "master", bridge, "up");
    });
  }

  server(): Promise<number | undefined> {
    return new AddressServer(this.#folder).process();
  }

  /** Ends what runs beside the guest. The rest goes with the pod. */
  release(): Promise<void> {
    return new AddressServer(this.#folder).end();
  }

  async #observe(network: NetNamespace): Promise<PodAddress> {
    const found = readPodAddress(
      await network.ipList("-4", "address", "show"),
      await network.ipList("-4", "route", "show", "default"),
    );
    if (found === undefined) {
      throw new PodNotReadyError(`the launcher pod has no IPv4 address on its card ${podCard}`);
    }
    await makeFolder(this.#folder);
    await keepPodAddress(this.#addressFile, found);
    return found;
  }

  async #makeBridge(network: NetNamespace, { mtu }: PodAddress): Promise<void> {
    const cards = readCards(await network.ipList("link", "show"));
    if (!cards.has(bridge)) {
      const kind = ["type", "bridge", "stp_state", "0", "forward_delay", "0", "mcast_snooping", "0"];
      await network.ip("link", "add", "name", bridge, ...kind);
    }
    await network.ip("link", "set", "dev", bridge, "mtu", String(mtu));
    await network.ip("address", "replace", `${serverAddress}/32`, "dev", bridge);
    await network.ip("link", "set", "dev", bridge, "up");
    // Last: from here on the pod answers only by its guest.
    await network.ip("address", "flush", "dev", podCard, "scope", "global");
    if (cards.get(podCard) !== bridge) await network.ip("link", "set", "dev", podCard, "master", bridge);
    // Many a node's bridge sends frames back to where they came from. The guest must not be taken to be out there, then.
    await network.ip("link", "set", "dev", podCard, "type", "bridge_slave", "learning", "off");
  }

  async #within<T>({ pid }: LauncherProcess, work: (network: NetNamespace) => Promise<T>): Promise<T> {
    const network = await NetNamespace.of(pid, this.#run);
    try {
      return await work(network);
    } finally {
      await network.close();
    }
  }
}

/** The kubelet has written it for the pod. A link in its place is not followed, and of anything else little is read. */
async function readResolver(pid: number): Promise<Resolver> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = await open(`/proc/${pid}/root/etc/resolv.conf`, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile()) return { servers: [], search: [] };
    const { buffer, bytesRead } = await file.read(Buffer.alloc(mostResolverBytes), 0, mostResolverBytes, 0);
    return parseResolver(buffer.subarray(0, bytesRead).toString("utf8"));
  } finally {
    await file.close();
  }
}
