/**
 * libvirt's calls about networks. A network has a live side (the running DHCP server) and a stored one (its definition,
 * absent for a transient network). A reservation belongs on both, and libvirt refuses a change of both when only one
 * needs it, so changes are made to each side that is not as wanted.
 */
import { isVirError } from "./errors";
import { type DhcpHost, type DhcpLease, HypervisorError, type NetworkDescription } from "./hypervisor";
import { parseNetworkXml, renderDhcpHost } from "./network-xml";
import { networkUpdate, networkXmlFlag, procedure } from "./procedures";
import type { RpcConnection } from "./rpc-connection";
import type { Session } from "./session";
import { XdrEncoder } from "./xdr";

interface NetworkRef {
  readonly name: string;
  readonly uuid: Buffer;
}

type Side = "live" | "stored";

const slowCallMs = 60_000;
const mostLeases = 65_536;
const ipv4Lease = 0;

function encodeNetwork(network: NetworkRef): XdrEncoder {
  return new XdrEncoder().string(network.name).fixed(network.uuid);
}

async function lookup(connection: RpcConnection, name: string): Promise<NetworkRef> {
  const reply = await connection.call(procedure.networkLookupByName, new XdrEncoder().string(name));
  return { name: reply.string(), uuid: reply.fixed(16) };
}

async function isActive(connection: RpcConnection, network: NetworkRef): Promise<boolean> {
  return (await connection.call(procedure.networkIsActive, encodeNetwork(network))).int() === 1;
}

async function read(connection: RpcConnection, network: NetworkRef, side: Side): Promise<NetworkDescription> {
  const flags = side === "stored" ? networkXmlFlag.inactive : 0;
  const reply = await connection.call(procedure.networkGetXmlDesc, encodeNetwork(network).unsigned(flags));
  return parseNetworkXml(reply.string(), { active: side === "live" });
}

async function sidesOf(connection: RpcConnection, network: NetworkRef): Promise<Side[]> {
  const [active, persistent] = await Promise.all([
    isActive(connection, network),
    connection.call(procedure.networkIsPersistent, encodeNetwork(network)),
  ]);
  return [...(persistent.int() === 1 ? (["stored"] as const) : []), ...(active ? (["live"] as const) : [])];
}

async function update(
  session: Session,
  network: NetworkRef,
  change: { command: number; side: Side; host: Partial<DhcpHost> },
): Promise<void> {
  const section = networkUpdate.section.ipDhcpHost;
  const [first, second] = session.networkUpdateInOrder ? [change.command, section] : [section, change.command];
  const args = encodeNetwork(network)
    .unsigned(first)
    .unsigned(second)
    // The index of the <ip> element: -1 takes the one that serves DHCP.
    .int(-1)
    .string(renderDhcpHost(change.host))
    .unsigned(change.side === "live" ? networkUpdate.flag.affectLive : networkUpdate.flag.affectConfig);
  await session.connection.call(procedure.networkUpdate, args, { timeoutMs: slowCallMs });
}

export async function describeNetwork(
  connection: RpcConnection,
  name: string,
): Promise<NetworkDescription | undefined> {
  try {
    const network = await lookup(connection, name);
    const active = await isActive(connection, network);
    return { ...(await read(connection, network, active ? "live" : "stored")), active };
  } catch (error) {
    if (isVirError(error, "noNetwork")) {
      return undefined;
    }
    throw error;
  }
}

export async function startNetwork(connection: RpcConnection, name: string): Promise<void> {
  const network = await lookup(connection, name);
  try {
    await connection.call(procedure.networkCreate, encodeNetwork(network), { timeoutMs: slowCallMs });
  } catch (error) {
    if (!(error instanceof HypervisorError) || !(await isActive(connection, network))) {
      throw error;
    }
  }
}

function sameHost(one: DhcpHost, other: DhcpHost): boolean {
  return one.mac === other.mac && one.ip === other.ip && one.name === other.name;
}

export async function addDhcpHost(session: Session, networkName: string, wanted: DhcpHost): Promise<void> {
  const { connection } = session;
  const host = { ...wanted, mac: wanted.mac.toLowerCase() };
  const network = await lookup(connection, networkName);
  const present = async (side: Side) =>
    (await read(connection, network, side)).hosts.some((other) => sameHost(other, host));
  const added: Side[] = [];
  for (const side of await sidesOf(connection, network)) {
    if (await present(side)) {
      continue;
    }
    try {
      await update(session, network, { command: networkUpdate.command.addLast, side, host });
      added.push(side);
    } catch (error) {
      if (error instanceof HypervisorError && (await present(side))) {
        continue;
      }
      for (const done of added) {
        await update(session, network, { command: networkUpdate.command.delete, side: done, host });
      }
      throw error;
    }
  }
}

export async function removeDhcpHost(session: Session, networkName: string, mac: string): Promise<void> {
  const { connection } = session;
  const host = { mac: mac.toLowerCase() };
  let network: NetworkRef;
  try {
    network = await lookup(connection, networkName);
  } catch (error) {
    if (isVirError(error, "noNetwork")) {
      return;
    }
    throw error;
  }
  const present = async (side: Side) =>
    (await read(connection, network, side)).hosts.some((other) => other.mac === host.mac);
  for (const side of await sidesOf(connection, network)) {
    if (!(await present(side))) {
      continue;
    }
    try {
      await update(session, network, { command: networkUpdate.command.delete, side, host });
    } catch (error) {
      if (!(error instanceof HypervisorError) || (await present(side))) {
        throw error;
      }
    }
  }
}

export async function dhcpLeases(connection: RpcConnection, networkName: string): Promise<DhcpLease[]> {
  const network = await lookup(connection, networkName);
  if (!(await isActive(connection, network))) {
    return [];
  }
  const args = encodeNetwork(network).optionalString(undefined).int(1).unsigned(0);
  const reply = await connection.call(procedure.networkGetDhcpLeases, args);
  const leases = reply.array(mostLeases, () => {
    reply.string(); // the bridge
    reply.hyper(); // when it expires
    const type = reply.int();
    const mac = reply.optionalString();
    reply.optionalString(); // identity association, IPv6 only
    const ip = reply.string();
    reply.unsigned(); // prefix length
    reply.optionalString(); // host name, the guest's own word
    reply.optionalString(); // client identifier
    return { type, mac, ip };
  });
  return leases.flatMap(({ type, mac, ip }) =>
    type === ipv4Lease && mac !== undefined ? [{ mac: mac.toLowerCase(), ip }] : [],
  );
}
