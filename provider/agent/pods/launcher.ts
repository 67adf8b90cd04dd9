/** A launcher pod as the agent of its node reads it, and the processes that the pod has here. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { VirtualMachine } from "../../api/v1alpha1/virtual-machine";
import { type LauncherVolumes, launcherContainer } from "../../core/plan/launcher-pod";
import type { KubeObject } from "../../kube/resource";
import { textIfThere } from "../../runtime/text-if-there";
import type { PlaceEnd } from "../place";

export interface LauncherPod extends KubeObject {
  readonly spec?: {
    readonly nodeName?: string;
    readonly volumes?: (LauncherVolumes[number] & { readonly secret?: { readonly secretName?: string } })[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly podIP?: string;
    readonly containerStatuses?: readonly {
      readonly name: string;
      readonly containerID?: string;
      readonly state?: { readonly running?: object };
    }[];
  };
}

/** The machine's pod is not there, or not as it has to be for the machine to be started. */
export class PodNotReadyError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "PodNotReadyError";
  }
}

/** Whether this pod is the machine's launcher: its labels can be written by others, its controller cannot. */
export function isLauncherOf(pod: LauncherPod, vm: VirtualMachine): boolean {
  return (
    vm.metadata.uid !== undefined &&
    pod.metadata.namespace === vm.metadata.namespace &&
    pod.metadata.ownerReferences?.some(({ uid, controller }) => controller === true && uid === vm.metadata.uid) === true
  );
}

/** The id of the running launcher container, without the name of its runtime; undefined while it does not run. */
export function containerIdOf(pod: LauncherPod): string | undefined {
  const container = pod.status?.containerStatuses?.find(({ name }) => name === launcherContainer);
  if (container?.state?.running === undefined) return undefined;
  return /^[a-z0-9-]+:\/\/([0-9a-f]{16,})$/.exec(container.containerID ?? "")?.[1];
}

/** That the pod is going or gone, and what is said of its machine then; undefined while it is there to stay. */
export function endOfPod(pod: LauncherPod | undefined, now: number): PlaceEnd | undefined {
  const lost = (reason: string, message: string) => ({ phase: "Failed", reason, message }) as const;
  if (pod === undefined) {
    return { deadline: now, report: lost("PodGone", "the machine's launcher pod is gone") };
  }
  const { name, deletionTimestamp } = pod.metadata;
  const { phase, reason, message } = pod.status ?? {};
  if (phase === "Failed" || phase === "Succeeded") {
    const words = message ?? `it has ended (${phase})`;
    return { deadline: now, report: lost(reason ?? "PodEnded", `launcher pod ${name}: ${words}`) };
  }
  if ((deletionTimestamp ?? "") === "") return undefined;
  // The time at which the kubelet kills what is left in the pod; the end has to be put in order before that.
  const killedAt = Date.parse(deletionTimestamp ?? "");
  const deadline = (Number.isNaN(killedAt) ? now : killedAt) - putInOrderMs;
  return { deadline, report: lost("PodDeleted", `launcher pod ${name} was deleted or evicted`) };
}

const putInOrderMs = 10_000;

export interface ProcessTable {
  /** The process that is the first of a container's own; undefined when there is none on this node. */
  launcherOf(containerId: string): Promise<LauncherProcess | undefined>;
}

export interface LauncherProcess {
  readonly pid: number;
  /** Controllers of each hierarchy in which the container has a group → its path there, as /proc/PID/cgroup has them. */
  readonly cgroups: readonly CgroupPath[];
}

export interface CgroupPath {
  /** Such as `memory` or `cpu,cpuacct` or `name=systemd`; empty for the unified hierarchy. */
  readonly controllers: string;
  readonly path: string;
}

export function parseCgroups(text: string): readonly CgroupPath[] {
  return text.split("\n").flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    return controllers === undefined || path === undefined ? [] : [{ controllers, path }];
  });
}

/** The node's processes, as /proc shows them to a program of the node. */
export class ProcFileSystem implements ProcessTable {
  readonly #root: string;

  constructor(root = "/proc") {
    this.#root = root;
  }

  async launcherOf(containerId: string): Promise<LauncherProcess | undefined> {
    for (const name of await readdir(this.#root)) {
      if (!/^\d+$/.test(name)) continue;
      const text = await textIfThere(join(this.#root, name, "cgroup"));
      if (text === undefined || !text.includes(containerId)) continue;
      const cgroups = parseCgroups(text).filter(({ path }) => (path.split("/").at(-1) ?? "").includes(containerId));
      if (cgroups.length > 0 && (await this.#isFirst(name))) return { pid: Number(name), cgroups };
    }
    return undefined;
  }

  /** Others that were started in the container have numbers above 1 there. */
  async #isFirst(pid: string): Promise<boolean> {
    const numbers = /^NSpid:\s+(.*)$/m.exec((await textIfThere(join(this.#root, pid, "status"))) ?? "")?.[1];
    return numbers !== undefined && numbers.trim().split(/\s+/).at(-1) === "1";
  }
}
