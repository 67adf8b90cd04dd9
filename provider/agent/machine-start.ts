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
  async start(vm: VirtualMachine): Promise<Result> {
    try {
      await this.#defineAndStart(vm);
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

  async #defineAndStart(vm: VirtualMachine): Promise<void> {
    const { client, hypervisor, node, volumes, logs, addresses } = this.#o;
    const uid = uidOf(vm);
    const { errors } = validateObject(vm);
    if (errors.length > 0) throw new UnsupportedSpecError(errors);
    // Told in our words where it can be known; QEMU's lock on the file guards what cannot.
    const conflict = claimConflict(vm, this.#o.running());
    if (conflict !== undefined) throw new ClaimInUseError(conflict);
    const mac = macOf(vm);
    const machine = { uid, namespace: namespaceOf(vm), name: nameOf(vm) };
    // Side by side: libvirt takes about as long to reserve an address as qemu-img does to make an overlay.
    const [sources, { ip }] = await allSettledOrThrow([
      volumes.prepare(
        machine,
        vm.spec.volumes ?? [],
        (name) => readSecret(client, { namespace: machine.namespace, name }),
        { event: (event) => this.#o.reporter.event(vm, event), settled: () => this.#o.wake(keyOf(vm)) },
      ),
      addresses.reserve({ mac, name: machine.name }),
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
    const defined = await hypervisor.define(printDomain(converted.domain));
    const started = await hypervisor.start(defined);
    await this.limit(vm, started);
    await this.#o.reporter.running(vm, { ip, mac, domain: await hypervisor.domainStatus(started) });
  }
}

/** Waits for both, so that nothing of a failed step is still at work when the next one begins; then the first fault counts. */
async function allSettledOrThrow<A, B>(work: readonly [Promise<A>, Promise<B>]): Promise<[A, B]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
