/**
 * The node agent: watches the machines of its node and the events of its hypervisor, and turns both into keys for
 * Machines to reconcile. It also gives the node's signs of life and, at start, removes what machines left behind whose
 * objects were deleted while it was down.
 */
import type { VirtualMachine } from "../api/v1alpha1/virtual-machine";
import { domainName } from "../core/convert";
import { isFinal } from "../core/phases";
import { virtualMachines } from "../core/resources";
import { soundMachine } from "../core/sound-machine";
import type { KubeClient } from "../kube/client";
import { Informer } from "../kube/informer";
import { Recorder } from "../kube/recorder";
import { keyOf } from "../kube/resource";
import { type WorkOutcome, WorkQueue } from "../kube/work-queue";
import type { Hypervisor } from "../libvirt/hypervisor";
import { type Clock, systemClock } from "../runtime/clock";
import type { Logger } from "../runtime/log";
import { DomainIndex } from "./domain-index";
import type { MachineLogs } from "./guests/console-log";
import type { DomainLogs } from "./guests/domain-logs";
import type { TryPort } from "./guests/tcp-port";
import { Machines } from "./machine";
import type { NodeIdentity } from "./node-identity";
import type { JoinedSetting, Setting } from "./setting";
import type { VolumePreparer } from "./volumes";

export interface AgentOptions {
  readonly client: KubeClient;
  readonly hypervisor: Hypervisor;
  readonly node: NodeIdentity;
  readonly volumes: VolumePreparer;
  /** Where guests' serial consoles are written down. Default: nowhere. */
  readonly logs?: MachineLogs;
  /** libvirt's own, where they are this agent's to look after. */
  readonly domainLogs?: DomainLogs;
  /** How a guest's port is tried. Default: tryTcpPort. */
  readonly tryPort?: TryPort;
  readonly setting: Setting;
  readonly log: Logger;
  readonly version: string;
  readonly clock?: Clock;
  /** Told of each piece of work that has ended. */
  readonly observe?: (outcome: WorkOutcome) => void;
}

/** All keys are looked at again this often, in milliseconds, whatever the events said. */
const resyncIntervalMs = 60_000;

export class Agent {
  readonly #o: AgentOptions;
  readonly #clock: Clock;
  readonly #domains: DomainIndex;
  readonly #machines: Machines;
  readonly #recorder: Recorder;
  readonly #informer: Informer<VirtualMachine>;
  readonly #queue: WorkQueue;
  readonly #setting: JoinedSetting;
  readonly #timers: NodeJS.Timeout[] = [];
  #unsubscribe: (() => void) | undefined;

  constructor(options: AgentOptions) {
    const { client, hypervisor, node, log } = options;
    this.#o = options;
    this.#clock = options.clock ?? systemClock;
    this.#domains = new DomainIndex(hypervisor, node.clusterUid);
    this.#recorder = new Recorder({ client, log, component: "virt-handler", host: node.name, clock: this.#clock });
    this.#informer = new Informer<VirtualMachine>({
      client,
      resource: virtualMachines,
      ...(options.setting.machineSelector === undefined ? {} : { labelSelector: options.setting.machineSelector }),
      log,
      onChange: (key) => {
        this.#queue.add(key);
        this.#setting.machinesChanged();
      },
    });
    this.#setting = options.setting.join({
      client,
      hypervisor,
      node,
      recorder: this.#recorder,
      clock: this.#clock,
      log,
      version: options.version,
      machines: () => this.#informer.list(),
      lookAt: (key) => this.#queue.add(key),
      tell: (object, event) => this.#recorder.record({ resource: virtualMachines, object }, event),
    });
    this.#machines = new Machines({
      client,
      hypervisor,
      node,
      domains: this.#domains,
      volumes: options.volumes,
      logs: options.logs,
      domainLogs: options.domainLogs,
      tryPort: options.tryPort,
      places: this.#setting.places,
      recorder: this.#recorder,
      clock: this.#clock,
      log,
      lookup: (key) => {
        const vm = this.#informer.get(key);
        return vm === undefined ? undefined : soundMachine(vm);
      },
      running: () =>
        this.#informer.list().filter(({ status }) => status?.phase === "Running" && status.nodeName === node.name),
      written: (vm) => this.#informer.remember(vm),
      wake: (key) => this.#queue.add(key),
    });
    this.#queue = new WorkQueue({
      reconcile: (key) => this.#machines.reconcile(key),
      log,
      concurrency: 4,
      backoff: { initial: 500, max: 10_000 },
      observe: options.observe,
    });
  }

  /** Resolves when the agent has seen every machine and its node is registered. */
  async start(): Promise<void> {
    const { hypervisor } = this.#o;
    this.#unsubscribe = hypervisor.onDomainEvent((event) => {
      const key = event === undefined ? undefined : this.#domains.keyOfDomain(event.uuid);
      if (event === undefined) this.#enqueueAll();
      if (event === undefined) this.#machines.agentChanged();
      else if (event.kind === "agent") this.#machines.agentChanged(key);
      else if (key !== undefined) this.#queue.nudge(key);
      if (event?.kind === "watchdog" && key !== undefined) this.#machines.watchdogFired(key);
    });
    await this.#domains.refresh();
    await this.#setting.open();
    this.#informer.start();
    await this.#informer.synced();
    await this.#setting.start();
    await this.#sweep();
    await this.#setting.heartbeat();
    this.#every(this.#setting.heartbeatIntervalMs, "the node's heartbeat could not be written", () =>
      this.#setting.heartbeat(),
    );
    this.#every(resyncIntervalMs, "domains could not be listed", async () => {
      await this.#domains.refresh();
      this.#enqueueAll();
    });
    this.#every(resyncIntervalMs, "console logs could not be kept within bounds", async () => this.#o.logs?.bound());
    this.#every(resyncIntervalMs, "libvirt's logs could not be tidied", async () =>
      this.#o.domainLogs?.tidy(() => this.#domainNames()),
    );
  }

  /** Machines of this node that have not ended. */
  get machines(): number {
    const { name } = this.#o.node;
    return this.#informer.list().filter(({ status }) => status?.nodeName === name && !isFinal(status.phase)).length;
  }

  /** Lets running steps end. Guests go on. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#unsubscribe?.();
    await this.#informer.stop();
    await this.#setting.stop();
    await this.#queue.stop();
    await this.#machines.stop();
    await this.#o.volumes.close();
    await this.#recorder.flush();
  }

  async #domainNames(): Promise<ReadonlySet<string>> {
    const domains = await this.#o.hypervisor.listDomains();
    const machines = this.#informer
      .list()
      .map(({ metadata }) => domainName(metadata.namespace ?? "", metadata.name ?? ""));
    return new Set([...domains.map(({ name }) => name), ...machines]);
  }

  #enqueueAll(): void {
    for (const { namespace, name } of this.#domains.owners()) this.#queue.add(`${namespace}/${name}`);
    for (const vm of this.#informer.list()) this.#queue.add(keyOf(vm));
  }

  /** Files of machines that have neither an object nor a domain; domains without an object are ended by their key. */
  async #sweep(): Promise<void> {
    // Listed first: whatever has files here was known before it got them.
    const present = new Set([...(await this.#o.volumes.list()), ...((await this.#o.logs?.list()) ?? [])]);
    const known = new Set([
      ...this.#informer.list().map((vm) => vm.metadata.uid),
      ...this.#domains.owners().map(({ uid }) => uid),
    ]);
    for (const uid of present) {
      if (known.has(uid)) continue;
      this.#o.log.info({ uid }, "removing files of a machine whose object is gone");
      await this.#machines.removeLeftovers(uid).catch((error: unknown) => {
        this.#o.log.warn({ uid, err: error }, "files of a machine whose object is gone could not be removed");
      });
    }
    this.#enqueueAll();
  }

  #every(milliseconds: number, failure: string, work: () => Promise<void>): void {
    let busy = false;
    this.#timers.push(
      setInterval(() => {
        if (busy) return;
        busy = true;
        work()
          .catch((error: unknown) => this.#o.log.warn({ err: error }, failure))
          .finally(() => {
            busy = false;
          });
      }, milliseconds),
    );
  }
}
