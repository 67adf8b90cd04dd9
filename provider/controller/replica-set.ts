/** Carries out planReplicaSet: takes machines over, lets them go, makes and removes them, and says how many there are. */
import type { VirtualMachineReplicaSet } from "../api/v1alpha1/virtual-machine-replica-set";
import { planReplicaSet, type ReplicaSetPlan } from "../core/plan/replica-set";
import { virtualMachineReplicaSets } from "../core/resources";
import type { KubeClient } from "../kube/client";
import { isConflict, isNotFound } from "../kube/errors";
import type { Recorder } from "../kube/recorder";
import type { Result } from "../kube/work-queue";
import { type Clock, timestamp } from "../runtime/clock";
import type { MachineOwner, OwnedMachines } from "./owned-machines";
import { lookAgainAfter, withFailure, writeOwnerStatus } from "./owner-status";
import { RunHistory } from "./run-history";

export interface ReplicaSetReconcilerOptions {
  readonly client: KubeClient;
  readonly recorder: Recorder;
  readonly machines: OwnedMachines;
  readonly clock: Clock;
  /** The object as the watch last showed it. */
  readonly object: (key: string) => VirtualMachineReplicaSet | undefined;
  /** Told the answer to each write. */
  readonly written: (set: VirtualMachineReplicaSet) => void;
}

/** Requests on their way at the same time. */
const concurrency = 16;

export class ReplicaSetReconciler {
  readonly #o: ReplicaSetReconcilerOptions;
  readonly #runs = new RunHistory();

  constructor(options: ReplicaSetReconcilerOptions) {
    this.#o = options;
  }

  async reconcile(key: string): Promise<Result> {
    const set = this.#o.object(key);
    if (set === undefined) {
      this.#runs.forget(key);
      this.#o.machines.forget(key);
      return undefined;
    }
    const owner: MachineOwner = { resource: virtualMachineReplicaSets, object: set };
    await this.#o.machines.settle(owner);
    const now = this.#o.clock.now();
    const plan = planReplicaSet({
      set,
      machines: this.#o.machines.of(set.metadata.namespace ?? ""),
      runs: this.#runs.of(key, set.metadata.uid),
      now,
      timestamp: timestamp(now),
    });
    const failure = await this.#act(owner, plan);
    if (failure === undefined && plan.removeEnded.length > 0) {
      // Machines that ended together count as one run.
      this.#runs.count(key, set.metadata.uid, plan.removeEnded, this.#o.clock.now());
    }
    if (plan.status !== undefined) {
      const status = withFailure(plan.status, "ReplicaFailure", failure, timestamp(now));
      await writeOwnerStatus(this.#o, virtualMachineReplicaSets, set, status);
    }
    for (const event of plan.events) this.#o.recorder.record(owner, event);
    if (failure !== undefined) throw failure;
    return lookAgainAfter(this.#o.machines.unseenMs(owner), plan.lookAgainAfter);
  }

  /** Returns the first failure, so that the status can say so before it is tried again. The rest is tried all the same. */
  async #act(owner: MachineOwner, plan: ReplicaSetPlan): Promise<unknown> {
    const { machines } = this.#o;
    const { create } = plan;
    const failures: unknown[] = [];
    const each = async <T>(items: readonly T[], work: (item: T) => Promise<void>) => {
      failures.push(...(await inTurns(items, work)));
    };
    // A machine that somebody else changed meanwhile is looked at again when the watch shows it.
    const unlessChanged = (work: Promise<void>) =>
      work.catch((error: unknown) => {
        if (!isConflict(error) && !isNotFound(error)) throw error;
      });
    await each(plan.adopt, (vm) => unlessChanged(machines.adopt(owner, vm)));
    await each(plan.release, (vm) => unlessChanged(machines.release(owner, vm)));
    await each([...plan.remove, ...plan.removeEnded], (vm) => machines.remove(owner, vm));
    if (create !== undefined) {
      await each(Array.from({ length: create.count }), () => machines.create(owner, create.machine));
    }
    return failures[0];
  }
}

/** Works on all items, a few at a time, and returns what failed. After a failure no further item is begun. */
async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<readonly unknown[]> {
  const failures: unknown[] = [];
  const waiting = items[Symbol.iterator]();
  const worker = async () => {
    for (const item of waiting) {
      if (failures.length > 0) return;
      try {
        await work(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
  return failures;
}
