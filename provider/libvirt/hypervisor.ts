/**
 * What the node agent needs of a hypervisor, with libvirt's verbs and words. The libvirt driver implements it over
 * libvirt's RPC protocol; the fake in test/fakes implements it in memory. Both pass the contract suite in
 * test/integration/hypervisor-contract. It knows domains and networks; it knows no VirtualMachine.
 */
import type { Duplex } from "node:stream";

/** A domain as libvirt names it. `id` is -1 while the domain is inactive. */
export interface DomainRef {
  readonly name: string;
  readonly uuid: string;
  readonly id: number;
}

/** virDomainState. */
export type DomainState =
  | "nostate"
  | "running"
  | "blocked"
  | "paused"
  | "shutdown"
  | "shutoff"
  | "crashed"
  | "pmsuspended";

/** Why a domain is in its state: the words of virDomain*Reason, lower case, such as "destroyed" or "io-error". */
export interface DomainStatus {
  readonly state: DomainState;
  readonly reason: string;
}

/** A reserved address: libvirt's `<host mac= name= ip=/>` under a network's `<dhcp>`. */
export interface DhcpHost {
  readonly mac: string;
  readonly ip: string;
  readonly name?: string;
}

/** An inclusive range of IPv4 addresses that the network's DHCP server hands out. */
export interface DhcpRange {
  readonly start: string;
  readonly end: string;
}

export interface NetworkDescription {
  readonly name: string;
  readonly active: boolean;
  readonly bridge: string | undefined;
  /** The network's own address (the guests' gateway) and prefix length. */
  readonly gateway: string | undefined;
  readonly prefixLength: number | undefined;
  readonly ranges: readonly DhcpRange[];
  readonly hosts: readonly DhcpHost[];
}

/** An address that the network's DHCP server has handed out and that has not expired. */
export interface DhcpLease {
  readonly mac: string;
  readonly ip: string;
}

export interface NodeDescription {
  readonly hostname: string;
  readonly memoryBytes: number;
  readonly cpus: number;
  /** libvirt's library version as "9.0.0". */
  readonly libvirtVersion: string;
}

/** What domain types, machines and devices this node's emulator offers (virConnectGetDomainCapabilities). */
export interface EmulatorDescription {
  readonly emulator: string;
  readonly arch: string;
  readonly domainType: "kvm" | "qemu";
  /** Canonical machine name such as "pc-q35-7.2". */
  readonly machine: string;
  readonly maxCpus: number;
}

/** What to do about somebody who is at a console already. */
export type ConsoleMode = "ifFree" | "takeOver";

/** Something about a domain changed: read its state. Never carries the state itself, since events may be late or lost. */
export interface DomainEvent {
  readonly uuid: string;
  readonly name: string;
  /** `agent`: the guest's agent has opened its channel, or left it. */
  readonly kind: "lifecycle" | "watchdog" | "reboot" | "agent";
}

export interface Hypervisor {
  describeNode(): Promise<NodeDescription>;
  /** Undefined when this emulator cannot run that domain type. */
  describeEmulator(domainType: "kvm" | "qemu"): Promise<EmulatorDescription | undefined>;
  /** The machine types that this node's emulator of an architecture knows, with their short names; none without one. */
  machineTypes(arch: string): Promise<readonly string[]>;

  listDomains(): Promise<readonly DomainRef[]>;
  /** Undefined when there is no such domain. */
  lookupByUuid(uuid: string): Promise<DomainRef | undefined>;
  lookupByName(name: string): Promise<DomainRef | undefined>;
  domainXml(domain: DomainRef): Promise<string>;
  /** As it would be started next, without what libvirt adds to a domain that runs. */
  domainDefinition(domain: DomainRef): Promise<string>;
  domainStatus(domain: DomainRef): Promise<DomainStatus>;

  /** Makes or replaces the persistent definition. Throws HypervisorError when libvirt refuses the document. */
  define(xml: string): Promise<DomainRef>;
  /** Refused when the domain runs already. `paused`: the guest stands still until it is resumed. */
  start(domain: DomainRef, options?: { readonly paused?: boolean }): Promise<DomainRef>;
  /**
   * Bounds the memory of a running domain's processes, QEMU's own included, until it is off; as often as it is asked.
   * Refused when the domain is off, and where the node has no means to enforce it.
   */
  limitMemory(domain: DomainRef, kibibytes: bigint): Promise<void>;
  /** Stops the guest's processors; one that stands still already is an answer. Refused when the domain is off. */
  suspend(domain: DomainRef): Promise<void>;
  /** Lets the guest go on; one that runs already is an answer. Refused when the domain is off. */
  resume(domain: DomainRef): Promise<void>;
  /** Presses the ACPI power button: returns once the signal is sent, not when the guest is off. */
  shutdown(domain: DomainRef): Promise<void>;
  /** Pulls the plug. A domain that is off already, or unknown, is an answer, not an error. */
  destroy(domain: DomainRef): Promise<void>;
  /** Removes the definition with its NVRAM and managed save. An unknown domain is an answer, not an error. */
  undefine(domain: DomainRef): Promise<void>;

  /**
   * The domain's first serial console, which has one user at a time: whose place is taken over finds his stream ended.
   * Throws ConsoleBusyError, and HypervisorError for a domain that is off or has no console. Destroy it to leave.
   */
  openConsole(domain: DomainRef, mode: ConsoleMode): Promise<Duplex>;

  /** Undefined when there is no such network. */
  describeNetwork(name: string): Promise<NetworkDescription | undefined>;
  startNetwork(name: string): Promise<void>;
  /** Adds the reservation to the live and the stored network. The same reservation twice is not an error. */
  addDhcpHost(network: string, host: DhcpHost): Promise<void>;
  /** Removes the reservation of this MAC. None is not an error. */
  removeDhcpHost(network: string, mac: string): Promise<void>;

  /** The unexpired IPv4 leases of an active network; none when the network is not active. */
  dhcpLeases(network: string): Promise<readonly DhcpLease[]>;

  /** Calls `listener` on every event of any domain, and with undefined when events may have been lost (a reconnect). */
  onDomainEvent(listener: (event: DomainEvent | undefined) => void): () => void;
  close(): Promise<void>;
}

/** libvirt's answer to a call it refused. `code` and `domain` are virErrorNumber and virErrorDomain. */
export class HypervisorError extends Error {
  readonly code: number;
  readonly domain: number;
  constructor(message: string, detail: { code: number; domain: number }) {
    super(message);
    this.name = "HypervisorError";
    this.code = detail.code;
    this.domain = detail.domain;
  }
}

/** Somebody else is at the console. */
export class ConsoleBusyError extends Error {
  constructor(domain: string, options?: ErrorOptions) {
    super(`somebody else is at the console of ${domain}`, options);
    this.name = "ConsoleBusyError";
  }
}

/** The hypervisor cannot be reached now: no socket, refused, closed, or no answer in time. Calls may be tried again. */
export class HypervisorUnavailableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "HypervisorUnavailableError";
  }
}
