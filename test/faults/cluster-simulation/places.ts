/** Machines in the launcher pods of a simulated node: whether a pod is there to stay is the agent's own judgement. */
import { PodNotReadyError } from "../../../provider/agent/pods/launcher";
import { PodPlaces, type PodPlacesOptions } from "../../../provider/agent/pods/pod-place";
import type { VirtualMachine } from "../../../provider/api/v1alpha1/virtual-machine";
import type { NetworkAttachment } from "../../../provider/core/convert";
import type { SimulatedProcess } from "../simulation/scheduler";
import type { Machinery } from "./machinery";

export class SimulatedPlaces extends PodPlaces {
  readonly #podOf: PodPlacesOptions["podOf"];
  readonly #machinery: Machinery;
  readonly #step: <T>(label: string, work: () => T) => Promise<T>;

  constructor(options: PodPlacesOptions, machinery: Machinery, process: SimulatedProcess) {
    super(options);
    this.#podOf = options.podOf;
    this.#machinery = machinery;
    this.#step = (label, work) => machinery.scheduler.call(process, label, async () => work());
  }

  override async look(vm: VirtualMachine): Promise<NetworkAttachment> {
    await this.#step("look at pod", () => this.#checkLauncher(vm));
    return { kind: "tap", device: "kv0", mtu: 1500 };
  }

  override async connect(vm: VirtualMachine): Promise<{ ip: string }> {
    await this.#step("connect", () => this.#checkLauncher(vm));
    return { ip: "10.44.0.7" };
  }

  override hold(vm: VirtualMachine): Promise<void> {
    return this.#step("hold", () => this.#checkLauncher(vm));
  }

  override settle(vm: VirtualMachine): Promise<void> {
    return this.#step("settle", () => this.#checkLauncher(vm));
  }

  override keep(vm: VirtualMachine): Promise<void> {
    return this.#step("keep", () => this.#checkLauncher(vm));
  }

  override async release(): Promise<void> {}

  override close(vm: VirtualMachine): Promise<void> {
    return this.#step("close", () => {
      const pod = this.#podOf(vm.metadata.uid ?? "");
      if (pod !== undefined)
        this.#machinery.endLauncher(pod.metadata.uid ?? "", vm.status?.phase === "Succeeded" ? 0 : 1);
    });
  }

  #checkLauncher(vm: VirtualMachine): void {
    const pod = this.#podOf(vm.metadata.uid ?? "");
    if (pod === undefined || !this.#machinery.launcherRuns(pod.metadata.uid ?? "")) {
      throw new PodNotReadyError("the launcher does not run");
    }
  }
}
