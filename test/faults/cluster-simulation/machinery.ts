/**
 * What a simulated node is made of, whoever runs on it: its hypervisor, its files, the launchers of its pods. All of it is
 * lost with its power but the files and what the hypervisor has defined.
 */
import { FakeHypervisor } from "../../fakes/hypervisor";
import type { NodeFiles } from "../simulation/node";
import type { Scheduler } from "../simulation/scheduler";

export class Machinery {
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly hypervisor: FakeHypervisor;
  readonly files: NodeFiles = new Map();
  /** Whether the node's line to the API is cut. */
  readonly line = { cut: false };
  /** Pod's uid → the launcher's exit code, or undefined while it runs. */
  readonly #launchers = new Map<string, number | undefined>();
  power = true;

  constructor(name: string, scheduler: Scheduler, onPowerButton: "powerOff" | "ignore") {
    this.name = name;
    this.scheduler = scheduler;
    this.hypervisor = new FakeHypervisor({ onPowerButton });
  }

  startLauncher(podUid: string): void {
    this.#launchers.set(podUid, undefined);
  }

  launcherRuns(podUid: string): boolean {
    return this.#launchers.has(podUid) && this.#launchers.get(podUid) === undefined;
  }

  /** Undefined for one that runs, or that this node does not know (any more): `knows` tells. */
  exitCode(podUid: string): number | undefined {
    return this.#launchers.get(podUid);
  }

  knows(podUid: string): boolean {
    return this.#launchers.has(podUid);
  }

  launchers(): readonly string[] {
    return [...this.#launchers.keys()];
  }

  endLauncher(podUid: string, code: number): void {
    if (this.launcherRuns(podUid)) this.#launchers.set(podUid, code);
  }

  /** The kubelet ends everything that is in a pod's cgroup, QEMU too. */
  removePod(podUid: string, machineUid: string): void {
    this.#launchers.delete(podUid);
    if (this.running().some(({ uuid }) => uuid === machineUid)) this.hypervisor.endGuest(machineUid, "crashed");
  }

  running() {
    return this.hypervisor.domains().filter(({ id }) => id >= 0);
  }

  cutPower(): void {
    this.power = false;
    for (const { uuid } of this.running()) this.hypervisor.endGuest(uuid, "crashed");
    this.#launchers.clear();
  }
}
