/**
 * The first words on a connection: authenticate, open the hypervisor's URI, agree on keepalive, register for domain
 * events. What comes back is ready for calls.
 */
import { isVirError } from "./errors";
import { type DomainEvent, HypervisorError, HypervisorUnavailableError } from "./hypervisor";
import { authType, domainEventId, feature, procedure } from "./procedures";
import { RpcConnection, type RpcConnectionOptions } from "./rpc-connection";
import { uuidFromBytes } from "./uuid";
import { type XdrDecoder, XdrEncoder } from "./xdr";

export interface SessionOptions extends RpcConnectionOptions {
  readonly uri: string;
  readonly onDomainEvent: (event: DomainEvent) => void;
}

export interface Session {
  readonly connection: RpcConnection;
  /** False for an old daemon, which takes the section of a network update where the command should be. */
  readonly networkUpdateInOrder: boolean;
}

const eventKinds = new Map<number, DomainEvent["kind"]>([
  [procedure.domainEventLifecycle, "lifecycle"],
  [procedure.domainEventReboot, "reboot"],
  [procedure.domainEventWatchdog, "watchdog"],
  [procedure.domainEventAgent, "agent"],
]);

function decodeEvent(number: number, body: XdrDecoder): DomainEvent | undefined {
  const kind = eventKinds.get(number);
  if (kind === undefined) {
    return undefined;
  }
  // The callback's number: every registration here is for all domains, so it tells nothing more.
  body.int();
  const name = body.string();
  return { name, uuid: uuidFromBytes(body.fixed(16)), kind };
}

async function authenticate(connection: RpcConnection): Promise<void> {
  const offer = await connection.call(procedure.authList);
  const types = offer.array(20, () => offer.int());
  if (types.length === 0 || types.includes(authType.none)) {
    return;
  }
  if (!types.includes(authType.polkit)) {
    throw new HypervisorUnavailableError(
      "libvirt asks for a SASL login on this socket, which is not supported: use the local socket with auth_unix_rw none or polkit in /etc/libvirt/libvirtd.conf",
    );
  }
  try {
    await connection.call(procedure.authPolkit);
  } catch (error) {
    if (isVirError(error, "authFailed", "authCancelled", "authUnavailable")) {
      throw new HypervisorUnavailableError(
        `libvirt's policy refuses this user: add it to the group libvirt (sudo usermod -aG libvirt $USER) and log in again (${error.message})`,
        { cause: error },
      );
    }
    if (error instanceof HypervisorError) {
      throw new HypervisorUnavailableError(
        `libvirt cannot ask polkit whether this user may use it (${error.message}): run as root, or start polkit and the system bus and be in the group libvirt (sudo usermod -aG libvirt $USER)`,
        { cause: error },
      );
    }
    throw error;
  }
}

async function supports(connection: RpcConnection, number: number): Promise<boolean> {
  const answer = await connection.call(procedure.connectSupportsFeature, new XdrEncoder().int(number));
  return answer.int() === 1;
}

async function introduce(connection: RpcConnection, uri: string): Promise<void> {
  await authenticate(connection);
  await connection.call(procedure.connectOpen, new XdrEncoder().optionalString(uri).unsigned(0));
}

async function converse(connection: RpcConnection, options: SessionOptions): Promise<Session> {
  connection.onEvent((number, body) => {
    const event = decodeEvent(number, body);
    if (event !== undefined) {
      options.onDomainEvent(event);
    }
  });
  await introduce(connection, options.uri);
  if (await supports(connection, feature.programKeepalive)) {
    connection.startKeepalive();
  }
  for (const event of Object.values(domainEventId)) {
    await connection.call(procedure.domainEventRegister, new XdrEncoder().int(event).unsigned(0));
  }
  return { connection, networkUpdateInOrder: await supports(connection, feature.networkUpdateHasCorrectOrder) };
}

/** Throws HypervisorUnavailableError with the remedy, or HypervisorError when libvirt refuses the URI. */
export function openSession(options: SessionOptions): Promise<Session> {
  return connect(options, (connection) => converse(connection, options));
}

/** A connection for one stream: no events, and no keepalive, since its reader may pause. Throws as openSession. */
export function openBareConnection(options: RpcConnectionOptions & { readonly uri: string }): Promise<RpcConnection> {
  return connect(options, async (connection) => {
    await introduce(connection, options.uri);
    return connection;
  });
}

async function connect<T>(options: RpcConnectionOptions, begin: (connection: RpcConnection) => Promise<T>): Promise<T> {
  const connection = await RpcConnection.open(options);
  try {
    return await begin(connection);
  } catch (error) {
    connection.close();
    throw error;
  }
}
