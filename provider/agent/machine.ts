/**
 * The single owner of one machine on this node: reads the object and the domain, asks planMachine for the next step, and
 * has it taken by the part whose it is: MachineStarter, MachinePauser, MachineEnder, MachineReporter. It keeps nothing that libvirt and
 * the API do not have too, so it may die at any line: the next pass reads again and goes on.
 */
import type { VirtualMachine } from "../api/v1alpha1/virtual-machine";
import { domainName } from "../core/convert";
import { planMachine } from "../core/plan/machine";
import { shouldPause } from "../core/plan/pause";
import type { KubeClient } from "../kube/client";
import type { Recorder } from "../kube/recorder";
import { keyOf } from "../kube/resource";
import type { Result } from "../kube/work-queue";
import { type DomainRef, type DomainStatus, type Hypervisor, HypervisorUnavailableError } from "../libvirt/hypervisor";
import type { Clock } from "../runtime/clock";
import type { Logger } from "../runtime/log";
import type { DomainIndex } from "./domain-index";
import type { MachineLogs } from "./guests/console-log";
import type { DomainLogs } from "./guests/domain-logs";
import { GuestWatches } from "./guests/guest-watches";
import type { TryPort } from "./guests/tcp-port";
import { MachineEnder } from "./machine-end";
import { uidOf } from "./machine-identity";
import { MachinePauser } from "./machine-pause";
import { MachineReporter } from "./machine-report";
import { MachineStarter } from "./machine-start";
import { macOf } from "./network/card";
import type { NodeIdentity } from "./node-identity";
import type { MachinePlaces } from "./place";
import type { VolumePreparer } from "./volumes";

export interface MachinesOptions {
  readonly client: KubeClient;
  readonly hypervisor: Hypervisor;
  readonly node: NodeIdentity;
  readonly domains: DomainIndex;
  readonly volumes: VolumePreparer;
  readonly logs: MachineLogs | undefined;
  readonly domainLogs: DomainLogs | undefined;
  readonly tryPort: TryPort | undefined;
  readonly places: MachinePlaces;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly log: Logger;
  /** The object as the watch last showed it, sound. */
  readonly lookup: (key: string) => VirtualMachine | undefined;
  /** The machines that run on this node, as the watch last showed them. */
  readonly running: () => readonly VirtualMachine[];
  /** Told the answer to each write. */
  readonly written: (vm: VirtualMachine) => void;
  /** Brings a machine's key forward. */
  readonly wake: (key: string) => void;
}

/** The steps of a machine whose guest goes on. */
const ofRunning: ReadonlySet<string> = new Set(["reportRunning", "suspend", "resume"]);

export class Machines {
  readonly #o: MachinesOptions;
  readonly #reporter: MachineReporter;
  readonly #starter: MachineStarter;
  readonly #ender: MachineEnder;
  readonly #pauser: MachinePauser;
  readonly #watches: GuestWatches;
  /** Key → UID of the machine of that name that may have something here. The sweep at start needs no such memory. */
  readonly #begun = new Map<string, { readonly uid: string; readonly mac: string }>();

  /** Key → UID of the machine of that name whose object was there when it was last looked at. */
  readonly #seen = new Map<string, string>();

  constructor(options: MachinesOptions) {
    this.#o = options;
    this.#reporter = new MachineReporter(options);
    this.#starter = new MachineStarter({ ...options, reporter: this.#reporter });
    this.#ender = new MachineEnder({ ...options, reporter: this.#reporter });
    this.#pauser = new MachinePauser({ ...options, reporter: this.#reporter });
    this.#watches = new GuestWatches(options);
  }

  async reconcile(key: string): Promise<Result> {
    try {
      return await this.#reconcile(key);
    } catch (error) {
      if (error instanceof HypervisorUnavailableError) await this.#reportUnavailable(key, error);
      throw error;
    }
  }

  /** What comes of it is seen from the domain; that it was the watchdog, from this news alone. */
  watchdogFired(key: string): void {
    const vm = this.#o.lookup(key);
    if (vm === undefined) return;
    const action = vm.spec?.domain?.devices?.watchdog?.i6300esb?.action ?? "reset";
    const message = `The guest has stopped feeding its watchdog (action: ${action}).`;
    this.#reporter.event(vm, { type: "Warning", reason: "WatchdogFired", message });
  }

  /** Of a machine by its key, or, without one, of any: events may have been lost. */
  agentChanged(key?: string): void {
    this.#watches.agentChanged(key);
  }

  /** Looks at no guest any more. */
  stop(): Promise<void> {
    return this.#watches.stop();
  }

  /** Of a machine known by its files alone, that has nothing running and no object. */
  async removeLeftovers(uid: string): Promise<void> {
    await this.#ender.removeLeftovers(uid);
    await this.#o.logs?.remove(uid);
  }

  async #reconcile(key: string): Promise<Result> {
    const { domains, node } = this.#o;
    const [namespace = "", name = ""] = key.split("/");
    const owned = await domains.ofMachine({ namespace, name });
    const vm = this.#o.lookup(key);

    for (const stray of owned) {
      if (stray.owner.uid === vm?.metadata.uid) continue;
      const result = await this.#ender.endStray(key, stray);
      if (result !== undefined) return result;
    }
    const begun = this.#begun.get(key);
    if (begun !== undefined && begun.uid !== vm?.metadata.uid) {
      await this.#ender.removeLeftovers(begun.uid, begun.mac);
      this.#begun.delete(key);
    }
    await this.#forgetLog(key, vm?.metadata.uid);
    if (vm === undefined || vm.status?.nodeName !== node.name) {
      this.#watches.forget(key);
      return undefined;
    }
    return this.#advance(vm, owned.find(({ owner }) => owner.uid === vm.metadata.uid)?.domain);
  }

  /** What a guest has printed is kept for as long as the machine's object, which may be long after its end. */
  async #forgetLog(key: string, uid: string | undefined): Promise<void> {
    const before = this.#seen.get(key);
    if (before !== undefined && before !== uid) await this.#o.logs?.remove(before);
    if (uid !== undefined) this.#seen.set(key, uid);
    else if (before !== undefined) {
      const [namespace = "", name = ""] = key.split("/");
      await this.#o.domainLogs?.remove(domainName(namespace, name));
      this.#seen.delete(key);
    }
  }

  async #advance(vm: VirtualMachine, listed: DomainRef | undefined): Promise<Result> {
    const { hypervisor, clock } = this.#o;
    const uid = uidOf(vm);
    // A domain of ours is ours by its UUID, also when somebody has edited its metadata away.
    const domain = listed ?? (await hypervisor.lookupByUuid(uid));
    const status = domain === undefined ? undefined : await hypervisor.domainStatus(domain);
    const leftovers = await this.#o.volumes.holds(uid);
    const step = planMachine({
      vm,
      domain: status,
      leftovers,
      now: clock.now(),
      resumedAt: this.#pauser.resumedAt(uid),
      placeEnd: await this.#o.places.endOf(vm),
    });
    if (!ofRunning.has(step.kind)) this.#watches.forget(keyOf(vm));
    switch (step.kind) {
      case "none":
        return undefined;
      case "end":
        await this.#reporter.ended(vm, step.report, { hadDomain: domain !== undefined });
        return { requeueAfterMs: 0 };
      case "start":
        this.#begun.set(keyOf(vm), { uid, mac: macOf(vm) });
        return (await this.#starter.start(vm)) ?? (shouldPause(vm) ? { requeueAfterMs: 0 } : undefined);
      case "finishStart":
        if (domain === undefined) return undefined;
        return (await this.#starter.finish(vm, domain)) ?? (shouldPause(vm) ? { requeueAfterMs: 0 } : undefined);
      case "reportRunning":
        if (domain !== undefined && status !== undefined) await this.#reportRunning(vm, domain, status);
        return step.lookAgainAfterMs === undefined ? undefined : { requeueAfterMs: step.lookAgainAfterMs };
      case "suspend":
      case "resume":
        return this.#pauser.act(step.kind, vm, domain);
      case "shutdown":
      case "destroy":
        return this.#ender.stop(step, domain, vm);
      case "clean":
        await this.#ender.clean(uid, macOf(vm), domain);
        this.#begun.delete(keyOf(vm));
        this.#pauser.forget(uid);
        if (step.report !== undefined) {
          await this.#reporter.ended(vm, step.report, { hadDomain: domain !== undefined });
        }
        await this.#o.places.close(vm);
        return undefined;
      case "closed":
        await this.#o.places.close(vm);
        return undefined;
    }
  }

  /** A machine that is not said to run yet may have been cut off before it was put in its place. */
  async #look(vm: VirtualMachine, domain: DomainRef): Promise<void> {
    const { places } = this.#o;
    await (vm.status?.phase === "Scheduled" ? places.settle(vm, domain) : places.keep(vm, domain));
  }

  async #reportRunning(vm: VirtualMachine, domain: DomainRef, status: DomainStatus): Promise<void> {
    await this.#look(vm, domain);
    const mac = macOf(vm);
    const known = vm.status?.interfaces?.find((card) => card.mac === mac)?.ipAddress;
    const ip = known ?? (await this.#o.places.connect(vm)).ip;
    await this.#reporter.running(vm, { ip, mac, domain: status, findings: this.#watches.findings(vm) });
    this.#watches.follow(vm, { domain, ip });
  }

  /** A machine that waits to be started says why; one that runs is not touched by a libvirt that is away. */
  async #reportUnavailable(key: string, error: HypervisorUnavailableError): Promise<void> {
    const vm = this.#o.lookup(key);
    if (vm?.status?.phase !== "Scheduled" || vm.status.nodeName !== this.#o.node.name) return;
    const failure = { reason: "HypervisorUnavailable", message: error.message, retryable: true };
    await this.#reporter.failedToStart(vm, failure);
  }
}
