/**
 * Carries out planLaunchedMachine: reads the machine, its launcher pod, the claims it names, who else writes to them, and
 * the health of its node; makes and removes the pod and writes the plan. A node is never given up on the word of a watch alone: before that, its
 * Node and its leases are asked for.
 */
import { parseQuantity, quantityToBytes } from "../api/quantity";
import type { VirtualMachine } from "../api/v1alpha1/virtual-machine";
import type { VirtualMachinePreset } from "../api/v1alpha1/virtual-machine-preset";
import { agentLeaseName } from "../core/agent-lease";
import { type ClaimConflict, claimsOf } from "../core/claim-use";
import {
  type LaunchedMachinePlan,
  type NodeHealth,
  nameTaken,
  type PodMarks,
  planLaunchedMachine,
} from "../core/plan/launched-machine";
import { type LauncherClaim, type LauncherImage, launcherPod } from "../core/plan/launcher-pod";
import { changedStatus, isToBePlaced, needsPresets, notReady } from "../core/plan/machine-marks";
import { virtualMachinePresets, virtualMachines } from "../core/resources";
import type { KubeClient } from "../kube/client";
import { ApiError, isAlreadyExists, isNotFound, isTransient } from "../kube/errors";
import type { Lease } from "../kube/leader-election";
import type { Recorder } from "../kube/recorder";
import { coreResources, type KubeObject } from "../kube/resource";
import type { Result } from "../kube/work-queue";
import { type Clock, timestamp } from "../runtime/clock";
import type { ClaimWriters } from "./claim-writers";
import { observedPod, type PodObject, podNameOf } from "./launcher-pod";
import type { NodeObject } from "./node";
import { kubeletLeaseNamespace, type NodeHeartbeats } from "./node-heartbeats";

export interface LaunchedMachineReconcilerOptions {
  readonly client: KubeClient;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly launcher: LauncherImage;
  /** Namespace of the agents' leases. */
  readonly systemNamespace: string;
  readonly heartbeats: NodeHeartbeats;
  readonly claimWriters: ClaimWriters;
  /** The objects as the watches last showed them; the machine sound. */
  readonly machine: (key: string) => VirtualMachine | undefined;
  readonly pod: (key: string) => PodObject | undefined;
  readonly node: (name: string) => NodeObject | undefined;
  /** Told the answer to each write. */
  readonly written: (vm: VirtualMachine) => void;
  readonly podMade: (pod: PodObject) => void;
}

interface ClaimObject extends KubeObject {
  readonly spec?: {
    readonly volumeMode?: string;
    readonly resources?: { readonly requests?: { readonly storage?: string } };
  };
  readonly status?: { readonly capacity?: { readonly storage?: string } };
}

function launcherClaim({ spec, status }: ClaimObject): LauncherClaim {
  const size = parseQuantity(status?.capacity?.storage ?? spec?.resources?.requests?.storage ?? "");
  return {
    mode: spec?.volumeMode === "Block" ? "Block" : "Filesystem",
    ...(size === undefined ? {} : { bytes: Number(quantityToBytes(size)) }),
  };
}

/** The machine's pod as it was looked at, or is to be made. */
interface PodAtHand {
  readonly name: string;
  readonly uid: string | undefined;
  readonly claims: Readonly<Record<string, LauncherClaim>>;
}

export class LaunchedMachineReconciler {
  readonly #o: LaunchedMachineReconcilerOptions;

  constructor(options: LaunchedMachineReconcilerOptions) {
    this.#o = options;
  }

  async reconcile(key: string): Promise<Result> {
    const vm = this.#o.machine(key);
    if (vm === undefined) return undefined;
    const podName = podNameOf(vm);
    const pod = this.#o.pod(`${vm.metadata.namespace}/${podName}`);
    const conflict = this.#conflictOf(vm);
    // Nothing is asked for a machine that waits for another.
    const placing = isToBePlaced(vm) && pod === undefined && conflict === undefined;
    const claims = placing ? await this.#claimsOf(vm) : undefined;
    const presets = placing && needsPresets(vm) ? await this.#presetsOf(vm) : [];
    const node = await this.#healthOf(vm.status?.nodeName ?? pod?.spec?.nodeName ?? "");
    const now = this.#o.clock.now();
    const plan = planLaunchedMachine({
      vm,
      presets,
      pod: pod === undefined ? undefined : observedPod(pod, vm.metadata.uid),
      podName,
      missingClaims: claims?.missing ?? [],
      // Another one may have come meanwhile. From here to the making of the pod nobody else gets a turn.
      claimConflict: conflict ?? this.#conflictOf(vm),
      node,
      systemNamespace: this.#o.systemNamespace,
      now,
      timestamp: timestamp(now),
    });
    const carryOut = () =>
      this.#carryOut(vm, plan, { name: podName, uid: pod?.metadata.uid, claims: claims?.found ?? {} });
    await (plan.createPod === undefined ? carryOut() : this.#o.claimWriters.whileMaking(vm, carryOut));
    return plan.lookAgainAfterMs === undefined ? undefined : { requeueAfterMs: plan.lookAgainAfterMs };
  }

  #conflictOf(vm: VirtualMachine): ClaimConflict | undefined {
    return isToBePlaced(vm) ? this.#o.claimWriters.conflictOf(vm) : undefined;
  }

  async #carryOut(vm: VirtualMachine, plan: LaunchedMachinePlan, pod: PodAtHand): Promise<void> {
    const { client, written, recorder } = this.#o;
    try {
      let current = vm;
      if (plan.object !== undefined) {
        current = await client.update(virtualMachines, plan.object);
        written(current);
      }
      if (plan.createPod !== undefined) await this.#createPod(current, plan.createPod.machine, pod);
      if (plan.deletePod !== undefined) await this.#deletePod(vm, pod);
      if (plan.relabelPod !== undefined) await this.#relabelPod(vm, pod, plan.relabelPod);
      if (plan.status !== undefined) {
        current = await client.update(virtualMachines, { ...current, status: plan.status }, { subresource: "status" });
        written(current);
      }
      if (plan.release !== undefined) {
        const { finalizers } = plan.release.metadata;
        current = await client.update(virtualMachines, {
          ...current,
          metadata: { ...current.metadata, ...(finalizers === undefined ? {} : { finalizers }) },
        });
        this.#o.claimWriters.released(vm);
        written(current);
      }
    } catch (error) {
      // Deleted in the meantime: there is nothing left to plan for.
      if (isNotFound(error)) return;
      throw error;
    }
    for (const event of plan.events) recorder.record({ resource: virtualMachines, object: vm }, event);
  }

  /**
   * One of its own that is there already was made by an attempt whose answer was lost. A refusal, as by a quota, and a pod
   * of somebody else are told: it is tried again, since others can mend it.
   */
  async #createPod(current: VirtualMachine, vm: VirtualMachine, { name, claims }: PodAtHand): Promise<void> {
    const pod = launcherPod(vm, { name, launcher: this.#o.launcher, claims });
    try {
      this.#o.podMade(await this.#o.client.create<PodObject>(coreResources.pods, pod as PodObject));
    } catch (error) {
      if (!isAlreadyExists(error)) {
        if (error instanceof ApiError && !isTransient(error)) await this.#tellRefusal(current, refusedCreation(error));
        throw error;
      }
      const { namespace, uid } = vm.metadata;
      const present = await this.#o.client.find<PodObject>(coreResources.pods, { namespace, name });
      const isOwn = present !== undefined && observedPod(present, uid).owned;
      if (present !== undefined && !isOwn) await this.#tellRefusal(current, nameTaken(name));
      if (!isOwn) throw error;
      this.#o.podMade(present);
    }
  }

  async #tellRefusal(vm: VirtualMachine, why: { readonly reason: string; readonly message: string }): Promise<void> {
    const { client, recorder, written, clock } = this.#o;
    recorder.record({ resource: virtualMachines, object: vm }, { type: "Warning", ...why });
    const { status } = changedStatus(vm, notReady(vm, "Pending", why, timestamp(clock.now())));
    if (status === undefined) return;
    written(await client.update(virtualMachines, { ...vm, status }, { subresource: "status" }));
  }

  /** Only of that very pod. */
  async #relabelPod(
    { metadata: { namespace } }: VirtualMachine,
    { name, uid }: PodAtHand,
    marks: PodMarks,
  ): Promise<void> {
    const patch = { metadata: { ...(uid === undefined ? {} : { uid }), ...marks } };
    this.#o.podMade(await this.#o.client.mergePatch<PodObject>(coreResources.pods, { namespace, name }, patch));
  }

  /** With the time that the pod was given: the kubelet ends what runs in it. */
  async #deletePod({ metadata: { namespace } }: VirtualMachine, { name, uid }: PodAtHand): Promise<void> {
    try {
      await this.#o.client.delete(
        coreResources.pods,
        { namespace, name },
        { preconditions: uid === undefined ? {} : { uid } },
      );
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** Asked of the API, not of a cache: a claim that is there must not be called missing. */
  async #claimsOf(vm: VirtualMachine): Promise<{ found: Record<string, LauncherClaim>; missing: readonly string[] }> {
    const names = [...new Set(claimsOf(vm).map(({ claim }) => claim))];
    const found: Record<string, LauncherClaim> = {};
    const missing: string[] = [];
    for (const name of names) {
      const { namespace } = vm.metadata;
      const claim = await this.#o.client.find<ClaimObject>(coreResources.persistentVolumeClaims, { namespace, name });
      if (claim === undefined) missing.push(name);
      else found[name] = launcherClaim(claim);
    }
    return { found, missing };
  }

  async #presetsOf({ metadata: { namespace } }: VirtualMachine): Promise<readonly VirtualMachinePreset[]> {
    return (await this.#o.client.list<VirtualMachinePreset>(virtualMachinePresets, { namespace })).items;
  }

  async #healthOf(name: string): Promise<NodeHealth> {
    const { heartbeats, client, systemNamespace, node } = this.#o;
    if (name === "") return { state: "heard" };
    const shown = heartbeats.healthOf(name, node(name));
    if (shown.state === "heard") return shown;
    const [live, agent, kubelet] = await Promise.all([
      client.find<NodeObject>(coreResources.nodes, { name }),
      client.find<Lease>(coreResources.leases, { namespace: systemNamespace, name: agentLeaseName(name) }),
      client.find<Lease>(coreResources.leases, { namespace: kubeletLeaseNamespace, name }),
    ]);
    for (const lease of [agent, kubelet]) if (lease !== undefined) heartbeats.seen(lease);
    return heartbeats.healthOf(name, live);
  }
}

const refusedCreation = (error: ApiError) => ({
  reason: "FailedCreate",
  message: `the launcher pod cannot be made: ${error.message}`,
});
