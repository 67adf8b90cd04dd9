/**
 * The Hypervisor over libvirt's RPC protocol. It owns the session: when the connection ends it reconnects with back-off,
 * registers for events again, and tells its listeners that events may have been lost. A call while there is no session
 * fails at once, with the reason and the remedy.
 *
 *   connected ──connection ends──► down ──a new session──► connected (listeners get undefined)
 *       └────────── close() ────────┴──► closed
 */
import { backoffDelay } from "../runtime/backoff";
import { type Logger, silentLogger } from "../runtime/log";
import type { ConsoleStream } from "./console";
import { Consoles } from "./consoles";
import * as domains from "./domain-calls";
import {
  type ConsoleMode,
  type DhcpHost,
  type DomainEvent,
  type DomainRef,
  type Hypervisor,
  HypervisorError,
  HypervisorUnavailableError,
} from "./hypervisor";
import * as networks from "./network-calls";
import * as node from "./node-calls";
import { openSession, type Session, type SessionOptions } from "./session";

export interface ConnectLibvirtOptions {
  /** Default: libvirt's read-write socket, /var/run/libvirt/libvirt-sock. */
  readonly socketPath?: string;
  /** Default: qemu:///system. */
  readonly uri?: string;
  readonly log?: Logger;
  /** Default: 5 s. */
  readonly connectTimeoutMs?: number;
  /** Default: 30 s; starting, stopping and defining a domain may take longer. */
  readonly callTimeoutMs?: number;
  /** Default: 5 s between pings; three unanswered ones end the connection. */
  readonly keepaliveMs?: number;
  /** Machine type that describeEmulator asks for. Default: q35 on x86, virt elsewhere. */
  readonly machine?: string;
}

export const defaultSocketPath = "/var/run/libvirt/libvirt-sock";
const reconnectBackoff = { initial: 100, max: 2_000 };

type Listener = (event: DomainEvent | undefined) => void;

class LibvirtHypervisor implements Hypervisor {
  readonly #options: Omit<SessionOptions, "onDomainEvent">;
  readonly #consoles: Consoles;
  readonly #machine: string;
  readonly #log: Logger;
  readonly #listeners = new Set<Listener>();
  readonly #closing = new AbortController();
  #session: Session | undefined;
  #down = new HypervisorUnavailableError("libvirt is not connected yet");
  #reconnectTimer: NodeJS.Timeout | undefined;

  constructor(options: ConnectLibvirtOptions) {
    this.#options = {
      socketPath: options.socketPath ?? defaultSocketPath,
      uri: options.uri ?? "qemu:///system",
      connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
      callTimeoutMs: options.callTimeoutMs ?? 30_000,
      keepaliveMs: options.keepaliveMs ?? 5_000,
    };
    this.#consoles = new Consoles(this.#options);
    this.#machine = options.machine ?? (process.arch === "x64" ? "q35" : "virt");
    this.#log = options.log ?? silentLogger;
  }

  async open(): Promise<void> {
    const session = await openSession({ ...this.#options, onDomainEvent: (event) => this.#tell(event) });
    if (this.#closing.signal.aborted) {
      session.connection.close();
      return;
    }
    this.#session = session;
    session.connection.onClose((reason) => this.#lost(reason));
  }

  describeNode() {
    return this.#with(({ connection }) => node.describeNode(connection));
  }

  describeEmulator(domainType: "kvm" | "qemu") {
    return this.#with(({ connection }) => node.describeEmulator(connection, { domainType, machine: this.#machine }));
  }

  machineTypes(arch: string) {
    return this.#with(({ connection }) => node.machineTypes(connection, arch));
  }

  listDomains() {
    return this.#with(({ connection }) => domains.listDomains(connection));
  }

  lookupByUuid(uuid: string) {
    return this.#with(({ connection }) => domains.lookupByUuid(connection, uuid));
  }

  lookupByName(name: string) {
    return this.#with(({ connection }) => domains.lookupByName(connection, name));
  }

  domainXml(domain: DomainRef) {
    return this.#with(({ connection }) => domains.domainXml(connection, domain));
  }

  domainStatus(domain: DomainRef) {
    return this.#with(({ connection }) => domains.domainStatus(connection, domain));
  }

  domainDefinition(domain: DomainRef) {
    return this.#with(({ connection }) => domains.domainDefinition(connection, domain));
  }

  define(xml: string) {
    return this.#with(({ connection }) => domains.define(connection, xml));
  }

  start(domain: DomainRef, options: { readonly paused?: boolean } = {}) {
    return this.#with(({ connection }) => domains.start(connection, domain, options));
  }

  limitMemory(domain: DomainRef, kibibytes: bigint) {
    return this.#with(({ connection }) => domains.limitMemory(connection, domain, kibibytes));
  }

  suspend(domain: DomainRef) {
    return this.#with(({ connection }) => domains.suspend(connection, domain));
  }

  resume(domain: DomainRef) {
    return this.#with(({ connection }) => domains.resume(connection, domain));
  }

  shutdown(domain: DomainRef) {
    return this.#with(({ connection }) => domains.shutdown(connection, domain));
  }

  destroy(domain: DomainRef) {
    return this.#with(({ connection }) => domains.destroy(connection, domain));
  }

  undefine(domain: DomainRef) {
    return this.#with(({ connection }) => domains.undefine(connection, domain));
  }

  async openConsole(domain: DomainRef, mode: ConsoleMode) {
    const stream = await this.#consoles.open(domain, mode);
    // libvirt itself leaves the stream of a guest that is off open.
    const forget = this.onDomainEvent((event) => {
      if (event === undefined || event.uuid === domain.uuid) void this.#endWithGuest(stream, domain);
    });
    stream.once("close", forget);
    return stream;
  }

  describeNetwork(name: string) {
    return this.#with(({ connection }) => networks.describeNetwork(connection, name));
  }

  startNetwork(name: string) {
    return this.#with(({ connection }) => networks.startNetwork(connection, name));
  }

  addDhcpHost(network: string, host: DhcpHost) {
    return this.#with((session) => networks.addDhcpHost(session, network, host));
  }

  removeDhcpHost(network: string, mac: string) {
    return this.#with((session) => networks.removeDhcpHost(session, network, mac));
  }

  dhcpLeases(network: string) {
    return this.#with(({ connection }) => networks.dhcpLeases(connection, network));
  }

  onDomainEvent(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#reconnectTimer);
    this.#listeners.clear();
    this.#down = new HypervisorUnavailableError("the connection to libvirt was closed by this program");
    this.#session?.connection.close();
    this.#session = undefined;
  }

  async #endWithGuest(stream: ConsoleStream, { uuid, id }: DomainRef): Promise<void> {
    try {
      const now = await this.lookupByUuid(uuid);
      if (now?.id !== id) stream.hangUp();
    } catch (error) {
      this.#log.debug({ err: error, uuid }, "libvirt did not say whether the guest of a console runs");
    }
  }

  async #with<T>(call: (session: Session) => Promise<T>): Promise<T> {
    if (this.#session === undefined) {
      // A fresh error for each caller: its stack says who asked.
      throw new HypervisorUnavailableError(this.#down.message, { cause: this.#down });
    }
    return call(this.#session);
  }

  #tell(event: DomainEvent | undefined): void {
    for (const listener of this.#listeners) {
      listener(event);
    }
  }

  #lost(reason: HypervisorUnavailableError): void {
    if (this.#closing.signal.aborted) {
      return;
    }
    this.#session = undefined;
    this.#down = reason;
    this.#log.warn({ err: reason }, "lost the connection to libvirt; reconnecting");
    this.#reconnectAfter(1);
  }

  #reconnectAfter(failures: number): void {
    this.#reconnectTimer = setTimeout(() => void this.#reconnect(failures), backoffDelay(failures, reconnectBackoff));
  }

  async #reconnect(failures: number): Promise<void> {
    try {
      await this.open();
    } catch (error) {
      if (this.#closing.signal.aborted) {
        return;
      }
      this.#down = unavailable(error);
      this.#log.debug({ err: error, failures }, "libvirt is still unreachable");
      this.#reconnectAfter(failures + 1);
      return;
    }
    if (this.#closing.signal.aborted) {
      return;
    }
    this.#log.info({ failures }, "connected to libvirt again");
    this.#tell(undefined);
  }
}

/** While there is no session, libvirt's own refusal to open one is unavailability too. */
function unavailable(error: unknown): HypervisorUnavailableError {
  if (error instanceof HypervisorUnavailableError) {
    return error;
  }
  const detail = error instanceof HypervisorError ? `libvirt refused the connection: ${error.message}` : String(error);
  return new HypervisorUnavailableError(detail, { cause: error });
}

/** Throws HypervisorUnavailableError, with the remedy in its message, when libvirt cannot be reached now. */
export async function connectLibvirt(options: ConnectLibvirtOptions = {}): Promise<Hypervisor> {
  const hypervisor = new LibvirtHypervisor(options);
  try {
    await hypervisor.open();
  } catch (error) {
    await hypervisor.close();
    throw unavailable(error);
  }
  return hypervisor;
}
