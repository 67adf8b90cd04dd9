/**
 * A node of a Kubernetes cluster: the agent watches the machines that were handed to its node and their launcher pods, and
 * gives its sign of life by a Lease. An agent that could not renew it for long ends the machines that write to claims: the
 * node may have been given up for lost, and another machine may be about to be started on the same disk.
 */
import { child, parsedOrNothing } from "../../core/json-tree";
import { claimSizesAnnotation, createdByLabel, launcherLabel, launcherLabelValue } from "../../core/plan/launcher-pod";
import { nodeNameLabel } from "../../core/plan/machine-marks";
import { Informer } from "../../kube/informer";
import { coreResources, type KubeObject, keyOf } from "../../kube/resource";
import type { JoinedSetting, Setting, SettingParts } from "../setting";
import { type RunCommand, runCommand } from "../volumes/run-command";
import { AgentLease, agentLeaseIntervalMs } from "./agent-lease";
import { PodCgroups } from "./cgroup";
import { type LauncherPod, type LauncherProcess, PodNotReadyError, ProcFileSystem } from "./launcher";
import { type LauncherWayParts, LauncherWays } from "./launcher-ways";
import { PodClaims } from "./pod-claims";
import { launcherProcessOf, PodPlaces, type PodPlacesOptions } from "./pod-place";

export interface PodSettingOptions {
  readonly node: string;
  /** Namespace of the agents' leases. */
  readonly systemNamespace: string;
  /** A machine's own folder. */
  readonly folderOf: (uid: string) => string;
  /** Where the node's file systems are, as seen from here: `/host` in a container, `/` on the node. */
  readonly hostRoot: string;
  /** The kubelet's folder, as seen from here. */
  readonly kubeletFolder: string;
  /** Where libvirt writes the process ids of its domains, as seen from here. */
  readonly domainPidFolder: string;
  /** Seconds without a renewal after which machines that write to claims are ended; 0: never. */
  readonly selfFenceSeconds: number;
  /** What leads to guests, for whom Kubernetes lets into their launchers. Default: nothing. */
  readonly guests?: LauncherWayParts;
  readonly run?: RunCommand;
  /** How machines stand in their pods. Default: as PodPlaces has it. */
  readonly places?: (options: PodPlacesOptions) => PodPlaces;
}

export class PodSetting implements Setting {
  readonly machineSelector: string;
  readonly claims: PodClaims;
  readonly #o: PodSettingOptions;
  readonly #run: RunCommand;
  readonly #processes = new ProcFileSystem();
  readonly #pods = new Map<string, LauncherPod>();

  constructor(options: PodSettingOptions) {
    this.#o = options;
    this.#run = options.run ?? runCommand;
    this.machineSelector = `${nodeNameLabel}=${options.node}`;
    this.claims = new PodClaims({
      launcherOf: (uid) => this.#launcherOf(uid),
      sizeOf: (uid, claim) => claimSize(this.#pods.get(uid), claim),
      folderOf: options.folderOf,
      hostRoot: options.hostRoot,
      run: this.#run,
    });
  }

  join(parts: SettingParts): JoinedSetting {
    return new JoinedPodSetting(
      { ...this.#o, pods: this.#pods, claims: this.claims, processes: this.#processes, run: this.#run },
      parts,
    );
  }

  async #launcherOf(uid: string): Promise<LauncherProcess> {
    const pod = this.#pods.get(uid);
    if (pod === undefined) throw new PodNotReadyError("the machine's launcher pod is not on this node");
    return launcherProcessOf(pod, this.#processes);
  }
}

function claimSize(pod: LauncherPod | undefined, claim: string): number | undefined {
  const sizes = parsedOrNothing(pod?.metadata.annotations?.[claimSizesAnnotation] ?? "");
  const bytes = child(sizes, claim);
  return typeof bytes === "number" && Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}

interface Joined extends PodSettingOptions {
  readonly pods: Map<string, LauncherPod>;
  readonly claims: PodClaims;
  readonly processes: ProcFileSystem;
  readonly run: RunCommand;
}

class JoinedPodSetting implements JoinedSetting {
  readonly heartbeatIntervalMs = agentLeaseIntervalMs;
  readonly places: PodPlaces;
  readonly #o: Joined;
  readonly #parts: SettingParts;
  readonly #ways: LauncherWays | undefined;
  readonly #lease: AgentLease;
  readonly #informer: Informer<LauncherPod>;
  #synced = false;

  constructor(options: Joined, parts: SettingParts) {
    const { node, systemNamespace, pods } = options;
    const { client, clock, log } = parts;
    this.#o = options;
    this.#parts = parts;
    const { guests, folderOf } = options;
    this.#ways = guests && new LauncherWays({ ...guests, folderOf, log });
    this.#lease = new AgentLease({ client, clock, node, namespace: systemNamespace });
    this.#informer = new Informer<LauncherPod>({
      client,
      resource: coreResources.pods,
      labelSelector: `${launcherLabel}=${launcherLabelValue}`,
      fieldSelector: `spec.nodeName=${node}`,
      log,
      onChange: (key, pod) => this.#podChanged(key, pod),
    });
    const places = options.places ?? ((asked: PodPlacesOptions) => new PodPlaces(asked));
    this.places = places({
      ...options,
      client,
      clock,
      cgroups: new PodCgroups(),
      ways: this.#ways,
      podOf: (uid) => pods.get(uid),
      knowsPods: () => this.#synced,
      isolation: () => this.#isolation(),
    });
  }

  async open(): Promise<void> {
    this.#informer.start();
    await this.#informer.synced();
    this.#synced = true;
  }

  async start(): Promise<void> {}

  async heartbeat(): Promise<void> {
    try {
      await this.#lease.renew();
    } catch (error) {
      if (this.#isolation() !== undefined) for (const vm of this.#parts.machines()) this.#parts.lookAt(keyOf(vm));
      throw error;
    }
  }

  machinesChanged(): void {}

  async stop(): Promise<void> {
    await this.#informer.stop();
    await this.#ways?.stop();
  }

  #isolation(): string | undefined {
    const { selfFenceSeconds } = this.#o;
    const seconds = Math.floor(this.#lease.silence / 1000);
    if (selfFenceSeconds === 0 || seconds < selfFenceSeconds) return undefined;
    return `the node could not reach the Kubernetes API for ${selfFenceSeconds} seconds, and ended the machine, since it writes to a claim`;
  }

  /** The machine that a pod is for is its controller; its label says so too, and is what the API is asked by. */
  #podChanged(key: string, shown: KubeObject): void {
    const controller = shown.metadata.ownerReferences?.find((owner) => owner.controller === true);
    const uid = controller?.uid;
    if (uid === undefined || shown.metadata.labels?.[createdByLabel] !== uid) return;
    const { pods } = this.#o;
    const pod = this.#informer.get(key);
    if (pod !== undefined) pods.set(uid, pod);
    else if (pods.get(uid)?.metadata.uid === shown.metadata.uid) pods.delete(uid);
    this.#parts.lookAt(`${shown.metadata.namespace}/${controller?.name}`);
  }
}
