/** Carries out planOfflineVirtualMachine. */
import type { OfflineVirtualMachine } from "../api/v1alpha1/offline-virtual-machine";
import { type OfflineStep, planOfflineVirtualMachine, wantedName } from "../core/plan/offline-virtual-machine";
import { isManagedBy } from "../core/plan/ownership";
import { offlineVirtualMachines } from "../core/resources";
import type { KubeClient } from "../kube/client";
import type { Result } from "../kube/work-queue";
import { type Clock, timestamp } from "../runtime/clock";
import { firmwareUuid } from "./firmware-uuid";
import type { OwnedMachines } from "./owned-machines";
import { lookAgainAfter, withFailure, writeOwnerStatus } from "./owner-status";
import { RunHistory } from "./run-history";

export interface OfflineVirtualMachineReconcilerOptions {
  readonly client: KubeClient;
  readonly machines: OwnedMachines;
  readonly clock: Clock;
  /** The object as the watch last showed it. */
  readonly object: (key: string) => OfflineVirtualMachine | undefined;
  /** Told the answer to each write. */
  readonly written: (ovm: OfflineVirtualMachine) => void;
}

export class OfflineVirtualMachineReconciler {
  readonly #o: OfflineVirtualMachineReconcilerOptions;
  readonly #runs = new RunHistory();

  constructor(options: OfflineVirtualMachineReconcilerOptions) {
    this.#o = options;
  }

  async reconcile(key: string): Promise<Result> {
    const ovm = this.#o.object(key);
    if (ovm === undefined) {
      this.#runs.forget(key);
      return undefined;
    }
    const owner = { resource: offlineVirtualMachines, object: ovm };
    await this.#o.machines.settle(owner);
    const namespace = ovm.metadata.namespace ?? "";
    const name = wantedName(ovm);
    const now = this.#o.clock.now();
    const plan = planOfflineVirtualMachine({
      ovm,
      machines: this.#o.machines.of(namespace).filter((vm) => vm.metadata.name === name || isManagedBy(vm, ovm)),
      firmwareUuid: firmwareUuid(namespace, name),
      runs: this.#runs.of(key, ovm.metadata.uid),
      now,
      timestamp: timestamp(now),
    });
    const failure = await this.#act(key, ovm, plan.step);
    if (plan.status !== undefined) {
      const status = withFailure(plan.status, "Failure", failure, timestamp(now));
      await writeOwnerStatus(this.#o, offlineVirtualMachines, ovm, status);
    }
    if (failure !== undefined) throw failure;
    return lookAgainAfter(
      this.#o.machines.unseenMs(owner),
      plan.step.kind === "wait" ? plan.step.milliseconds : undefined,
    );
  }

  /** Returns what it failed with, so that the status can say so before it is tried again. */
  async #act(key: string, ovm: OfflineVirtualMachine, step: OfflineStep): Promise<unknown> {
    const owner = { resource: offlineVirtualMachines, object: ovm };
    try {
      switch (step.kind) {
        case "none":
        case "wait":
          break;
        case "adopt":
          await this.#o.machines.adopt(owner, step.vm);
          break;
        case "create":
          await this.#o.machines.create(owner, step.vm);
          break;
        case "delete":
          await this.#o.machines.remove(owner, step.vm);
          if (step.why === "halted") this.#runs.forget(key);
          else this.#runs.count(key, ovm.metadata.uid, [step.vm], this.#o.clock.now());
      }
      return undefined;
    } catch (error) {
      return error;
    }
  }
}
