/**
 * Looks at everything that happens on all nodes and says what must never have: two guests on one disk, a machine started
 * a second time, more machines of a set than were ever asked for.
 */
import type { VirtualMachine } from "../../../provider/api/v1alpha1/virtual-machine";
import { writtenClaims } from "../../../provider/core/claim-use";
import { isFinal } from "../../../provider/core/phases";
import { controllerOf } from "../../../provider/core/plan/ownership";
import { virtualMachineReplicaSets, virtualMachines } from "../../../provider/core/resources";
import { type ClusterWorld, nodeNames } from "./world";

export class ClusterWatchman {
  readonly #world: ClusterWorld;
  readonly faults: string[] = [];
  /** Machine's uid → where it ran, and the id that libvirt gave its run there. */
  readonly #runs = new Map<string, string>();
  /** Machine's uid → the claims that it writes to, from when it was first seen. */
  readonly #writes = new Map<string, readonly string[]>();
  readonly #mostReplicas = new Map<string, number>();
  #revision = 0;

  constructor(world: ClusterWorld) {
    this.#world = world;
  }

  /** The set called so may have so many machines from now on. */
  allow(set: string, replicas: number): void {
    this.#mostReplicas.set(set, Math.max(this.#mostReplicas.get(set) ?? 0, replicas));
  }

  /** To be called after every step. */
  async look(): Promise<void> {
    if (this.#world.api.store.revision !== this.#revision) {
      this.#revision = this.#world.api.store.revision;
      this.#lookAtMachines(await this.#world.list<VirtualMachine>(virtualMachines));
    }
    this.#lookAtGuests();
  }

  #lookAtGuests(): void {
    const writers = new Map<string, string>();
    for (const node of nodeNames) {
      for (const { uuid, name, id } of this.#world.nodes[node].running()) {
        const run = `${node}, run ${id}`;
        const before = this.#runs.get(uuid);
        if (before !== undefined && before !== run)
          this.#fault(`${name} (${uuid}) ran on ${before} and runs on ${run}`);
        this.#runs.set(uuid, run);
        for (const claim of this.#writes.get(uuid) ?? []) {
          const other = writers.get(claim);
          if (other !== undefined) this.#fault(`${name} on ${node} and ${other} write to ${claim}`);
          writers.set(claim, `${name} on ${node}`);
        }
      }
    }
  }

  #lookAtMachines(machines: readonly VirtualMachine[]): void {
    const living = new Map<string, number>();
    for (const vm of machines) {
      const { uid = "", labels } = vm.metadata;
      if (!this.#writes.has(uid)) this.#writes.set(uid, writtenClaims(vm));
      const owner = controllerOf(vm);
      if (owner?.kind !== virtualMachineReplicaSets.kind || isFinal(vm.status?.phase) || labels?.set !== owner.name)
        continue;
      living.set(owner.name, (living.get(owner.name) ?? 0) + 1);
    }
    for (const [set, count] of living) {
      const most = this.#mostReplicas.get(set) ?? 0;
      if (count > most) this.#fault(`${set} has ${count} machines; never more than ${most} were asked for`);
    }
  }

  #fault(words: string): void {
    if (this.faults.at(-1) !== words) this.faults.push(words);
  }
}
