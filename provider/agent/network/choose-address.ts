/**
 * Which address a machine gets: the first free one of the network's DHCP ranges, looking from a place that the MAC
 * decides. A machine that comes back finds its old address free most of the time, and two engines seldom want the same.
 */
import { createHash } from "node:crypto";
import type { DhcpLease, NetworkDescription } from "../../libvirt/hypervisor";

export interface AddressChoice {
  readonly network: Pick<NetworkDescription, "gateway" | "ranges" | "hosts">;
  readonly leases: readonly DhcpLease[];
  readonly mac: string;
  /** Addresses that libvirt refused although they looked free. */
  readonly refused?: ReadonlySet<string>;
}

/** Undefined when the text is not an IPv4 address. */
function toNumber(address: string): number | undefined {
  const octets = address.split(".");
  if (octets.length !== 4 || !octets.every((octet) => /^\d{1,3}$/.test(octet) && Number(octet) < 256)) {
    return undefined;
  }
  return octets.reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

function toText(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

/** Undefined when no address is free. */
export function chooseAddress(choice: AddressChoice): string | undefined {
  const { network, leases, mac, refused } = choice;
  const taken = new Set([
    ...(refused ?? []),
    ...network.hosts.filter((host) => host.mac !== mac).map((host) => host.ip),
    ...leases.filter((lease) => lease.mac !== mac).map((lease) => lease.ip),
    ...(network.gateway === undefined ? [] : [network.gateway]),
  ]);
  const ranges = network.ranges.flatMap(({ start, end }) => {
    const first = toNumber(start);
    const last = toNumber(end);
    return first !== undefined && last !== undefined && first <= last ? [{ first, size: last - first + 1 }] : [];
  });
  const total = ranges.reduce((sum, { size }) => sum + size, 0);
  const begin = total === 0 ? 0 : createHash("sha256").update(mac).digest().readUInt32BE() % total;
  // One more try than addresses are taken finds a free one if there is any.
  for (let step = 0; step < Math.min(total, taken.size + 1); step += 1) {
    let index = (begin + step) % total;
    for (const { first, size } of ranges) {
      if (index < size) {
        const address = toText(first + index);
        if (!taken.has(address)) {
          return address;
        }
        break;
      }
      index -= size;
    }
  }
  return undefined;
}
