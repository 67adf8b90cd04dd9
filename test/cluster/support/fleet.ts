/**
 * A mixed set of machines that are up: one that leaves nothing, one that writes to a claim and is kept up, two of a set. And
 * what has to hold of them after a fault that is none of their business: they are the processes that they were, all there is
 * said of them is true, and they answer.
 */
import type { VirtualMachine } from "../../../provider/api/v1alpha1/virtual-machine";
import { virtualMachines } from "../../../provider/core/resources";
import { KubeClient } from "../../../provider/kube/client";
import { UnreachableError } from "../../../provider/kube/errors";
import { loadConnection } from "../../../provider/kube/kubeconfig";
import { eventually, guestAnswer } from "../../e2e/support/wait.ts";
import { kubectl, type Namespace } from "./cluster.ts";
import { guestProcesses } from "./guest-processes.ts";
import { guestSpec, machine, persistentSpec } from "./machines.ts";

/** What is said of a machine, and the process that it is. */
export interface Member {
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly ip: string;
  readonly revision: string;
  /** Process id and start. */
  readonly process: string;
}

let connected: Promise<KubeClient> | undefined;

/** The API without a program for each look at it: what is waited for is looked at often. */
export function api(): Promise<KubeClient> {
  connected ??= loadConnection().then(
    (connection) => new KubeClient(connection, { fieldManager: "tests", timeoutMs: 5_000 }),
  );
  return connected;
}

/** Undefined while the API is away. */
export async function machinesIn(space: Namespace): Promise<readonly VirtualMachine[] | undefined> {
  try {
    return (await (await api()).list<VirtualMachine>(virtualMachines, { namespace: space.name })).items;
  } catch (error) {
    if (error instanceof UnreachableError) return undefined;
    throw error;
  }
}

export const ready = ({ status }: VirtualMachine) => status?.conditions?.find(({ type }) => type === "Ready");

export function offline(name: string, claim: string): object {
  const spec = persistentSpec(claim);
  return {
    apiVersion: "kubevirt.io/v1alpha1",
    kind: "OfflineVirtualMachine",
    metadata: { name },
    spec: { runStrategy: "Always", template: { metadata: { labels: { app: name } }, spec } },
  };
}

export async function replicaSet(name: string, replicas: number): Promise<object> {
  return {
    apiVersion: "kubevirt.io/v1alpha1",
    kind: "VirtualMachineReplicaSet",
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: await guestSpec() },
    },
  };
}

/** The machine of every object that is well; undefined while one is not. */
function look(all: readonly VirtualMachine[], count: number): readonly Member[] | undefined {
  const machines = all.filter(({ metadata }) => metadata.labels?.probe === undefined);
  if (machines.length !== count) return undefined;
  const guests = guestProcesses();
  const members = machines.flatMap((vm) => {
    const { name = "", uid = "", resourceVersion: revision = "" } = vm.metadata;
    const { phase, nodeName: node = "", interfaces } = vm.status ?? {};
    const [guest, ...others] = guests.filter((one) => one.uid === uid);
    if (phase !== "Running" || ready(vm)?.status !== "True" || others.length > 0 || guest?.node !== node) return [];
    const ip = interfaces?.[0]?.ipAddress ?? "";
    return [{ name, uid, node, ip, revision, process: `${guest.pid} ${guest.startedAt}` }];
  });
  return members.length === count ? members.sort((a, b) => (a.name < b.name ? -1 : 1)) : undefined;
}

/**
 * Tries until `probe` finds something in the machines that there are. A failure says how they all are, and their processes.
 */
export async function eventuallyIn<T>(
  space: Namespace,
  what: string,
  probe: (machines: readonly VirtualMachine[]) => T | undefined,
  seconds = 60,
): Promise<T> {
  let machines: readonly VirtualMachine[] = [];
  try {
    return await eventually(
      what,
      async () => {
        machines = (await machinesIn(space)) ?? [];
        return probe(machines);
      },
      seconds,
    );
  } catch (error) {
    const told = machines.map(({ metadata, status }) => `${metadata.name} ${metadata.uid} ${JSON.stringify(status)}`);
    const guests = guestProcesses().map(({ machine, uid, node }) => `${machine} ${uid} is a process on ${node}`);
    throw new Error([error instanceof Error ? error.message : error, ...told, ...guests].join("\n"), { cause: error });
  }
}

/** Waits until so many machines run, each as one process on the node that is said, and answer. */
export async function allWell(space: Namespace, count: number, seconds = 120): Promise<readonly Member[]> {
  const members = await eventuallyIn(space, `${count} machines are well`, (machines) => look(machines, count), seconds);
  await Promise.all(members.map(({ ip }) => guestAnswer(ip, 120)));
  return members;
}

/** A set with one machine on each node, whatever the scheduler would have liked. */
export async function spreadSet(space: Namespace, name: string): Promise<void> {
  const oneOn = async (node: string, other: string, replicas: number) => {
    await kubectl("cordon", other);
    try {
      await space.apply(await replicaSet(name, replicas));
      await eventuallyIn(space, `a machine of ${name} is on ${node}`, (machines) =>
        machines.find(
          ({ metadata, status }) =>
            metadata.labels?.app === name && status?.nodeName === node && status.phase === "Running",
        ),
      );
    } finally {
      await kubectl("uncordon", other);
    }
  };
  await oneOn("node1", "node2", 1);
  await oneOn("node2", "node1", 2);
}

/** A machine that is there to see whether work goes on. */
export async function probe(name: string): Promise<object> {
  return machine(name, { labels: { probe: name } });
}
