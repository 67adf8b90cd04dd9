/**
 * The addresses of this node's machines. An address is assigned before the guest starts, as a reservation of its MAC in
 * libvirt's network, so it is known when the machine runs and is the same after a restart. The reservation in libvirt is
 * the only record: there is nothing here that could disagree with it.
 *
 * Calls of one process are taken one after the other. Another engine on the same network may take an address between
 * the look and the reservation: libvirt refuses ours, and the next free one is tried.
 */
import { type Hypervisor, HypervisorError, type NetworkDescription } from "../../libvirt/hypervisor";
import { type Logger, silentLogger } from "../../runtime/log";
import { chooseAddress } from "./choose-address";

/** No address can be had until somebody changes the network. */
export class AddressError extends Error {
  readonly network: string;
  constructor(message: string, detail: { network: string; cause?: unknown }) {
    super(message, { cause: detail.cause });
    this.name = "AddressError";
    this.network = detail.network;
  }
}

/** Refusals in a row after which something other than another engine must be wrong. */
const mostRefusals = 16;

/** What libvirt takes as the name of a DHCP host: it starts with a letter and has one label. */
const hostName = /^[a-z][a-z0-9-]{0,62}$/;

export class AddressBook {
  readonly #hypervisor: Hypervisor;
  readonly #network: string;
  readonly #log: Logger;
  #last: Promise<unknown> = Promise.resolve();

  constructor(hypervisor: Hypervisor, network: string, log: Logger = silentLogger) {
    this.#hypervisor = hypervisor;
    this.#network = network;
    this.#log = log;
  }

  /** Looks whether an address can be had for this MAC, and reserves none. Throws AddressError when none can be had. */
  async look(card: string): Promise<void> {
    const mac = card.toLowerCase();
    const network = await this.#activeNetwork();
    if (network.hosts.some((host) => host.mac === mac)) return;
    await this.#choose(network, { mac, refused: new Set() });
  }

  /** The address reserved for this MAC, reserved now if there is none. Throws AddressError when none can be had. */
  reserve(card: { mac: string; name: string }): Promise<{ ip: string }> {
    return this.#inTurn(() => this.#reserve({ ...card, mac: card.mac.toLowerCase() }));
  }

  /** None reserved is an answer. */
  release(mac: string): Promise<void> {
    return this.#inTurn(() => this.#hypervisor.removeDhcpHost(this.#network, mac));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #reserve(card: { mac: string; name: string }): Promise<{ ip: string }> {
    const refused = new Set<string>();
    for (;;) {
      const network = await this.#activeNetwork();
      const own = network.hosts.find((host) => host.mac === card.mac);
      if (own !== undefined) {
        return { ip: own.ip };
      }
      const ip = await this.#choose(network, { mac: card.mac, refused });
      const nameIsFree = hostName.test(card.name) && !network.hosts.some((host) => host.name === card.name);
      try {
        await this.#hypervisor.addDhcpHost(this.#network, {
          mac: card.mac,
          ip,
          ...(nameIsFree && { name: card.name }),
        });
        return { ip };
      } catch (error) {
        if (!(error instanceof HypervisorError) || refused.size >= mostRefusals) {
          throw error;
        }
        this.#log.debug({ err: error, ip, mac: card.mac }, "libvirt refused an address that looked free");
        refused.add(ip);
      }
    }
  }

  async #choose(
    network: NetworkDescription,
    { mac, refused }: { mac: string; refused: ReadonlySet<string> },
  ): Promise<string> {
    const leases = await this.#hypervisor.dhcpLeases(this.#network);
    const ip = chooseAddress({ network, leases, mac, refused });
    if (ip !== undefined) return ip;
    throw new AddressError(
      `network "${this.#network}" has no free address: ${describeRanges(network)}, ${network.hosts.length} reserved, ${leases.length} leased; remove machines, wait for leases to expire, or give the network a larger DHCP range (virsh net-edit ${this.#network})`,
      { network: this.#network },
    );
  }

  async #activeNetwork(): Promise<NetworkDescription> {
    const network = await this.#hypervisor.describeNetwork(this.#network);
    if (network === undefined) {
      throw new AddressError(
        `libvirt has no network "${this.#network}": define one, for instance with virsh net-define /usr/share/libvirt/networks/default.xml and virsh net-start default`,
        { network: this.#network },
      );
    }
    if (network.active) {
      return network;
    }
    this.#log.info({ network: this.#network }, "starting the network");
    try {
      await this.#hypervisor.startNetwork(this.#network);
    } catch (error) {
      if (!(error instanceof HypervisorError)) {
        throw error;
      }
      throw new AddressError(
        `network "${this.#network}" is not active and does not start: ${error.message}; it needs dnsmasq and iptables installed and IP forwarding allowed (sysctl -w net.ipv4.ip_forward=1)`,
        { network: this.#network, cause: error },
      );
    }
    return (await this.#hypervisor.describeNetwork(this.#network)) ?? network;
  }
}

function describeRanges(network: NetworkDescription): string {
  return network.ranges.length === 0
    ? "it has no DHCP range"
    : `its DHCP range is ${network.ranges.map(({ start, end }) => `${start} to ${end}`).join(", ")}`;
}
