/**
 * Machines on a Kubernetes cluster: watches the launcher pods, has each machine looked at when something of its place or
 * the health of its node changes, and marks the nodes whose agent takes machines.
 */
import type { VirtualMachine } from "../api/v1alpha1/virtual-machine";
import { isDeleting } from "../core/deletion";
import { isFinal } from "../core/phases";
import { type LauncherImage, launcherLabel, launcherLabelValue, schedulableLabel } from "../core/plan/launcher-pod";
import type { KubeClient } from "../kube/client";
import { isNotFound } from "../kube/errors";
import { Informer } from "../kube/informer";
import type { Recorder } from "../kube/recorder";
import { coreResources, type KubeObject, keyOf } from "../kube/resource";
import type { Result } from "../kube/work-queue";
import { type Clock, systemTicks, type Ticks } from "../runtime/clock";
import type { Logger } from "../runtime/log";
import { ClaimWriters } from "./claim-writers";
import { HeartbeatWatch } from "./heartbeat-watch";
import { LaunchedMachineReconciler } from "./launched-machine";
import { machineUidOf, type PodObject } from "./launcher-pod";
import type { NodeObject } from "./node";
import type { NodeHeartbeats } from "./node-heartbeats";

export interface LauncherSettings {
  readonly launcher: LauncherImage;
  /** Namespace of the agents' leases. */
  readonly systemNamespace: string;
  /** One that listens already. Default: it begins with the controller. */
  readonly heartbeats?: HeartbeatWatch;
}

export interface LauncherPlacementOptions extends LauncherSettings {
  readonly client: KubeClient;
  readonly recorder: Recorder;
  readonly log: Logger;
  readonly clock: Clock;
  readonly ticks?: Ticks;
  /** The object as the watch last showed it, sound. */
  readonly machine: (key: string) => VirtualMachine | undefined;
  readonly machines: () => readonly VirtualMachine[];
  readonly nodes: Informer<NodeObject>;
  /** Told the answer to each write. */
  readonly written: (vm: VirtualMachine) => void;
  /** Has a machine looked at. */
  readonly enqueue: (key: string) => void;
}

/** Nodes are judged again after so many milliseconds: silence is no news that a watch could bring. */
const judgeIntervalMs = 2_000;

/** A pod that was made is believed to be there for so many milliseconds without the watch having shown it. */
const longestUnseenMs = 10_000;

export class LauncherPlacement {
  readonly #o: LauncherPlacementOptions;
  readonly #ticks: Ticks;
  readonly #watch: HeartbeatWatch;
  readonly #heartbeats: NodeHeartbeats;
  readonly #pods: Informer<PodObject>;
  readonly #claimWriters: ClaimWriters;
  readonly #reconciler: LaunchedMachineReconciler;
  /** Pods that were made and that the watch has not shown yet, by their keys. */
  readonly #made = new Map<string, { readonly pod: PodObject; readonly at: number }>();
  /** What was last found of each node that has machines. */
  readonly #judged = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #judging: Promise<void> | undefined;

  constructor(options: LauncherPlacementOptions) {
    const { client, log } = options;
    this.#o = options;
    this.#ticks = options.ticks ?? systemTicks;
    this.#watch = options.heartbeats ?? new HeartbeatWatch({ ...options, ticks: this.#ticks });
    this.#heartbeats = this.#watch.heartbeats;
    this.#pods = new Informer<PodObject>({
      client,
      resource: coreResources.pods,
      labelSelector: `${launcherLabel}=${launcherLabelValue}`,
      log,
      onChange: (key, pod) => this.#podChanged(key, pod),
    });
    const pod = (key: string) => this.#pods.get(key) ?? this.#made.get(key)?.pod;
    this.#claimWriters = new ClaimWriters({ machine: options.machine, pod, enqueue: options.enqueue });
    this.#reconciler = new LaunchedMachineReconciler({
      ...options,
      heartbeats: this.#heartbeats,
      claimWriters: this.#claimWriters,
      pod,
      node: (name) => options.nodes.get(name),
      podMade: (pod) => this.#podMade(pod),
    });
  }

  /** Resolves when the first lists are read. */
  async start(): Promise<void> {
    this.#pods.start();
    await this.#pods.synced();
    this.#watch.start();
    await this.#watch.synced();
    this.#timer = setInterval(() => {
      this.#judging ??= this.#judge().finally(() => {
        this.#judging = undefined;
      });
    }, judgeIntervalMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([this.#pods.stop(), this.#watch.stop()]);
    await this.#judging;
  }

  /** The API has just answered. */
  contact(): void {
    this.#watch.contact();
  }

  /** A machine as the watch shows it, or last showed it before it was gone. */
  machineChanged(vm: VirtualMachine, state: "present" | "gone"): void {
    this.#claimWriters.machineChanged(vm, state);
  }

  reconcile(key: string): Promise<Result> {
    return this.#reconciler.reconcile(key);
  }

  #podMade(pod: PodObject): void {
    this.#pods.remember(pod);
    const key = keyOf(pod);
    if (this.#pods.get(key) === undefined) this.#made.set(key, { pod, at: this.#ticks() });
    this.#claimWriters.podChanged(pod);
  }

  /** By its name the pod may be another machine's by now; whoever it names is looked at. */
  #podChanged(key: string, pod: KubeObject): void {
    this.#made.delete(key);
    this.#claimWriters.podChanged(pod);
    const uid = machineUidOf(pod);
    const { namespace, ownerReferences } = pod.metadata;
    const owner = ownerReferences?.find((reference) => reference.uid === uid);
    if (owner !== undefined) this.#o.enqueue(`${namespace}/${owner.name}`);
  }

  async #judge(): Promise<void> {
    const { nodes, machines, enqueue, log } = this.#o;
    this.#forgetUnseen();
    const living = machines().filter((vm) => !isFinal(vm.status?.phase) || isDeleting(vm));
    const names = new Set(living.map((vm) => vm.status?.nodeName ?? "").filter((name) => name !== ""));
    for (const name of this.#judged.keys()) if (!names.has(name)) this.#judged.delete(name);
    this.#heartbeats.keepOnly(new Set([...names, ...nodes.list().map(({ metadata }) => metadata.name ?? "")]));
    for (const name of names) {
      const health = this.#heartbeats.healthOf(name, nodes.get(name));
      const isAlone = health.state === "heard" && health.agentSilentSince !== undefined;
      const state = isAlone ? "heard without its agent" : health.state;
      const before = this.#judged.get(name) ?? "heard";
      this.#judged.set(name, state);
      if (state === before) continue;
      log.warn({ node: name, state, before }, "a node is judged anew");
      for (const vm of living) if (vm.status?.nodeName === name) enqueue(keyOf(vm));
    }
    for (const node of nodes.list()) {
      await this.#mark(node).catch((error: unknown) => {
        log.warn({ node: node.metadata.name, err: error }, "a node could not be marked");
      });
    }
  }

  /** A pod that the watch should have shown by now came and went unseen: its machine is looked at without it. */
  #forgetUnseen(): void {
    for (const [key, { pod, at }] of this.#made) {
      if (this.#ticks() - at >= longestUnseenMs) this.#podChanged(key, pod);
    }
  }

  /** Nodes that never had an agent stay without a mark. */
  async #mark({ metadata }: NodeObject): Promise<void> {
    const { name = "", labels } = metadata;
    const takes = this.#heartbeats.takesMachines(name);
    const mark = labels?.[schedulableLabel];
    if (takes === undefined || mark === String(takes) || (mark === undefined && !takes)) return;
    try {
      const patch = { metadata: { labels: { [schedulableLabel]: String(takes) } } };
      this.#o.nodes.remember(await this.#o.client.mergePatch<NodeObject>(coreResources.nodes, { name }, patch));
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
