/**
 * The machines of the controllers that make them: reads them as the watch and their own writes show them, and makes,
 * adopts, releases and removes them, with the event that belongs to each. A removal names the uid it means.
 */
import type { VirtualMachine } from "../api/v1alpha1/virtual-machine";
import { adoptedBy, isManagedBy, releasedBy } from "../core/plan/ownership";
import { virtualMachines } from "../core/resources";
import type { KubeClient } from "../kube/client";
import { isAlreadyExists, isNotFound, isTransient } from "../kube/errors";
import type { Recorder } from "../kube/recorder";
import type { KubeObject, ResourceKind } from "../kube/resource";
import type { MachineNames } from "./machine-names";
import type { PendingMachines } from "./pending-machines";

export interface OwnedMachinesOptions {
  readonly client: KubeClient;
  readonly recorder: Recorder;
  readonly pending: PendingMachines;
  readonly names: MachineNames;
  /** Every machine of a namespace as the watch last showed it, sound. */
  readonly shown: (namespace: string) => readonly VirtualMachine[];
  /** Told the answer to each write. */
  readonly written: (vm: VirtualMachine) => void;
}

/** Who the machines are for; events are about it. */
export interface MachineOwner {
  readonly resource: ResourceKind;
  readonly object: KubeObject & { readonly kind: string };
}

/** What a step failed with, and which step it was. */
export class MachineWriteError extends Error {
  readonly reason: "FailedCreate" | "FailedDelete";

  constructor(reason: "FailedCreate" | "FailedDelete", cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = "MachineWriteError";
    this.reason = reason;
  }
}

export class OwnedMachines {
  readonly #o: OwnedMachinesOptions;

  constructor(options: OwnedMachinesOptions) {
    this.#o = options;
  }

  of(namespace: string): readonly VirtualMachine[] {
    return this.#o.pending.overlay(this.#o.shown(namespace), namespace);
  }

  /** Asks the API about machines that were made a while ago and that the watch has never shown; they may be gone. */
  async settle(owner: MachineOwner): Promise<void> {
    const { namespace } = owner.object.metadata;
    for (const { metadata } of this.#o.pending.overdue(namespace).machines) {
      const { name } = metadata;
      const live = await this.#o.client.find<VirtualMachine>(virtualMachines, { namespace, name });
      if (live === undefined || live.metadata.uid !== metadata.uid) this.#o.pending.seen({ metadata }, "gone");
      else this.#o.pending.made(live);
    }
  }

  /**
   * For how many milliseconds machines that were made may be waited for, those of this very look too: one may go before the
   * watch ever shows it. Undefined when the watch has shown all.
   */
  unseenMs({ object }: MachineOwner): number | undefined {
    return this.#o.pending.overdue(object.metadata.namespace).waitMs;
  }

  /**
   * Makes a machine. One that is there already under this name and is the owner's own was made by an earlier call whose
   * answer was lost, and counts as made.
   */
  async create(owner: MachineOwner, machine: VirtualMachine): Promise<void> {
    const { name, generateName = "" } = machine.metadata;
    const chosen = name ?? this.#o.names.take(owner.object, generateName);
    try {
      const made = await this.#createOrFind(owner, { ...machine, metadata: { ...machine.metadata, name: chosen } });
      this.#o.pending.made(made);
      this.#tell(owner, "Normal", "SuccessfulCreate", `Created virtual machine: ${chosen}`);
    } catch (error) {
      if (name === undefined && isTransient(error)) this.#o.names.giveBack(owner.object, chosen);
      const failure = new MachineWriteError("FailedCreate", error);
      this.#tell(owner, "Warning", failure.reason, `Error creating virtual machine: ${failure.message}`);
      throw failure;
    }
  }

  async #createOrFind(owner: MachineOwner, machine: VirtualMachine): Promise<VirtualMachine> {
    try {
      return await this.#o.client.create<VirtualMachine>(virtualMachines, machine);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      const { namespace, name } = machine.metadata;
      const present = await this.#o.client.find<VirtualMachine>(virtualMachines, { namespace, name });
      if (present === undefined || !isManagedBy(present, owner.object)) throw error;
      return present;
    }
  }

  /** The owner of this key is gone: nothing of it is remembered. */
  forget(key: string): void {
    this.#o.names.forget(key);
  }

  async remove(owner: MachineOwner, { metadata }: VirtualMachine): Promise<void> {
    const { namespace, name, uid } = metadata;
    try {
      await this.#o.client.delete(
        virtualMachines,
        { namespace, name },
        { preconditions: uid === undefined ? {} : { uid } },
      );
      this.#o.pending.askedToGo({ metadata });
      this.#tell(owner, "Normal", "SuccessfulDelete", `Deleted virtual machine: ${uid}`);
    } catch (error) {
      // Gone already, or another machine has its name: either way it is not there any more.
      if (isNotFound(error)) return;
      const failure = new MachineWriteError("FailedDelete", error);
      this.#tell(owner, "Warning", failure.reason, `Error deleting virtual machine ${name}: ${failure.message}`);
      throw failure;
    }
  }

  async adopt(owner: MachineOwner, vm: VirtualMachine): Promise<void> {
    await this.#patchOwners(vm, adoptedBy(vm, owner.object));
  }

  async release(owner: MachineOwner, vm: VirtualMachine): Promise<void> {
    await this.#patchOwners(vm, releasedBy(vm, owner.object));
  }

  /** Only onto the revision that was looked at: somebody else may have taken the machine meanwhile. */
  async #patchOwners({ metadata }: VirtualMachine, ownerReferences: readonly object[]): Promise<void> {
    const { namespace, name, uid, resourceVersion } = metadata;
    const patch = { metadata: { uid, resourceVersion, ownerReferences } };
    this.#o.written(await this.#o.client.mergePatch<VirtualMachine>(virtualMachines, { namespace, name }, patch));
  }

  #tell({ resource, object }: MachineOwner, type: "Normal" | "Warning", reason: string, message: string): void {
    this.#o.recorder.record({ resource, object }, { type, reason, message });
  }
}
