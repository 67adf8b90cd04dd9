/** The test cluster as a person and an operator use it: kubectl, virtctl, and the scripts that break and mend it. */
import { join } from "node:path";
import { type Finished, run, succeed } from "../../e2e/support/command.ts";
import { projectRoot } from "../../e2e/support/local-engine.ts";
import { eventually } from "../../e2e/support/wait.ts";

function given(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "")
    throw new Error(`${name} is not set; run the tests with \`make test-cluster\``);
  return value;
}

export const registry = () => given("CLUSTER_REGISTRY");
export const tag = () => given("CLUSTER_TAG");
export const guestImage = () => given("GUEST_IMAGE");
/** The registry with a login. */
export const privateRegistry = () => registry().replace(":5000", ":5001");
export const privateLogin = { user: "tiny", password: "tiny-secret" } as const;
export const nodes = ["node1", "node2"] as const;

const script = (name: string) => join(projectRoot, "tools/cluster", name);
const virtctlPath = join(projectRoot, "dist/bin/virtctl");

export const kubectl = (...args: string[]): Promise<string> => succeed("kubectl", args);
export const tryKubectl = (args: readonly string[], input?: string): Promise<Finished> =>
  run("kubectl", args, input === undefined ? {} : { input });
export const virtctl = (...args: string[]): Promise<string> => succeed(virtctlPath, args);

/** What kubectl prints as JSON. */
export async function getJson<T>(...args: string[]): Promise<T> {
  return JSON.parse(await kubectl("get", ...args, "--output=json")) as T;
}

/** Stops, kills or starts a part of the cluster: `kubelet-node1`, `kube-apiserver`, … */
export const component = (verb: "stop" | "kill" | "start" | "restart", ...names: string[]): Promise<string> =>
  succeed(script("component.sh"), [verb, ...names]);
export const node = (verb: "cut-network" | "mend-network" | "power-off" | "power-on", name: string): Promise<string> =>
  succeed(script("node.sh"), [verb, name]);
/** Runs a program in a node's namespaces. */
export const onNode = (name: string, ...command: string[]): Promise<string> =>
  succeed(script("enter.sh"), [name, ...command]);

export interface VolumeOptions {
  readonly node: string;
  readonly mode?: "filesystem" | "block";
  /** A raw image that it starts with. */
  readonly image?: string;
}

export async function makeVolume(
  name: string,
  { node: where, mode = "filesystem", image }: VolumeOptions,
): Promise<void> {
  await succeed(script("volume.sh"), ["make", name, where, "64Mi", mode, ...(image === undefined ? [] : [image])]);
}
export const removeVolume = (name: string): Promise<string> => succeed(script("volume.sh"), ["remove", name]);

/** Flags that name the images under test. */
export const imageFlags = (): readonly string[] => [
  "--registry",
  registry(),
  "--tag",
  tag(),
  "--insecure-registry",
  registry(),
  "--insecure-registry",
  privateRegistry(),
];

/** Installs the control plane as `virtctl manifests | kubectl apply` does, and waits until it works. */
export async function install(...flags: string[]): Promise<void> {
  const manifests = await virtctl("manifests", ...imageFlags(), ...flags);
  await succeed("kubectl", ["apply", "--server-side", "--force-conflicts", "-f", "-"], { input: manifests });
  await rolledOut();
}

export async function rolledOut(): Promise<void> {
  for (const workload of ["daemonset/virt-agent", "deployment/virt-controller"]) {
    await kubectl("--namespace=kubevirt", "rollout", "status", workload, "--timeout=120s");
  }
  await eventually("every node takes machines", async () => {
    const marked = await kubectl("get", "nodes", "--selector=kubevirt.io/schedulable=true", "--output=name");
    return marked.split("\n").filter(Boolean).length === nodes.length ? true : undefined;
  });
}

/** Takes the control plane away again, with everything that it made. None is an answer. */
export async function uninstall(): Promise<void> {
  const manifests = await virtctl("manifests", ...imageFlags());
  await succeed("kubectl", ["delete", "--ignore-not-found", "--wait", "--timeout=120s", "-f", "-"], {
    input: manifests,
  });
  await kubectl("label", "nodes", "--all", "kubevirt.io/schedulable-");
}

/** A namespace of a test's own, with the objects of one kind that it makes. */
export class Namespace {
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  static async create(name: string): Promise<Namespace> {
    await kubectl("create", "namespace", name);
    return new Namespace(name);
  }

  kubectl(...args: string[]): Promise<string> {
    return kubectl(`--namespace=${this.name}`, ...args);
  }

  try(...args: string[]): Promise<Finished> {
    return tryKubectl([`--namespace=${this.name}`, ...args]);
  }

  async apply(...objects: readonly object[]): Promise<void> {
    const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
    await succeed("kubectl", [`--namespace=${this.name}`, "apply", "-f", "-"], { input });
  }

  get<T>(...args: string[]): Promise<T> {
    return getJson<T>(`--namespace=${this.name}`, ...args);
  }

  async remove(): Promise<void> {
    for (const kind of ["offlinevirtualmachines", "virtualmachinereplicasets", "virtualmachines"]) {
      await this.try("delete", kind, "--all", "--timeout=60s");
    }
    await kubectl("delete", "namespace", this.name, "--timeout=90s");
  }
}

/** The QEMU processes of a node, by the machine that each runs: `namespace_name` → process id. */
export async function guestsOn(name: string): Promise<ReadonlyMap<string, number>> {
  const listing = await onNode(
    name,
    "sh",
    "-c",
    'for p in $(pgrep qemu-system); do echo "$p $(tr "\\0" " " </proc/$p/cmdline | grep -o "guest=[^, ]*")"; done',
  );
  return new Map(
    listing.split("\n").flatMap((line) => {
      const [pid, guest] = line.trim().split(" guest=");
      return pid === undefined || guest === undefined ? [] : [[guest, Number(pid)] as const];
    }),
  );
}
