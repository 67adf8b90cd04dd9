/**
 * The controller: one informer per kind it reads, and one queue per kind it looks after. A machine that changes is news
 * for itself and for whoever makes machines like it.
 */
import { randomBytes } from "node:crypto";
import type { OfflineVirtualMachine } from "../api/v1alpha1/offline-virtual-machine";
import type { VirtualMachine } from "../api/v1alpha1/virtual-machine";
import type { VirtualMachineReplicaSet } from "../api/v1alpha1/virtual-machine-replica-set";
import type { RandomBytes } from "../core/generated-name";
import { wantedName } from "../core/plan/offline-virtual-machine";
import { controllerOf } from "../core/plan/ownership";
import { offlineVirtualMachines, virtualMachineReplicaSets, virtualMachines } from "../core/resources";
import { matchesSelector } from "../core/selector-match";
import { soundMachine, soundOwner } from "../core/sound-machine";
import type { KubeClient } from "../kube/client";
import { Informer } from "../kube/informer";
import { Recorder } from "../kube/recorder";
import { coreResources, type KubeObject, keyOf } from "../kube/resource";
import { type Result, type WorkOutcome, WorkQueue } from "../kube/work-queue";
import { type Clock, systemClock } from "../runtime/clock";
import type { Logger } from "../runtime/log";
import { LauncherPlacement, type LauncherSettings } from "./launcher-placement";
import { MachineNames } from "./machine-names";
import { candidateOf, type NodeObject } from "./node";
import { OfflineVirtualMachineReconciler } from "./offline-virtual-machine";
import { OwnedMachines } from "./owned-machines";
import { PendingMachines } from "./pending-machines";
import { ReplicaSetReconciler } from "./replica-set";
import { VirtualMachineReconciler } from "./virtual-machine";

export interface ControllerOptions {
  readonly client: KubeClient;
  readonly log: Logger;
  readonly clock?: Clock;
  /** Launcher pods of a Kubernetes cluster. Default: machines are put on nodes directly, as the local engine does. */
  readonly launchers?: LauncherSettings;
  /** Told of each piece of work that has ended, and of which queue. */
  readonly observe?: (queue: "machines" | "offline" | "sets", outcome: WorkOutcome) => void;
  /** For the names of machines that are made in numbers. */
  readonly random?: RandomBytes;
}

/**
 * News of a set's machines is gathered for so many milliseconds: a look at a set goes over all of its machines, and each
 * of many that start at once is news.
 */
const setSettleMs = 50;

export class Controller {
  readonly #recorders: readonly Recorder[];
  readonly #pending: PendingMachines;
  readonly #machines: Informer<VirtualMachine>;
  readonly #nodes: Informer<NodeObject>;
  readonly #offline: Informer<OfflineVirtualMachine>;
  readonly #sets: Informer<VirtualMachineReplicaSet>;
  /** Machines of the watch, made safe to look at: once each, since every look at a set goes over all of them. */
  readonly #sound = new WeakMap<KubeObject, VirtualMachine>();
  readonly #machineQueue: WorkQueue;
  readonly #offlineQueue: WorkQueue;
  readonly #setQueue: WorkQueue;
  readonly #launchers: LauncherPlacement | undefined;

  constructor(options: ControllerOptions) {
    const { client, log } = options;
    const clock = options.clock ?? systemClock;
    const random = options.random ?? randomBytes;
    const recorder = (component: string) => new Recorder({ client, log, component, clock });
    const recorders = {
      machine: recorder("virtualmachine-controller"),
      offline: recorder("offlinevirtualmachine-controller"),
      set: recorder("virtualmachinereplicaset-controller"),
    };
    this.#recorders = Object.values(recorders);
    this.#pending = new PendingMachines(clock);

    this.#machines = new Informer<VirtualMachine>({
      client,
      resource: virtualMachines,
      log,
      onChange: (key, object) => this.#machineChanged(key, object),
    });
    this.#nodes = new Informer<NodeObject>({
      client,
      resource: coreResources.nodes,
      log,
      onChange: () => this.#enqueueWaiting(),
    });
    this.#offline = new Informer<OfflineVirtualMachine>({
      client,
      resource: offlineVirtualMachines,
      log,
      onChange: (key) => this.#offlineQueue.add(key),
    });
    this.#sets = new Informer<VirtualMachineReplicaSet>({
      client,
      resource: virtualMachineReplicaSets,
      log,
      onChange: (key) => this.#setQueue.add(key),
    });

    const written = (vm: VirtualMachine) => this.#machines.remember(vm);
    const machine = (key: string) => soundOrNone(this.#machines.get(key), (vm) => this.#soundMachine(vm));
    const shared = { client, recorder: recorders.machine, clock, machine, written };
    this.#launchers =
      options.launchers === undefined
        ? undefined
        : new LauncherPlacement({
            ...shared,
            ...options.launchers,
            log,
            machines: () => this.#machines.list().map((vm) => this.#soundMachine(vm)),
            nodes: this.#nodes,
            enqueue: (key) => this.#machineQueue.add(key),
          });
    const machines =
      this.#launchers ??
      new VirtualMachineReconciler({
        ...shared,
        nodes: () => this.#nodes.list().map((node) => candidateOf(node, clock.now())),
      });
    const shown = (namespace: string) =>
      this.#machines
        .list()
        .filter((vm) => vm.metadata.namespace === namespace)
        .map((vm) => this.#soundMachine(vm));
    const ownedMachines = (events: Recorder) =>
      new OwnedMachines({
        client,
        recorder: events,
        pending: this.#pending,
        names: new MachineNames(random),
        shown,
        written,
      });
    const offline = new OfflineVirtualMachineReconciler({
      client,
      machines: ownedMachines(recorders.offline),
      clock,
      object: (key) => soundOrNone(this.#offline.get(key), soundOwner),
      written: (ovm) => this.#offline.remember(ovm),
    });
    const sets = new ReplicaSetReconciler({
      client,
      recorder: recorders.set,
      machines: ownedMachines(recorders.set),
      clock,
      object: (key) => soundOrNone(this.#sets.get(key), soundOwner),
      written: (set) => this.#sets.remember(set),
    });
    const queueOf = (queue: "machines" | "offline" | "sets", reconciler: { reconcile(key: string): Promise<Result> }) =>
      new WorkQueue({
        reconcile: (key) => reconciler.reconcile(key),
        log,
        observe: (outcome) => options.observe?.(queue, outcome),
      });
    this.#machineQueue = queueOf("machines", machines);
    this.#offlineQueue = queueOf("offline", offline);
    this.#setQueue = queueOf("sets", sets);
  }

  /**
   * Resolves when the first lists are read. Machines are planned only once the nodes are known, and what makes machines
   * only once the machines are: else everything would be made a second time.
   */
  async start(): Promise<void> {
    await begin(this.#nodes);
    await this.#launchers?.start();
    for (const informer of [this.#machines, this.#offline, this.#sets]) await begin(informer);
  }

  /** The API has just answered somebody of this process. */
  contact(): void {
    this.#launchers?.contact();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#sets, this.#offline, this.#machines, this.#nodes].map((informer) => informer.stop()));
    await this.#launchers?.stop();
    await Promise.all([this.#setQueue, this.#offlineQueue, this.#machineQueue].map((queue) => queue.stop()));
    await Promise.all(this.#recorders.map((recorder) => recorder.flush()));
  }

  #machineChanged(key: string, object: KubeObject): void {
    const vm = this.#soundMachine(object);
    const state = this.#machines.get(key) === undefined ? "gone" : "present";
    this.#pending.seen(vm, state);
    this.#launchers?.machineChanged(vm, state);
    this.#machineQueue.add(key);
    const manager = controllerOf(vm);
    const ownerKey = `${vm.metadata.namespace}/${manager?.name}`;
    if (manager?.kind === offlineVirtualMachines.kind) this.#offlineQueue.add(ownerKey);
    else if (manager?.kind === virtualMachineReplicaSets.kind) this.#setQueue.addAfter(ownerKey, setSettleMs);
    this.#enqueueInterested(vm, manager?.uid);
  }

  #soundMachine(object: KubeObject): VirtualMachine {
    const known = this.#sound.get(object);
    if (known !== undefined) return known;
    const vm = soundMachine(object);
    this.#sound.set(object, vm);
    return vm;
  }

  /** Those who do not manage the machine, but may want to, or wait for its name. */
  #enqueueInterested({ metadata }: VirtualMachine, managerUid: string | undefined): void {
    for (const ovm of this.#offline.list()) {
      if (ovm.metadata.namespace !== metadata.namespace || ovm.metadata.uid === managerUid) continue;
      if (wantedName(ovm) === metadata.name) this.#offlineQueue.add(keyOf(ovm));
    }
    if (managerUid !== undefined) return;
    for (const set of this.#sets.list()) {
      if (set.metadata.namespace !== metadata.namespace) continue;
      if (matchesSelector(set.spec?.selector, metadata.labels ?? {})) this.#setQueue.add(keyOf(set));
    }
  }

  #enqueueWaiting(): void {
    for (const vm of this.#machines.list()) {
      if ((vm.status?.nodeName ?? "") === "") this.#machineQueue.add(keyOf(vm));
    }
  }
}

function soundOrNone<T extends object>(object: T | undefined, sound: (object: T) => T): T | undefined {
  return object === undefined ? undefined : sound(object);
}

async function begin(informer: Pick<Informer<KubeObject>, "start" | "synced">): Promise<void> {
  informer.start();
  await informer.synced();
}
