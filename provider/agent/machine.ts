/**
 * The single owner of one machine on this node: reads the object and the domain, asks planMachine for the next step, and
 * takes it. It keeps nothing that libvirt and the API do not have too, so it may die at any line: the next pass reads
 * again and goes on.
 */
import { isDeepStrictEqual } from "node:util";
import type { VirtualMachine, VirtualMachineStatus } from "../api/v1alpha1/virtual-machine";
import { convertVirtualMachine, domainName, printDomain } from "../core/convert";
import type { PlannedEvent } from "../core/plan/events";
import { type EndReport, type MachineStep, planMachine, shutdownIntervalSeconds } from "../core/plan/machine";
import { virtualMachines } from "../core/resources";
import { validateObject } from "../core/validation";
import type { KubeClient } from "../kube/client";
import type { Recorder } from "../kube/recorder";
import { keyOf } from "../kube/resource";
import type { Result } from "../kube/work-queue";
import { type DomainRef, type Hypervisor, HypervisorUnavailableError } from "../libvirt/hypervisor";
import { type Clock, timestamp } from "../runtime/clock";
import type { Logger } from "../runtime/log";
import type { DomainIndex, OwnedDomain } from "./domain-index";
import { endedStatus, failedStartStatus, runningStatus } from "./machine-status";
import type { AddressBook } from "./network/address";
import { macOf, macOfDomain } from "./network/card";
import { macAddressOf } from "./network/mac";
import { readSecret } from "./read-secret";
import { describeStartFailure, NameTakenError, type StartFailure, UnsupportedSpecError } from "./start-failure";
import type { VolumePreparer } from "./volumes";

export interface NodeIdentity {
  readonly name: string;
  /** UID of the engine or cluster, written into each domain. */
  readonly clusterUid: string;
  readonly domainType: "kvm" | "qemu";
  readonly arch: string;
  /** libvirt network that guests are put on. */
  readonly network: string;
}

export interface MachinesOptions {
  readonly client: KubeClient;
  readonly hypervisor: Hypervisor;
  readonly node: NodeIdentity;
  readonly domains: DomainIndex;
  readonly volumes: VolumePreparer;
  readonly addresses: AddressBook;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly log: Logger;
  /** The object as the watch last showed it, sound. */
  readonly lookup: (key: string) => VirtualMachine | undefined;
  /** Told the answer to each write. */
  readonly written: (vm: VirtualMachine) => void;
}

export class Machines {
  readonly #o: MachinesOptions;
  /** UIDs of machines without an object → when that was first seen. */
  readonly #orphanedSince = new Map<string, number>();
  /** Key → UID of the machine of that name that may have something here. The sweep at start needs no such memory. */
  readonly #begun = new Map<string, { readonly uid: string; readonly mac: string }>();

  constructor(options: MachinesOptions) {
    this.#o = options;
  }

  async reconcile(key: string): Promise<Result> {
    try {
      return await this.#reconcile(key);
    } catch (error) {
      if (error instanceof HypervisorUnavailableError) await this.#reportUnavailable(key, error);
      throw error;
    }
  }

  async #reconcile(key: string): Promise<Result> {
    const { domains, node } = this.#o;
    const owned = (await domains.refresh()).filter(({ owner }) => `${owner.namespace}/${owner.name}` === key);
    const vm = this.#o.lookup(key);

    for (const stray of owned) {
      if (stray.owner.uid === vm?.metadata.uid) continue;
      const result = await this.#endStray(key, stray);
      if (result !== undefined) return result;
    }
    const begun = this.#begun.get(key);
    if (begun !== undefined && begun.uid !== vm?.metadata.uid) {
      await this.removeLeftovers(begun.uid, begun.mac);
      this.#begun.delete(key);
    }
    if (vm === undefined || vm.status?.nodeName !== node.name) return undefined;
    return this.#advance(vm, owned.find(({ owner }) => owner.uid === vm.metadata.uid)?.domain);
  }

  /**
   * Removes what a machine left that has nothing running: its address, then its files, since the files are what tells
   * the next pass that something is left. Of a machine known by its files alone, the card is taken for its own.
   */
  async removeLeftovers(uid: string, mac: string = macAddressOf(uid)): Promise<void> {
    await this.#o.addresses.release(mac);
    await this.#o.volumes.remove(uid);
  }

  async #advance(vm: VirtualMachine, listed: DomainRef | undefined): Promise<Result> {
    const { hypervisor, clock } = this.#o;
    const uid = uidOf(vm);
    // A domain of ours is ours by its UUID, also when somebody has edited its metadata away.
    const domain = listed ?? (await hypervisor.lookupByUuid(uid));
    const status = domain === undefined ? undefined : await hypervisor.domainStatus(domain);
    const leftovers = await this.#o.volumes.holds(uid);
    const step = planMachine({ vm, domain: status, leftovers, now: clock.now() });
    switch (step.kind) {
      case "none":
        return undefined;
      case "end":
        await this.#reportEnd(vm, step.report, domain !== undefined);
        return { requeueAfterMs: 0 };
      case "start":
        return this.#start(vm);
      case "reportRunning":
        await this.#reportRunning(vm, status ?? { state: "running", reason: "unknown" });
        return undefined;
      case "shutdown":
      case "destroy":
        return this.#stop(step, domain, vm);
      case "clean":
        await this.#clean(uid, macOf(vm), domain);
        this.#begun.delete(keyOf(vm));
        await this.#reportEnd(vm, step.report, domain !== undefined);
        return undefined;
    }
  }

  async #start(vm: VirtualMachine): Promise<Result> {
    try {
      await this.#defineAndStart(vm);
    } catch (error) {
      const failure = describeStartFailure(error);
      if (failure === undefined) throw error;
      await this.#reportFailure(vm, failure);
      if (failure.retryable) throw error;
      return { requeueAfterMs: 0 };
    }
    return undefined;
  }

  /** A machine that waits to be started says why; one that runs is not touched by a libvirt that is away. */
  async #reportUnavailable(key: string, error: HypervisorUnavailableError): Promise<void> {
    const vm = this.#o.lookup(key);
    if (vm?.status?.phase !== "Scheduled" || vm.status.nodeName !== this.#o.node.name) return;
    await this.#reportFailure(vm, { reason: "HypervisorUnavailable", message: error.message, retryable: true });
  }

  async #reportFailure(vm: VirtualMachine, failure: StartFailure): Promise<void> {
    const event: PlannedEvent = { type: "Warning", reason: "SyncFailed", message: failure.message };
    await this.#writeStatus(vm, failedStartStatus(vm, failure, this.#now()), [event]);
  }

  async #defineAndStart(vm: VirtualMachine): Promise<void> {
    const { client, hypervisor, node, volumes, addresses } = this.#o;
    const uid = uidOf(vm);
    const { errors } = validateObject(vm);
    if (errors.length > 0) throw new UnsupportedSpecError(errors);
    const mac = macOf(vm);
    this.#begun.set(keyOf(vm), { uid, mac });
    const machine = { uid, namespace: namespaceOf(vm), name: nameOf(vm) };
    // Side by side: libvirt takes about as long to reserve an address as qemu-img does to make an overlay.
    const [sources, { ip }] = await allSettledOrThrow([
      volumes.prepare(machine, vm.spec.volumes ?? [], (name) =>
        readSecret(client, { namespace: machine.namespace, name }),
      ),
      addresses.reserve({ mac, name: machine.name }),
    ]);
    const converted = convertVirtualMachine(vm, {
      domainType: node.domainType,
      arch: node.arch,
      clusterUid: node.clusterUid,
      uuid: uid,
      mac,
      network: { kind: "network", name: node.network },
      volumes: sources,
    });
    if (!converted.ok) throw new UnsupportedSpecError(converted.errors);

    const namesake = await hypervisor.lookupByName(domainName(machine.namespace, machine.name));
    if (namesake !== undefined && namesake.uuid !== uid) throw new NameTakenError(namesake);
    const defined = await hypervisor.define(printDomain(converted.domain));
    const started = await hypervisor.start(defined);
    const status = await hypervisor.domainStatus(started);
    await this.#writeStatus(
      vm,
      runningStatus(vm, { ip, mac, domainState: status.state, domainReason: status.reason, at: this.#now() }),
      startEvents,
    );
  }

  async #reportRunning(vm: VirtualMachine, status: { state: string; reason: string }): Promise<void> {
    const mac = macOf(vm);
    const known = vm.status?.interfaces?.find((card) => card.mac === mac)?.ipAddress;
    const ip = known ?? (await this.#o.addresses.reserve({ mac, name: nameOf(vm) })).ip;
    // Both are told after the start is written down: a start whose writing was cut off has told neither.
    const started = vm.status?.phase === "Scheduled" ? startEvents : [];
    const next = runningStatus(vm, {
      ip,
      mac,
      domainState: status.state,
      domainReason: status.reason,
      at: this.#now(),
    });
    await this.#writeStatus(vm, next, started);
  }

  async #stop(
    step: MachineStep & { kind: "shutdown" | "destroy" },
    domain: DomainRef | undefined,
    vm?: VirtualMachine,
  ): Promise<Result> {
    if (domain === undefined) return undefined;
    if (step.kind === "destroy") {
      await this.#o.hypervisor.destroy(domain);
      return { requeueAfterMs: 0 };
    }
    await this.#o.hypervisor.shutdown(domain);
    if (vm !== undefined) {
      this.#record(vm, { type: "Normal", reason: "ShuttingDown", message: "Signaled Graceful Shutdown" });
    }
    return { requeueAfterMs: Math.min(step.secondsLeft, shutdownIntervalSeconds) * 1000 };
  }

  /** A domain of ours whose object is gone, or was replaced by another of the same name. The API is asked, not the cache. */
  async #endStray(key: string, { domain, owner }: OwnedDomain): Promise<Result> {
    const [namespace, name] = key.split("/");
    const live = await this.#o.client.find(virtualMachines, { namespace, name });
    if (live?.metadata.uid === owner.uid) return { requeueAfterMs: 500 };
    const { hypervisor, clock } = this.#o;
    const since = this.#orphanedSince.get(owner.uid) ?? clock.now();
    this.#orphanedSince.set(owner.uid, since);
    const step = planMachine({
      vm: undefined,
      domain: await hypervisor.domainStatus(domain),
      leftovers: true,
      now: clock.now(),
      orphanedSince: since,
      orphanGraceSeconds: owner.gracePeriodSeconds,
    });
    if (step.kind === "shutdown" || step.kind === "destroy") return this.#stop(step, domain);
    this.#o.log.info({ key, uid: owner.uid }, "removing a domain whose object is gone");
    const mac = macOfDomain(await hypervisor.domainXml(domain)) ?? macAddressOf(owner.uid);
    await this.#clean(owner.uid, mac, domain);
    this.#orphanedSince.delete(owner.uid);
    return undefined;
  }

  async #clean(uid: string, mac: string, domain: DomainRef | undefined): Promise<void> {
    if (domain !== undefined) await this.#o.hypervisor.undefine(domain);
    await this.removeLeftovers(uid, mac);
  }

  async #reportEnd(vm: VirtualMachine, end: EndReport | undefined, hadDomain: boolean): Promise<void> {
    if (end === undefined) return;
    const events: PlannedEvent[] = hadDomain
      ? [{ type: end.phase === "Failed" ? "Warning" : "Normal", reason: "Stopped", message: end.message }]
      : [];
    await this.#writeStatus(vm, endedStatus(vm, end, this.#now()), events);
  }

  /** One write, and none when nothing would change. The cached revision is the precondition: a stale view is refused. */
  async #writeStatus(vm: VirtualMachine, status: VirtualMachineStatus, events: readonly PlannedEvent[]): Promise<void> {
    if (isDeepStrictEqual(vm.status, status)) return;
    const written = await this.#o.client.update(virtualMachines, { ...vm, status }, { subresource: "status" });
    this.#o.written(written);
    for (const event of events) this.#record(vm, event);
  }

  #record(vm: VirtualMachine, event: PlannedEvent): void {
    this.#o.recorder.record({ resource: virtualMachines, object: vm }, event);
  }

  #now(): string {
    return timestamp(this.#o.clock.now());
  }
}

const startEvents: readonly PlannedEvent[] = [
  { type: "Normal", reason: "Created", message: "VM defined." },
  { type: "Normal", reason: "Started", message: "VM started." },
];

const nameOf = (vm: VirtualMachine) => vm.metadata.name ?? "";
const namespaceOf = (vm: VirtualMachine) => vm.metadata.namespace ?? "default";

function uidOf(vm: VirtualMachine): string {
  if (vm.metadata.uid === undefined) throw new Error(`VirtualMachine ${nameOf(vm)} came from the API without a UID`);
  return vm.metadata.uid;
}

/** Waits for both, so that nothing of a failed step is still at work when the next one begins; then the first fault counts. */
async function allSettledOrThrow<A, B>(work: readonly [Promise<A>, Promise<B>]): Promise<[A, B]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
