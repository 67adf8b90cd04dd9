/**
 * Tells the API what became of a machine: its status, and the events that go with it. One write for each change, and none
 * when nothing would change; events are told after the write that they belong to.
 */
import { isDeepStrictEqual } from "node:util";
import type { VirtualMachine, VirtualMachineStatus } from "../api/v1alpha1/virtual-machine";
import { findCondition, type NewCondition } from "../core/conditions";
import type { PlannedEvent } from "../core/plan/events";
import type { EndReport } from "../core/plan/machine";
import { pausedCondition, requestedPause } from "../core/plan/pause";
import { virtualMachines } from "../core/resources";
import type { KubeClient } from "../kube/client";
import type { Recorder } from "../kube/recorder";
import type { DomainStatus } from "../libvirt/hypervisor";
import { type Clock, timestamp } from "../runtime/clock";
import { endedStatus, failedStartStatus, runningStatus } from "./machine-status";
import type { StartFailure } from "./start-failure";

export interface MachineReporterOptions {
  readonly client: KubeClient;
  readonly recorder: Recorder;
  readonly clock: Clock;
  /** Told the answer to each write. */
  readonly written: (vm: VirtualMachine) => void;
}

export interface RunningMachine {
  readonly ip: string;
  readonly mac: string;
  readonly domain: DomainStatus;
  /** What was found out about the guest. Default: nothing new. */
  readonly findings?: readonly NewCondition[];
}

const startEvents: readonly PlannedEvent[] = [
  { type: "Normal", reason: "Created", message: "VM defined." },
  { type: "Normal", reason: "Started", message: "VM started." },
];

/** Told when a guest begins to stand still, and when it goes on. */
function pauseEvents(vm: VirtualMachine, { conditions }: VirtualMachineStatus): readonly PlannedEvent[] {
  const before = findCondition(vm.status?.conditions, pausedCondition);
  const after = findCondition(conditions, pausedCondition);
  if ((before === undefined) === (after === undefined)) return [];
  if (after === undefined) return [{ type: "Normal", reason: "Unpaused", message: "VM goes on." }];
  const type = after.reason === requestedPause ? "Normal" : "Warning";
  return [{ type, reason: "Paused", message: after.message ?? "VM paused." }];
}

export class MachineReporter {
  readonly #o: MachineReporterOptions;

  constructor(options: MachineReporterOptions) {
    this.#o = options;
  }

  /** The start is told once: with the write that says for the first time that the machine runs. */
  async running(vm: VirtualMachine, running: RunningMachine): Promise<void> {
    const started = vm.status?.phase === "Scheduled" ? startEvents : [];
    const status = runningStatus(vm, { ...running, at: this.#now() });
    await this.#writeStatus(vm, status, [...started, ...pauseEvents(vm, status)]);
  }

  /** `hadDomain`: a machine that never had one is not said to have stopped. */
  async ended(vm: VirtualMachine, end: EndReport, { hadDomain }: { hadDomain: boolean }): Promise<void> {
    const events: PlannedEvent[] = hadDomain
      ? [{ type: end.phase === "Failed" ? "Warning" : "Normal", reason: "Stopped", message: end.message }]
      : [];
    await this.#writeStatus(vm, endedStatus(vm, end, this.#now()), events);
  }

  async failedToStart(vm: VirtualMachine, failure: StartFailure): Promise<void> {
    const event: PlannedEvent = { type: "Warning", reason: "SyncFailed", message: failure.message };
    await this.#writeStatus(vm, failedStartStatus(vm, failure, this.#now()), [event]);
  }

  event(vm: VirtualMachine, event: PlannedEvent): void {
    this.#o.recorder.record({ resource: virtualMachines, object: vm }, event);
  }

  /** The cached revision is the precondition: a stale view is refused. */
  async #writeStatus(vm: VirtualMachine, status: VirtualMachineStatus, events: readonly PlannedEvent[]): Promise<void> {
    if (isDeepStrictEqual(vm.status, status)) return;
    const written = await this.#o.client.update(virtualMachines, { ...vm, status }, { subresource: "status" });
    this.#o.written(written);
    for (const event of events) this.event(vm, event);
  }

  #now(): string {
    return timestamp(this.#o.clock.now());
  }
}
