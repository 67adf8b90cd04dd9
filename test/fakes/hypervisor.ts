/**
 * A hypervisor in memory, with libvirt's manners: the same refusals, the same codes, the same events. A test ends a guest
 * behind the caller's back, makes a call fail, or takes the hypervisor away. It passes the contract suite in
 * test/integration/hypervisor-contract.
 */
import {
  type ConsoleMode,
  type DhcpHost,
  type DhcpLease,
  type DomainEvent,
  type DomainRef,
  type DomainStatus,
  type EmulatorDescription,
  type Hypervisor,
  HypervisorUnavailableError,
  type NetworkDescription,
} from "../../provider/libvirt/hypervisor";
import { FakeConsoles } from "./hypervisor-console";
import { type AgentState, hasAgentChannel, identityOf, withAgentState } from "./hypervisor-domain";
import { fakeNetwork, withDhcpHost } from "./hypervisor-network";
import { refusal } from "./hypervisor-refusal";

export { fakeNetwork };

interface FakeDomain {
  readonly name: string;
  readonly uuid: string;
  xml: string;
  id: number;
  status: DomainStatus;
  persistent: boolean;
  agent: AgentState;
}

export type HypervisorVerb = Exclude<keyof Hypervisor, "onDomainEvent" | "close">;

export interface FakeHypervisorOptions {
  /** What a guest does when its power button is pressed. Default: it takes no notice. */
  readonly onPowerButton?: "ignore" | "powerOff";
  readonly domainTypes?: readonly ("kvm" | "qemu")[];
  readonly networks?: readonly NetworkDescription[];
}

const isRunning = (domain: FakeDomain) => domain.id >= 0;
export class FakeHypervisor implements Hypervisor {
  /** Every call that came, in order. */
  readonly calls: { readonly verb: HypervisorVerb; readonly subject: string }[] = [];
  /** Domain UUID → kibibytes. */
  readonly memoryLimits = new Map<string, bigint>();
  readonly consoles = new FakeConsoles();
  readonly leases = new Map<string, DhcpLease[]>();
  readonly #domains = new Map<string, FakeDomain>();
  readonly #networks = new Map<string, NetworkDescription>();
  readonly #listeners = new Set<(event: DomainEvent | undefined) => void>();
  readonly #failures = new Map<HypervisorVerb, Error[]>();
  /** Domain UUID → what stops its guest whenever it goes on. */
  readonly #obstacles = new Map<string, string>();
  readonly #options: Required<Omit<FakeHypervisorOptions, "networks">>;
  #nextId = 1;
  #away: string | undefined;

  constructor(options: FakeHypervisorOptions = {}) {
    this.#options = {
      onPowerButton: options.onPowerButton ?? "ignore",
      domainTypes: options.domainTypes ?? ["qemu"],
    };
    for (const network of options.networks ?? [fakeNetwork]) {
      this.#networks.set(network.name, network);
    }
  }

  // What a test does to it.

  /** The guest ends by itself: "shutdown" as its own power-off, "crashed" as the death of its QEMU. */
  endGuest(uuid: string, reason: "shutdown" | "crashed" | "destroyed"): void {
    const domain = this.#domains.get(uuid);
    if (domain === undefined || !isRunning(domain)) {
      throw new Error(`no guest ${uuid} runs`);
    }
    this.#stop(domain, reason);
  }

  /** QEMU stops the guest, and does so again after each resume until `clear` is called. */
  stopGuest(uuid: string, reason: "io-error" | "watchdog"): { clear(): void } {
    const domain = this.#domains.get(uuid);
    if (domain === undefined) throw new Error(`no guest ${uuid} runs`);
    this.#obstacles.set(uuid, reason);
    this.#turn(domain, { state: "paused", reason });
    return { clear: () => void this.#obstacles.delete(uuid) };
  }

  /** The guest's watchdog fires, and its action is another start of the guest. */
  fireWatchdog(uuid: string): void {
    const domain = this.#domains.get(uuid);
    if (domain === undefined) throw new Error(`no guest ${uuid} runs`);
    this.#tell({ name: domain.name, uuid, kind: "watchdog" });
  }

  /** The guest's agent opens its channel, or leaves it. */
  turnAgent(uuid: string, state: AgentState): void {
    const domain = this.#domains.get(uuid);
    if (domain === undefined || !isRunning(domain) || !hasAgentChannel(domain.xml)) {
      throw new Error(`no guest ${uuid} with a channel for its agent runs`);
    }
    domain.agent = state;
    const event: DomainEvent = { name: domain.name, uuid, kind: "agent" };
    queueMicrotask(() => this.#tell(event));
  }

  /** The next call of this verb throws; several wait in turn. */
  failNext(verb: HypervisorVerb, error: Error): void {
    this.#failures.set(verb, [...(this.#failures.get(verb) ?? []), error]);
  }

  /** Every call fails from now on; guests run on. */
  goAway(message = "libvirt is away"): void {
    this.#away = message;
  }

  /** Calls work again and listeners hear that events may have been lost. */
  comeBack(): void {
    this.#away = undefined;
    this.#tell(undefined);
  }

  /** Every domain as it is now, also while the hypervisor is away. */
  domains(): readonly DomainRef[] {
    return [...this.#domains.values()].map(refOf);
  }

  // What its users do.

  async describeNode() {
    this.#enter("describeNode", "");
    return { hostname: "fake-node", memoryBytes: 8 * 1024 ** 3, cpus: 4, libvirtVersion: "9.0.0" };
  }

  async describeEmulator(domainType: "kvm" | "qemu"): Promise<EmulatorDescription | undefined> {
    this.#enter("describeEmulator", domainType);
    if (!this.#options.domainTypes.includes(domainType)) {
      return undefined;
    }
    return {
      emulator: "/usr/bin/qemu-system-x86_64",
      arch: "x86_64",
      domainType,
      machine: "pc-q35-7.2",
      maxCpus: 255,
    };
  }

  async machineTypes(arch: string): Promise<readonly string[]> {
    this.#enter("machineTypes", arch);
    return arch === "x86_64" ? ["pc", "pc-i440fx-7.2", "pc-q35-7.2", "q35"] : [];
  }

  async listDomains() {
    this.#enter("listDomains", "");
    return [...this.#domains.values()].map(refOf);
  }

  async lookupByUuid(uuid: string) {
    this.#enter("lookupByUuid", uuid);
    const domain = this.#domains.get(uuid);
    return domain && refOf(domain);
  }

  async lookupByName(name: string) {
    this.#enter("lookupByName", name);
    const domain = this.#named(name);
    return domain && refOf(domain);
  }

  async domainDefinition(domain: DomainRef) {
    return this.#known("domainDefinition", domain).xml;
  }

  async domainXml(ref: DomainRef) {
    const domain = this.#known("domainXml", ref);
    return isRunning(domain) ? withAgentState(domain.xml, domain.agent) : domain.xml;
  }

  async domainStatus(domain: DomainRef) {
    return this.#known("domainStatus", domain).status;
  }

  async define(xml: string): Promise<DomainRef> {
    const { name, uuid } = identityOf(xml);
    this.#enter("define", name);
    const namesake = this.#named(name);
    if (namesake !== undefined && namesake.uuid !== uuid) {
      throw refusal("operationFailed", `domain '${name}' already exists with uuid ${namesake.uuid}`);
    }
    const present = this.#domains.get(uuid);
    if (present !== undefined && present.name !== name) {
      throw refusal("operationFailed", `domain '${present.name}' is already defined with uuid ${uuid}`);
    }
    const domain: FakeDomain = present ?? {
      name,
      uuid,
      xml,
      id: -1,
      status: { state: "shutoff", reason: "unknown" },
      persistent: true,
      agent: "disconnected",
    };
    domain.xml = xml;
    domain.persistent = true;
    this.#domains.set(uuid, domain);
    this.#announce(domain);
    return refOf(domain);
  }

  async start(ref: DomainRef, { paused = false }: { readonly paused?: boolean } = {}): Promise<DomainRef> {
    const domain = this.#known("start", ref);
    if (isRunning(domain)) {
      throw refusal("operationInvalid", "Requested operation is not valid: domain is already running");
    }
    domain.id = this.#nextId;
    this.#nextId += 1;
    domain.status = paused ? { state: "paused", reason: "user" } : { state: "running", reason: "booted" };
    this.#announce(domain);
    return refOf(domain);
  }

  async limitMemory(ref: DomainRef, kibibytes: bigint): Promise<void> {
    this.memoryLimits.set(this.#running("limitMemory", ref).uuid, kibibytes);
  }

  async suspend(ref: DomainRef): Promise<void> {
    const domain = this.#running("suspend", ref);
    if (domain.status.state !== "paused") this.#turn(domain, { state: "paused", reason: "user" });
  }

  async resume(ref: DomainRef): Promise<void> {
    const domain = this.#running("resume", ref);
    if (domain.status.state === "running") return;
    this.#turn(domain, { state: "running", reason: "unpaused" });
    const again = this.#obstacles.get(domain.uuid);
    if (again !== undefined) queueMicrotask(() => this.#turn(domain, { state: "paused", reason: again }));
  }

  async shutdown(ref: DomainRef): Promise<void> {
    const domain = this.#running("shutdown", ref);
    if (this.#options.onPowerButton === "powerOff") {
      queueMicrotask(() => {
        // A guest that stands still does not feel the button.
        if (isRunning(domain) && domain.status.state === "running") {
          this.#stop(domain, "shutdown");
        }
      });
    }
  }

  async destroy(ref: DomainRef): Promise<void> {
    this.#enter("destroy", ref.name);
    const domain = this.#domains.get(ref.uuid);
    if (domain !== undefined && isRunning(domain)) {
      this.#stop(domain, "destroyed");
    }
  }

  async undefine(ref: DomainRef): Promise<void> {
    this.#enter("undefine", ref.name);
    const domain = this.#domains.get(ref.uuid);
    if (domain === undefined) {
      return;
    }
    domain.persistent = false;
    if (!isRunning(domain)) {
      this.#domains.delete(ref.uuid);
    }
    this.#announce(domain);
  }

  async openConsole(ref: DomainRef, mode: ConsoleMode) {
    return this.consoles.open(this.#running("openConsole", ref), mode);
  }

  async describeNetwork(name: string) {
    this.#enter("describeNetwork", name);
    return this.#networks.get(name);
  }

  async startNetwork(name: string): Promise<void> {
    const network = this.#knownNetwork("startNetwork", name);
    this.#networks.set(name, { ...network, active: true });
  }

  async addDhcpHost(name: string, host: DhcpHost): Promise<void> {
    const network = this.#knownNetwork("addDhcpHost", name);
    this.#networks.set(name, withDhcpHost(network, { ...host, mac: host.mac.toLowerCase() }));
  }

  async removeDhcpHost(name: string, mac: string): Promise<void> {
    this.#enter("removeDhcpHost", `${name} ${mac}`);
    const network = this.#networks.get(name);
    if (network !== undefined) {
      const hosts = network.hosts.filter((host) => host.mac !== mac.toLowerCase());
      this.#networks.set(name, { ...network, hosts });
    }
  }

  async dhcpLeases(name: string) {
    const network = this.#knownNetwork("dhcpLeases", name);
    return network.active ? (this.leases.get(name) ?? []) : [];
  }

  onDomainEvent(listener: (event: DomainEvent | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    this.#away = "the connection was closed by this program";
  }

  #enter(verb: HypervisorVerb, subject: string): void {
    this.calls.push({ verb, subject });
    if (this.#away !== undefined) {
      throw new HypervisorUnavailableError(this.#away);
    }
    const failure = this.#failures.get(verb)?.shift();
    if (failure !== undefined) {
      throw failure;
    }
  }

  #known(verb: HypervisorVerb, ref: DomainRef): FakeDomain {
    this.#enter(verb, ref.name);
    const domain = this.#domains.get(ref.uuid);
    if (domain === undefined) {
      throw refusal("noDomain", `Domain not found: no domain with matching uuid '${ref.uuid}' (${ref.name})`);
    }
    return domain;
  }

  #running(verb: HypervisorVerb, ref: DomainRef): FakeDomain {
    const domain = this.#known(verb, ref);
    if (!isRunning(domain)) {
      throw refusal("operationInvalid", "Requested operation is not valid: domain is not running");
    }
    return domain;
  }

  #turn(domain: FakeDomain, status: DomainStatus): void {
    domain.status = status;
    this.#announce(domain);
  }

  #knownNetwork(verb: HypervisorVerb, name: string): NetworkDescription {
    this.#enter(verb, name);
    const network = this.#networks.get(name);
    if (network === undefined) {
      throw refusal("noNetwork", `Network not found: no network with matching name '${name}'`, "network");
    }
    return network;
  }

  #named(name: string): FakeDomain | undefined {
    for (const domain of this.#domains.values()) if (domain.name === name) return domain;
    return undefined;
  }

  #stop(domain: FakeDomain, reason: "shutdown" | "crashed" | "destroyed"): void {
    domain.id = -1;
    domain.agent = "disconnected";
    domain.status = { state: "shutoff", reason };
    this.consoles.end(domain.uuid);
    if (!domain.persistent) {
      this.#domains.delete(domain.uuid);
    }
    this.#announce(domain);
  }

  /** As over a socket: never inside the call that caused it. */
  #announce(domain: FakeDomain): void {
    const event: DomainEvent = { name: domain.name, uuid: domain.uuid, kind: "lifecycle" };
    queueMicrotask(() => this.#tell(event));
  }

  #tell(event: DomainEvent | undefined): void {
    for (const listener of this.#listeners) {
      listener(event);
    }
  }
}

function refOf({ name, uuid, id }: FakeDomain): DomainRef {
  return { name, uuid, id };
}
