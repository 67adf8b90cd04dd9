/** Carries out planVirtualMachine: reads the machine, the presets of its namespace and the nodes, and writes the plan. */
import type { VirtualMachine } from "../api/v1alpha1/virtual-machine";
import type { VirtualMachinePreset } from "../api/v1alpha1/virtual-machine-preset";
import type { NodeCandidate } from "../core/plan/nodes";
import { needsPresets, planVirtualMachine } from "../core/plan/virtual-machine";
import { virtualMachinePresets, virtualMachines } from "../core/resources";
import type { KubeClient } from "../kube/client";
import { isNotFound } from "../kube/errors";
import type { Recorder } from "../kube/recorder";
import type { Result } from "../kube/work-queue";
import { type Clock, timestamp } from "../runtime/clock";

export interface VirtualMachineReconcilerOptions {
  readonly client: KubeClient;
  readonly recorder: Recorder;
  readonly clock: Clock;
  /** The object as the watch last showed it, sound. */
  readonly machine: (key: string) => VirtualMachine | undefined;
  /** Told the answer to each write. */
  readonly written: (vm: VirtualMachine) => void;
  readonly nodes: () => readonly NodeCandidate[];
}

export class VirtualMachineReconciler {
  readonly #o: VirtualMachineReconcilerOptions;

  constructor(options: VirtualMachineReconcilerOptions) {
    this.#o = options;
  }

  async reconcile(key: string): Promise<Result> {
    const vm = this.#o.machine(key);
    if (vm === undefined) return undefined;
    const plan = planVirtualMachine({
      vm,
      presets: needsPresets(vm) ? await this.#presetsOf(vm) : [],
      nodes: this.#o.nodes(),
      now: timestamp(this.#o.clock.now()),
    });
    try {
      let current = vm;
      if (plan.object !== undefined) current = await this.#o.client.update(virtualMachines, plan.object);
      if (plan.status !== undefined) {
        const next = { ...current, status: plan.status };
        current = await this.#o.client.update(virtualMachines, next, { subresource: "status" });
      }
      if (current !== vm) this.#o.written(current);
    } catch (error) {
      // Deleted in the meantime: there is nothing left to plan for.
      if (isNotFound(error)) return undefined;
      throw error;
    }
    for (const event of plan.events) this.#o.recorder.record({ resource: virtualMachines, object: vm }, event);
    return undefined;
  }

  /** Asked of the API, not of a cache: a preset made just before its machine must not be missed. */
  async #presetsOf(vm: VirtualMachine): Promise<readonly VirtualMachinePreset[]> {
    const { namespace } = vm.metadata;
    return (await this.#o.client.list<VirtualMachinePreset>(virtualMachinePresets, { namespace })).items;
  }
}
