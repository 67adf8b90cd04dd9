/** The control plane's own pods and the processes in them, to be killed and frozen: never a process that is not theirs. */
import { readdirSync, readFileSync } from "node:fs";
import { hasCode } from "../../../provider/runtime/error-code";
import { eventually } from "../../e2e/support/wait.ts";
import { getJson } from "./cluster.ts";
import { lifeOf } from "./guest-processes.ts";

interface ControlPod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName: string };
  readonly status: {
    /** Sidecars are among these. */
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly containerID?: string;
}

const containersOf = ({ status }: ControlPod): readonly ContainerStatus[] => [
  ...(status.initContainerStatuses ?? []),
  ...(status.containerStatuses ?? []),
];

const component = (name: string) => `--selector=app.kubernetes.io/component=${name}`;

async function podsOf(name: string): Promise<readonly ControlPod[]> {
  return (await getJson<{ items: readonly ControlPod[] }>("--namespace=kubevirt", "pods", component(name))).items;
}

export const controllers = (): Promise<readonly ControlPod[]> => podsOf("virt-controller");

/** Name of the controller that leads, as its lease says. */
export async function leader(): Promise<string> {
  const lease = await getJson<{ spec: { holderIdentity?: string } }>(
    "--namespace=kubevirt",
    "lease",
    "virt-controller",
  );
  return lease.spec.holderIdentity ?? "";
}

export async function leadingPod(): Promise<ControlPod> {
  return eventually("a controller that is there leads", async () => {
    const name = await leader();
    return (await controllers()).find(({ metadata }) => metadata.name === name);
  });
}

export async function agentOn(node: string): Promise<ControlPod> {
  const pod = (await podsOf("virt-agent")).find(({ spec }) => spec.nodeName === node);
  if (pod === undefined) throw new Error(`there is no agent on ${node}`);
  return pod;
}

/** How often containers of the control plane were started again so far, by pod and container. */
export async function restarts(): Promise<number> {
  const pods = [...(await controllers()), ...(await podsOf("virt-agent"))];
  return pods.flatMap(containersOf).reduce((sum, one) => sum + one.restartCount, 0);
}

export async function everyControlPodIsReady(): Promise<true | undefined> {
  const pods = [...(await controllers()), ...(await podsOf("virt-agent"))];
  const ready = pods.every(
    (pod) =>
      pod.metadata.deletionTimestamp === undefined &&
      pod.status.containerStatuses !== undefined &&
      containersOf(pod).every((one) => one.ready),
  );
  return ready && pods.length === 4 ? true : undefined;
}

/**
 * The process that a program of a pod's container runs as, by its id on the host. It is found by the container's cgroup below
 * the node's own, and by its command line.
 */
export function processIn(pod: ControlPod, container: string, program: string): number {
  const id = containersOf(pod)
    .find(({ name }) => name === container)
    ?.containerID?.replace(/^.*\/\//, "");
  if (id === undefined) throw new Error(`container ${container} of ${pod.metadata.name} does not run`);
  const ours = `:/${pod.spec.nodeName}/`;
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const cgroups = textOf(name, "cgroup");
    if (!cgroups.includes(ours) || !cgroups.includes(`/pod${pod.metadata.uid}/${id}`)) continue;
    if (textOf(name, "cmdline").includes(program)) return Number(name);
  }
  throw new Error(`no process of container ${container} of ${pod.metadata.name} runs ${program}`);
}

function textOf(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT", "ESRCH")) return "";
    throw error;
  }
}

/** Kills it as a crash would, and waits until it is gone. */
export async function kill(pid: number): Promise<void> {
  const before = lifeOf(pid);
  process.kill(pid, "SIGKILL");
  await eventually(`process ${pid} is gone`, async () => {
    const now = lifeOf(pid);
    return now === undefined || now.startedAt !== before?.startedAt || now.state === "Z" ? true : undefined;
  });
}
