/**
 * Makes a machine run: its volumes, its address, its domain, its start; and says why when one of these is refused. Every
 * step finds what an earlier attempt left and goes on from there.
 */
import type { VirtualMachine } from "../api/v1alpha1/virtual-machine";
import { claimConflict } from "../core/claim-use";
import { convertVirtualMachine, domainName, memoryLimitOf, printDomain } from "../core/convert";
import { defaultMachineType } from "../core/defaults";
import { validateObject } from "../core/validation";
import type { KubeClient } from "../kube/client";
import { keyOf } from "../kube/resource";
import type { Result } from "../kube/work-queue";
import { type DomainRef, type Hypervisor, HypervisorError } from "../libvirt/hypervisor";
import type { MachineLogs } from "./guests/console-log";
import { nameOf, namespaceOf, uidOf } from "./machine-identity";
import type { MachineReporter } from "./machine-report";
import type { AddressBook } from "./network/address";
import { macOf } from "./network/card";
import type { NodeIdentity } from "./node-identity";
import { readSecret } from "./read-secret";
import { ClaimInUseError, describeStartFailure, NameTakenError, UnsupportedSpecError } from "./start-failure";
import { VolumePendingError, type VolumePreparer } from "./volumes";

export interface MachineStarterOptions {
  readonly client: KubeClient;
  readonly hypervisor: Hypervisor;
  readonly node: NodeIdentity;
  readonly volumes: VolumePreparer;
  readonly logs: MachineLogs | undefined;
  readonly addresses: AddressBook;
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
      const { ip } = await this.#o.addresses.reserve({ mac: macOf(vm), name: nameOf(vm) });
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

  /**
   * Bounds the guest's memory. Done before the machine is said to run, so that one whose start was cut off is bounded by
   * the next pass. A node that cannot says so, and runs the guest all the same.
   */
  async limit(vm: VirtualMachine, domain: DomainRef): Promise<void> {
    const { hypervisor, node, reporter } = this.#o;
    // Of a machine whose start was cut off, the spec may be another by now, and none that was ever looked at.
    const kibibytes = validateObject(vm).errors.length > 0 ? undefined : memoryLimitOf(vm.spec, node.domainType);
    if (kibibytes === undefined) return;
    try {
      await hypervisor.limitMemory(domain, kibibytes);
    } catch (error) {
      if (!(error instanceof HypervisorError)) throw error;
      const message = `the limit of memory is not enforced on this node: ${error.message}`;
      reporter.event(vm, { type: "Warning", reason: "LimitNotEnforced", message });
    }
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
   * libvirt takes about as long to reserve an address as to start QEMU, so the two go side by side: the guest stands
   * still until it has its address, since one that asked too early would be given another. The start is sent first:
   * it needs the network for a moment only, which a reservation keeps to itself until it is made.
   */
  async #run(vm: VirtualMachine): Promise<void> {
    const { addresses, hypervisor } = this.#o;
    const { errors } = validateObject(vm);
    if (errors.length > 0) throw new UnsupportedSpecError(errors);
    // Told in our words where it can be known; QEMU's lock on the file guards what cannot.
    const conflict = claimConflict(vm, this.#o.running());
    if (conflict !== undefined) throw new ClaimInUseError(conflict);
    const mac = macOf(vm);
    const defined = await this.#define(vm, mac);
    const [domain, { ip }] = await allSettledOrThrow([
      hypervisor.start(defined, { paused: true }),
      addresses.reserve({ mac, name: nameOf(vm) }),
    ]);
    await this.#letGo(vm, domain, ip);
  }

  /** With its volumes; and not where no address can be had. */
  async #define(vm: VirtualMachine, mac: string): Promise<DomainRef> {
    const { client, hypervisor, node, volumes, logs, addresses } = this.#o;
    const uid = uidOf(vm);
    const machine = { uid, namespace: namespaceOf(vm), name: nameOf(vm) };
    const [sources] = await allSettledOrThrow([
      volumes.prepare(
        machine,
        vm.spec.volumes ?? [],
        (name) => readSecret(client, { namespace: machine.namespace, name }),
        { event: (event) => this.#o.reporter.event(vm, event), settled: () => this.#o.wake(keyOf(vm)) },
      ),
      addresses.look(mac),
    ]);
    const converted = convertVirtualMachine(vm, {
      domainType: node.domainType,
      arch: node.arch,
      machineTypes: await this.#machineTypes(vm),
      clusterUid: node.clusterUid,
      uuid: uid,
      mac,
      network: { kind: "network", name: node.network },
      volumes: sources,
      ...(logs && { consoleLogPath: await logs.prepare(uid) }),
    });
    if (!converted.ok) throw new UnsupportedSpecError(converted.errors);

    const namesake = await hypervisor.lookupByName(domainName(machine.namespace, machine.name));
    if (namesake !== undefined && namesake.uuid !== uid) throw new NameTakenError(namesake);
    return hypervisor.define(printDomain(converted.domain));
  }

  async #letGo(vm: VirtualMachine, domain: DomainRef, ip: string): Promise<void> {
    const { hypervisor, reporter } = this.#o;
    await this.limit(vm, domain);
    await hypervisor.resume(domain);
    await reporter.running(vm, { ip, mac: macOf(vm), domain: await hypervisor.domainStatus(domain) });
  }
}

/** Waits for both, so that nothing of a failed step is still at work when the next one begins; then the first fault counts. */
async function allSettledOrThrow<A, B>(work: readonly [Promise<A>, Promise<B>]): Promise<[A, B]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
