/**
 * Looks at everything that happens and says what must never have: a machine started twice, two guests at once that are
 * one machine to their owner, more machines of a set than were ever asked for.
 */
import type { VirtualMachine } from "../../../provider/api/v1alpha1/virtual-machine";
import { isFinal } from "../../../provider/core/phases";
import { controllerOf } from "../../../provider/core/plan/ownership";
import { offlineVirtualMachines, virtualMachineReplicaSets, virtualMachines } from "../../../provider/core/resources";
import type { World } from "./world";

export class Watchman {
  readonly #world: World;
  readonly faults: string[] = [];
  /** Domain's UUID → the id that libvirt gave its run. */
  readonly #runs = new Map<string, number>();
  /** Machine's uid → the OfflineVirtualMachine that it is for. */
  readonly #ownerOf = new Map<string, string>();
  readonly #mostReplicas = new Map<string, number>();
  #revision = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** The set called so may have so many machines from now on. */
  allow(set: string, replicas: number): void {
    this.#mostReplicas.set(set, Math.max(this.#mostReplicas.get(set) ?? 0, replicas));
  }

  /** To be called after every step. */
  async look(): Promise<void> {
    this.#lookAtDomains();
    if (this.#world.api.store.revision === this.#revision) return;
    this.#revision = this.#world.api.store.revision;
    this.#lookAtSets(await this.#world.list<VirtualMachine>(virtualMachines));
  }

  #lookAtDomains(): void {
    const running = this.#world.hypervisor.domains().filter(({ id }) => id >= 0);
    for (const { uuid, name, id } of running) {
      const before = this.#runs.get(uuid);
      if (before !== undefined && before !== id) this.faults.push(`${name} (${uuid}) was started a second time`);
      this.#runs.set(uuid, id);
    }
    const owners = running.map(({ uuid }) => this.#ownerOf.get(uuid)).filter((owner) => owner !== undefined);
    if (new Set(owners).size < owners.length) this.faults.push("two guests of one OfflineVirtualMachine run");
  }

  #lookAtSets(machines: readonly VirtualMachine[]): void {
    const living = new Map<string, { readonly name: string; readonly count: number }>();
    for (const vm of machines) {
      const owner = controllerOf(vm);
      if (owner?.kind === offlineVirtualMachines.kind) this.#ownerOf.set(vm.metadata.uid ?? "", owner.uid);
      if (owner?.kind !== virtualMachineReplicaSets.kind || isFinal(vm.status?.phase)) continue;
      // One that was labelled out of its set is no member of it, also while it is not let go yet.
      if (vm.metadata.labels?.set !== owner.name) continue;
      living.set(owner.uid, { name: owner.name, count: (living.get(owner.uid)?.count ?? 0) + 1 });
    }
    for (const { name, count } of living.values()) {
      const most = this.#mostReplicas.get(name) ?? 0;
      if (count > most) this.faults.push(`${name} has ${count} machines; never more than ${most} were asked for`);
    }
  }
}
