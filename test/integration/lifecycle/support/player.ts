/** Plays controller and agent: takes each new machine up with a finalizer and the status that the test's script says. */
import type { VirtualMachine, VirtualMachineStatus } from "../../../../provider/api/v1alpha1/virtual-machine";
import { virtualMachines } from "../../../../provider/core/resources";
import type { KubeClient } from "../../../../provider/kube/client";
import { isConflict, isNotFound, isTransient } from "../../../../provider/kube/errors";
import { Informer } from "../../../../provider/kube/informer";
import { silentLogger } from "../../../../provider/runtime/log";

export const finalizer = "foregroundDeleteVirtualMachine";

export const running: VirtualMachineStatus = {
  phase: "Running",
  nodeName: "node-1",
  interfaces: [{ ipAddress: "192.168.122.7", mac: "52:54:00:00:00:07" }],
  conditions: [{ type: "Ready", status: "True", reason: "Running", message: "the guest is running" }],
};

export class Player {
  /** The status of a machine that has none yet; undefined leaves it waiting. */
  onNew: (vm: VirtualMachine) => VirtualMachineStatus | undefined = () => running;
  /** Whether a machine that is being deleted may go. */
  lettingGo = true;
  readonly #client: KubeClient;
  readonly #informer: Informer<VirtualMachine>;
  #last: Promise<void> = Promise.resolve();

  constructor(client: KubeClient) {
    this.#client = client;
    this.#informer = new Informer<VirtualMachine>({
      client,
      resource: virtualMachines,
      log: silentLogger,
      onChange: (key) => this.look(key),
    });
  }

  async start(): Promise<void> {
    this.#informer.start();
    await this.#informer.synced();
  }

  async stop(): Promise<void> {
    await this.#informer.stop();
    await this.#last;
  }

  look(key: string): void {
    this.#last = this.#last
      .then(() => this.#play(this.#informer.get(key)))
      .catch((error: unknown) => {
        // The next event, or lookAgain, comes for it.
        if (!isNotFound(error) && !isConflict(error) && !isTransient(error)) throw error;
      });
  }

  /** Looks at every machine again, after the script has changed. */
  lookAgain(): void {
    for (const { metadata } of this.#informer.list()) this.look(`${metadata.namespace}/${metadata.name}`);
  }

  async #play(vm: VirtualMachine | undefined): Promise<void> {
    if (vm === undefined) return;
    const { finalizers = [] } = vm.metadata;
    if ((vm.metadata.deletionTimestamp ?? "") !== "") {
      if (this.lettingGo && finalizers.includes(finalizer)) await this.#write(vm, []);
      return;
    }
    if (!finalizers.includes(finalizer)) return this.#write(vm, [...finalizers, finalizer]);
    const status = vm.status === undefined ? this.onNew(vm) : undefined;
    if (status !== undefined) await this.#client.update(virtualMachines, { ...vm, status }, { subresource: "status" });
  }

  async #write(vm: VirtualMachine, finalizers: readonly string[]): Promise<void> {
    await this.#client.update(virtualMachines, { ...vm, metadata: { ...vm.metadata, finalizers } });
  }
}
