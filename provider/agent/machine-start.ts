/**
 * Makes a machine run: its volumes, its address, its domain, its start; and says why when one of these is refused. Every
 * step finds what an earlier attempt left and goes on from there.
 */
import type { VirtualMachine } from "../api/v1alpha1/virtual-machine";
import { claimConflict } from "../core/claim-use";
import { convertVirtualMachine, domainName, printDomain } from "../core/convert";
import { defaultMachineType } from "../core/defaults";
import { validateObject } from "../core/validation";
import { keyOf } from "../kube/resource";
import type { Result } from "../kube/work-queue";
import type { DomainRef, Hypervisor } from "../libvirt/hypervisor";
import type { MachineLogs } from "./guests/console-log";
import { nameOf, namespaceOf, uidOf } from "./machine-identity";
import type { MachineReporter } from "./machine-report";
import { macOf } from "./network/card";
import type { NodeIdentity } from "./node-identity";
import type { MachinePlaces } from "./place";
import { ClaimInUseError, describeStartFailure, NameTakenError, UnsupportedSpecError } from "./start-failure";
import { VolumePendingError, type VolumePreparer } from "./volumes";

export interface MachineStarterOptions {
  readonly hypervisor: Hypervisor;
  readonly node: NodeIdentity;
  readonly volumes: VolumePreparer;
  readonly logs: MachineLogs | undefined;
  readonly places: MachinePlaces;
  readonly reporter: MachineReporter;
  /** Brings a machine's key forward. */
  readonly wake: (key: string) => void;
  /** The machines that run on this node, as the watch last showed them. */
  readonly running: () => readonly VirtualMachine[];
}

export class MachineStarter {
  readonly #o: MachineStarterOptions;

  #knownTypes: readonly string[] = [];

  constructor(options: MachineStarterOptions) {
    this.#o = options;
  }

  /** A failure that says something about the machine is reported; one that may pass is thrown, so that it is tried again. */
  start(vm: VirtualMachine): Promise<Result> {
    return this.#tellFailure(vm, () => this.#run(vm));
  }

  /** Of a machine whose guest stands still since its start was cut off, or since it has no address yet. */
  finish(vm: VirtualMachine, domain: DomainRef): Promise<Result> {
    return this.#tellFailure(vm, async () => {
      const { ip } = await this.#o.places.connect(vm);
      await this.#letGo(vm, domain, ip);
    });
  }

  async #tellFailure(vm: VirtualMachine, work: () => Promise<void>): Promise<Result> {
    try {
      await work();
    } catch (error) {
      // Whoever gets the volume ready wakes the machine.
      if (error instanceof VolumePendingError) return undefined;
      const failure = describeStartFailure(error);
      if (failure === undefined) throw error;
      await this.#o.reporter.failedToStart(vm, failure);
      if (failure.retryable) throw error;
      return { requeueAfterMs: 0 };
    }
    return undefined;
  }

  /** Asked again when the type is not among them: QEMU may have been upgraded meanwhile. */
  async #machineTypes({ spec }: VirtualMachine): Promise<readonly string[]> {
    const type = spec.domain.machine?.type || defaultMachineType;
    if (!this.#knownTypes.includes(type)) {
      this.#knownTypes = await this.#o.hypervisor.machineTypes(this.#o.node.arch);
    }
    return this.#knownTypes;
  }

  /**
   * The network takes about as long to get ready as QEMU to start, so the two go side by side: the guest stands still
   * until it has its address, since one that asked too early would be given another. The start is sent first: libvirt
   * needs its network for a moment only, which a reservation keeps to itself until it is made.
   */
  async #run(vm: VirtualMachine): Promise<void> {
    const { places } = this.#o;
    const { errors } = validateObject(vm);
    if (errors.length > 0) throw new UnsupportedSpecError(errors);
    // Told in our words where it can be known; QEMU's lock on the file guards what cannot.
    const conflict = claimConflict(vm, this.#o.running());
    if (conflict !== undefined) throw new ClaimInUseError(conflict);
    const mac = macOf(vm);
    const defined = await this.#define(vm, mac);
    const [domain, { ip }] = await allSettledOrThrow([this.#startHeld(vm, defined), places.connect(vm)]);
    await this.#letGo(vm, domain, ip);
  }

  async #startHeld(vm: VirtualMachine, defined: DomainRef): Promise<DomainRef> {
    const domain = await this.#o.hypervisor.start(defined, { paused: true });
    await this.#o.places.hold(vm, domain);
    return domain;
  }

  /** With its volumes; and not where no address can be had. */
  async #define(vm: VirtualMachine, mac: string): Promise<DomainRef> {
    const { hypervisor, node, volumes, logs, places } = this.#o;
    const uid = uidOf(vm);
    const machine = { uid, namespace: namespaceOf(vm), name: nameOf(vm) };
    const [sources, network] = await allSettledOrThrow([
      volumes.prepare(machine, vm.spec.volumes ?? [], places.secrets(vm), {
        event: (event) => this.#o.reporter.event(vm, event),
        settled: () => this.#o.wake(keyOf(vm)),
      }),
      places.look(vm),
    ]);
    const converted = convertVirtualMachine(vm, {
      domainType: node.domainType,
      arch: node.arch,
      machineTypes: await this.#machineTypes(vm),
      clusterUid: node.clusterUid,
      uuid: uid,
      mac,
      network,
      limitedBy: places.limitedBy,
      volumes: sources,
      ...(logs && { consoleLogPath: await logs.prepare(uid) }),
    });
    if (!converted.ok) throw new UnsupportedSpecError(converted.errors);

    const namesake = await hypervisor.lookupByName(domainName(machine.namespace, machine.name));
    if (namesake !== undefined && namesake.uuid !== uid) throw new NameTakenError(namesake);
    return hypervisor.define(printDomain(converted.domain));
  }

  async #letGo(vm: VirtualMachine, domain: DomainRef, ip: string): Promise<void> {
    const { hypervisor, reporter, places } = this.#o;
    await places.settle(vm, domain);
    await hypervisor.resume(domain);
    await reporter.running(vm, { ip, mac: macOf(vm), domain: await hypervisor.domainStatus(domain) });
  }
}

/** Waits for both, so that nothing of a failed step is still at work when the next one begins; then the first fault counts. */
async function allSettledOrThrow<A, B>(work: readonly [Promise<A>, Promise<B>]): Promise<[A, B]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
