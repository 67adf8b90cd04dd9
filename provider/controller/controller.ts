/** The controller: one informer per kind it reads, and one queue of machines to reconcile. */
import type { VirtualMachine } from "../api/v1alpha1/virtual-machine";
import { virtualMachines } from "../core/resources";
import { soundMachine } from "../core/sound-machine";
import type { KubeClient } from "../kube/client";
import { Informer } from "../kube/informer";
import { Recorder } from "../kube/recorder";
import { coreResources, keyOf } from "../kube/resource";
import { WorkQueue } from "../kube/work-queue";
import { type Clock, systemClock } from "../runtime/clock";
import type { Logger } from "../runtime/log";
import { candidateOf, type NodeObject } from "./node";
import { VirtualMachineReconciler } from "./virtual-machine";

export interface ControllerOptions {
  readonly client: KubeClient;
  readonly log: Logger;
  readonly clock?: Clock;
}

export class Controller {
  readonly #recorder: Recorder;
  readonly #machines: Informer<VirtualMachine>;
  readonly #nodes: Informer<NodeObject>;
  readonly #queue: WorkQueue;

  constructor(options: ControllerOptions) {
    const { client, log } = options;
    const clock = options.clock ?? systemClock;
    this.#recorder = new Recorder({ client, log, component: "virtualmachine-controller", clock });
    const reconciler = new VirtualMachineReconciler({
      client,
      recorder: this.#recorder,
      clock,
      machine: (key) => {
        const vm = this.#machines.get(key);
        return vm === undefined ? undefined : soundMachine(vm);
      },
      written: (vm) => this.#machines.remember(vm),
      nodes: () => this.#nodes.list().map((node) => candidateOf(node, clock.now())),
    });
    this.#queue = new WorkQueue({ reconcile: (key) => reconciler.reconcile(key), log });
    this.#machines = new Informer<VirtualMachine>({
      client,
      resource: virtualMachines,
      log,
      onChange: (key) => this.#queue.add(key),
    });
    this.#nodes = new Informer<NodeObject>({
      client,
      resource: coreResources.nodes,
      log,
      onChange: () => this.#enqueueWaiting(),
    });
  }

  /** Resolves when the first lists are read. Machines are planned only once the nodes are known. */
  async start(): Promise<void> {
    this.#nodes.start();
    await this.#nodes.synced();
    this.#machines.start();
    await this.#machines.synced();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#machines.stop(), this.#nodes.stop()]);
    await this.#queue.stop();
    await this.#recorder.flush();
  }

  #enqueueWaiting(): void {
    for (const vm of this.#machines.list()) {
      if ((vm.status?.nodeName ?? "") === "") this.#queue.add(keyOf(vm));
    }
  }
}
