/**
 * Ten thousand machines on a real Kubernetes API server, each with its launcher pod: the real controller in a process of
 * its own; kubelets, scheduler and agents played by this one, which lets every pod run and every machine with it. The
 * peer makes the very same writes without a controller, as fast as the server takes them.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { VirtualMachine } from "../../provider/api/v1alpha1/virtual-machine";
import { type LauncherImage, launcherPod } from "../../provider/core/plan/launcher-pod";
import { nodeNameLabel } from "../../provider/core/plan/machine-marks";
import { virtualMachines } from "../../provider/core/resources";
import type { KubeClient } from "../../provider/kube/client";
import { Informer } from "../../provider/kube/informer";
import { microTime } from "../../provider/kube/leader-election";
import { coreResources, type KubeObject, keyOf } from "../../provider/kube/resource";
import { exchange } from "../../provider/kube/transport";
import { silentLogger } from "../../provider/runtime/log";
import { buildReplicaSet } from "../builders/owners";
import { projectRoot } from "../e2e/support/local-engine.ts";
import { eventually } from "../e2e/support/wait.ts";
import { inParallel, startPeer } from "./api-servers";
import { residentMiB } from "./memory.ts";
import type { Count, Measurement } from "./report.ts";

const nodes = Array.from({ length: 20 }, (_, index) => `node${index}`);
const nodeOf = (name: string): string => nodes[Number(/\d+$/.exec(name)?.[0] ?? 0) % nodes.length] ?? "";
const launcher: LauncherImage = { image: "launcher" };
const namespace = "default";

interface Pod extends KubeObject {
  readonly spec?: { readonly nodeName?: string };
  readonly status?: { readonly phase?: string };
}

const template = buildReplicaSet().spec.template.spec;
const machine = (index: number): VirtualMachine => ({
  apiVersion: "kubevirt.io/v1alpha1",
  kind: "VirtualMachine",
  metadata: { namespace, name: `fleet-${index}` },
  spec: template,
});

/** What there is of a cluster before the first machine. */
async function furnish(client: KubeClient): Promise<void> {
  await client.create(coreResources.namespaces, { metadata: { name: "kubevirt" } });
  const accounts = { group: "", version: "v1", kind: "ServiceAccount", plural: "serviceaccounts", namespaced: true };
  await client.create(accounts, { metadata: { namespace, name: "default" } });
  await client.create(coreResources.namespaces, { metadata: { name: "kube-node-lease" } }).catch(() => undefined);
  for (const name of nodes) await client.create(coreResources.nodes, { metadata: { name } });
}

/** The sign of life of every node's agent. */
async function beat(client: KubeClient): Promise<void> {
  for (const node of nodes) {
    const address = { namespace: "kubevirt", name: `virt-agent-${node}` };
    const spec = { holderIdentity: node, leaseDurationSeconds: 40, renewTime: microTime(Date.now()) };
    const known = await client.find(coreResources.leases, address);
    if (known === undefined) await client.create(coreResources.leases, { metadata: address, spec } as KubeObject);
    else await client.mergePatch(coreResources.leases, address, { spec });
  }
}

/** As the scheduler and the kubelet do it, in two writes. */
async function letRun(client: KubeClient, name: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/binding`;
  const body = {
    apiVersion: "v1",
    kind: "Binding",
    metadata: { name },
    target: { apiVersion: "v1", kind: "Node", name: nodeOf(name.replace(/-[^-]*$/, "")) },
  };
  await exchange(client.connection, { method: "POST", path, body, timeoutMs: 60_000 });
  const containerStatuses = [
    {
      name: "launcher",
      image: "launcher",
      imageID: "",
      ready: true,
      restartCount: 0,
      state: { running: { startedAt: new Date().toISOString() } },
    },
  ];
  const status = { phase: "Running", containerStatuses };
  await client.mergePatch(coreResources.pods, { namespace, name, subresource: "status" }, { status });
}

/** As an agent does it, in one write. */
async function sayRunning(client: KubeClient, vm: VirtualMachine): Promise<VirtualMachine> {
  const status = { ...vm.status, phase: "Running" as const, interfaces: [{ ipAddress: "10.0.0.1" }] };
  return client.update(virtualMachines, { ...vm, status }, { subresource: "status" });
}

/** Works off keys, so many at a time. */
class Crew {
  readonly #work: (key: string) => Promise<void>;
  readonly #waiting: string[] = [];
  #busy = 0;
  failure: unknown;

  constructor(work: (key: string) => Promise<void>) {
    this.#work = work;
  }

  add(key: string): void {
    this.#waiting.push(key);
    this.#next();
  }

  #next(): void {
    if (this.#busy >= 16) return;
    const key = this.#waiting.shift();
    if (key === undefined) return;
    this.#busy += 1;
    this.#work(key)
      .catch((error: unknown) => {
        this.failure ??= error;
      })
      .finally(() => {
        this.#busy -= 1;
        this.#next();
      });
  }
}

interface Seen {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly residentMiB: number;
  readonly running: number;
}

async function withController(machines: number): Promise<Seen> {
  const server = await startPeer();
  const { client } = server;
  const stops: (() => Promise<void>)[] = [() => server.stop()];
  try {
    await furnish(client);
    await beat(client);
    const beats = setInterval(() => void beat(client).catch(() => undefined), 10_000);
    stops.push(async () => clearInterval(beats));
    const pods = new Crew((name) => letRun(client, name));
    const vms = new Crew(async (key) => {
      const vm = machineInformer.get(key);
      if (vm?.status?.phase === "Scheduled") await sayRunning(client, vm);
    });
    const started = new Set<string>();
    const podInformer = new Informer<Pod>({
      client,
      resource: coreResources.pods,
      log: silentLogger,
      onChange: (_key, pod) => {
        const { name = "" } = pod.metadata;
        if (started.has(name)) return;
        started.add(name);
        pods.add(name);
      },
    });
    const running = new Set<string>();
    const machineInformer: Informer<VirtualMachine> = new Informer<VirtualMachine>({
      client,
      resource: virtualMachines,
      log: silentLogger,
      onChange: (key) => {
        const phase = machineInformer.get(key)?.status?.phase;
        if (phase === "Scheduled") vms.add(key);
        if (phase === "Running") running.add(key);
      },
    });
    for (const informer of [podInformer, machineInformer]) {
      informer.start();
      await informer.synced();
      stops.push(() => informer.stop());
    }
    const controller = await startController(server.kubeconfig);
    stops.push(controller.stop);
    const begun = performance.now();
    await inParallel(machines, (index) => client.create<VirtualMachine>(virtualMachines, machine(index)));
    await eventually(
      "all machines run",
      async () => {
        if (pods.failure !== undefined || vms.failure !== undefined) throw pods.failure ?? vms.failure;
        return running.size === machines ? true : undefined;
      },
      3600,
    );
    return {
      seconds: (performance.now() - begun) / 1000,
      cpuSeconds: await cpuSecondsOf(controller.pid),
      residentMiB: await residentMiB(controller.pid),
      running: running.size,
    };
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function startController(kubeconfig: string) {
  const flags = ["--disable-warning=ExperimentalWarning", "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON"];
  const loader = join(projectRoot, "test/integration/apiserver/support/ts-loader.mjs");
  const script = join(projectRoot, "test/bench/controller-process.ts");
  const child = spawn(process.execPath, [...flags, "--import", loader, script, kubeconfig], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return {
    pid: child.pid ?? 0,
    stop: async () => {
      child.kill();
      await once(child, "exit");
    },
  };
}

/** Processor time that a process has used, in seconds. */
async function cpuSecondsOf(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).replace(/^.*\) /s, "").split(" ");
  const ticksPerSecond = 100;
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** The writes that a machine takes on its way, by one who need not watch for when each is due. */
async function withoutController(machines: number): Promise<number> {
  const server = await startPeer();
  const { client } = server;
  try {
    await furnish(client);
    const begun = performance.now();
    await inParallel(machines, async (index) => {
      const made = await client.create<VirtualMachine>(virtualMachines, machine(index));
      const name = `virt-launcher-fleet-${index}-abcde`;
      await client.create(coreResources.pods, launcherPod(made, { name, launcher, claims: {} }) as KubeObject);
      await letRun(client, name);
      const marked = await client.update<VirtualMachine>(virtualMachines, {
        ...made,
        metadata: { ...made.metadata, labels: { [nodeNameLabel]: nodeOf(`fleet-${index}`) } },
      });
      const status = { phase: "Scheduled" as const, nodeName: nodeOf(`fleet-${index}`) };
      const scheduled = await client.update(virtualMachines, { ...marked, status }, { subresource: "status" });
      await sayRunning(client, scheduled);
      for (const reason of ["SuccessfulCreate", "SuccessfulHandOver"]) {
        await client.create(coreResources.events, {
          metadata: { namespace, name: `${keyOf(made).replace("/", ".")}.${reason.toLowerCase()}` },
          involvedObject: { kind: "VirtualMachine", namespace, name: made.metadata.name, uid: made.metadata.uid },
          reason,
        } as KubeObject);
      }
    });
    return (performance.now() - begun) / 1000;
  } finally {
    await server.stop();
  }
}

export async function measureLaunchers(machines: number): Promise<readonly (Measurement | Count)[]> {
  const peers = await withoutController(machines);
  const ours = await withController(machines);
  return [
    {
      what: `${machines} machines with launcher pods, created → Running, hypervisor and kubelets played`,
      unit: "ms",
      ours: [ours.seconds * 1000],
      peer: "the same writes without a controller",
      peers: [peers * 1000],
    },
    { what: `MiB of a controller with ${machines} machines and their pods`, count: ours.residentMiB },
    {
      what: `milliseconds of processor time of the controller for a machine, of ${machines}`,
      count: (ours.cpuSeconds * 1000) / machines,
    },
  ];
}
