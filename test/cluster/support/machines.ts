/** Machines that boot the test guest from the cluster's registry, and what is waited for of them. */
import { packAndPush } from "../../builders/packed-disk.ts";
import { eventually } from "../../e2e/support/wait.ts";
import { guestImage, type Namespace, registry } from "./cluster.ts";

let pushed: Promise<string> | undefined;

/** The test guest as a container image. Pushed once per run. */
export function guestDisk(): Promise<string> {
  pushed ??= packAndPush(guestImage(), `${registry()}/disks/guest:1`);
  return pushed;
}

export interface MachineParts {
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: object;
}

/** The spec of a machine that boots from the registry, with 128 MiB and little time to shut down. */
export async function guestSpec(): Promise<object> {
  return {
    terminationGracePeriodSeconds: 10,
    domain: {
      resources: { requests: { memory: "128Mi" } },
      devices: { disks: [{ name: "root", volumeName: "root", disk: { bus: "virtio" } }] },
    },
    volumes: [{ name: "root", registryDisk: { image: await guestDisk() } }],
  };
}

export async function machine(name: string, { labels, spec }: MachineParts = {}): Promise<object> {
  return {
    apiVersion: "kubevirt.io/v1alpha1",
    kind: "VirtualMachine",
    metadata: { name, ...(labels && { labels }) },
    spec: { ...(await guestSpec()), ...spec },
  };
}

/** The spec of a machine whose disk is the claim itself: what it writes lasts. */
export function persistentSpec(claim: string): object {
  return {
    terminationGracePeriodSeconds: 10,
    domain: {
      resources: { requests: { memory: "128Mi" } },
      devices: { disks: [{ name: "root", volumeName: "root", disk: { bus: "virtio" } }] },
    },
    volumes: [{ name: "root", persistentVolumeClaim: { claimName: claim } }],
  };
}

export function claim(name: string, mode: "Filesystem" | "Block" = "Filesystem"): object {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name },
    spec: {
      accessModes: ["ReadWriteOnce"],
      storageClassName: "local",
      volumeMode: mode,
      volumeName: name,
      resources: { requests: { storage: "32Mi" } },
    },
  };
}

export interface Machine {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly creationTimestamp: string;
  };
  readonly status?: {
    readonly phase?: string;
    readonly nodeName?: string;
    readonly interfaces?: readonly { readonly ipAddress?: string; readonly mac?: string }[];
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}

export async function machineOf(namespace: Namespace, name: string): Promise<Machine | undefined> {
  const found = await namespace.try("get", "vm", name, "--ignore-not-found", "--output=json");
  if (found.code !== 0) throw new Error(found.output);
  return found.stdout.trim() === "" ? undefined : (JSON.parse(found.stdout) as Machine);
}

export function running(namespace: Namespace, name: string, seconds = 90): Promise<Machine> {
  return inPhase(namespace, name, "Running", seconds);
}

export async function inPhase(namespace: Namespace, name: string, phase: string, seconds = 60): Promise<Machine> {
  let last: Machine | undefined;
  try {
    return await eventually(
      `${name} is ${phase}`,
      async () => {
        last = await machineOf(namespace, name);
        return last?.status?.phase === phase ? last : undefined;
      },
      seconds,
    );
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}; it is ${JSON.stringify(last?.status)}`);
  }
}

export async function machinesOf(namespace: Namespace, selector: string): Promise<readonly Machine[]> {
  return (await namespace.get<{ items: readonly Machine[] }>("vms", `--selector=${selector}`)).items;
}

export const addressOf = (vm: Machine): string => vm.status?.interfaces?.[0]?.ipAddress ?? "";

export interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly nodeName?: string };
  readonly status: { readonly phase: string; readonly podIP?: string };
}

/** The launcher pod of a machine. */
export async function launcherOf(namespace: Namespace, { metadata: { uid } }: Machine): Promise<Pod | undefined> {
  const selector = `--selector=kubevirt.io=virt-launcher,kubevirt.io/created-by=${uid}`;
  return (await namespace.get<{ items: readonly Pod[] }>("pods", selector)).items[0];
}

/** Reasons and messages of an object's events, in the order in which they happened. */
export async function eventsOf(namespace: Namespace, name: string): Promise<readonly string[]> {
  const { items } = await namespace.get<{
    items: readonly { reason: string; message: string; metadata: { name: string } }[];
  }>("events", `--field-selector=involvedObject.name=${name},involvedObject.kind=VirtualMachine`);
  return [...items]
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .map(({ reason, message }) => `${reason} ${message}`);
}
