/**
 * Where an agent works: on the node of a local engine (local-setting.ts) or on a node of a Kubernetes cluster
 * (pods/pod-setting.ts). What differs between the two is here; everything else of the agent is the same code.
 */
import type { VirtualMachine } from "../api/v1alpha1/virtual-machine";
import type { PlannedEvent } from "../core/plan/events";
import type { KubeClient } from "../kube/client";
import type { Recorder } from "../kube/recorder";
import type { Hypervisor } from "../libvirt/hypervisor";
import type { Clock } from "../runtime/clock";
import type { Logger } from "../runtime/log";
import type { NodeIdentity } from "./node-identity";
import type { MachinePlaces } from "./place";

/** What the agent lends to its setting. */
export interface SettingParts {
  readonly client: KubeClient;
  readonly hypervisor: Hypervisor;
  readonly node: NodeIdentity;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly log: Logger;
  readonly version: string;
  /** The machines as the watch last showed them. */
  readonly machines: () => readonly VirtualMachine[];
  /** Has a machine looked at, by its key. */
  readonly lookAt: (key: string) => void;
  readonly tell: (vm: VirtualMachine, event: PlannedEvent) => void;
}

export interface Setting {
  /** Label selector of the machines that the agent watches. Default: all. */
  readonly machineSelector?: string;
  join(parts: SettingParts): JoinedSetting;
}

export interface JoinedSetting {
  readonly places: MachinePlaces;
  /** Milliseconds between two signs of life. */
  readonly heartbeatIntervalMs: number;
  /** Resolves when it knows where machines can stand. Called once, before any machine is looked at. */
  open(): Promise<void>;
  /** Begins what it does for others than machines. Called once, after the machines are known. */
  start(): Promise<void>;
  /** Gives a sign of life. */
  heartbeat(): Promise<void>;
  /** A machine came, went or changed. */
  machinesChanged(): void;
  stop(): Promise<void>;
}
