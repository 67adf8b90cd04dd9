/**
 * A cluster of two nodes: the real controller, the real agents, the API that they share, and what stands for Kubernetes'
 * own parts. Nodes can lose their line or their power. Time stands still until somebody moves it.
 */
import { vi } from "vitest";
import { Agent } from "../../../provider/agent/agent";
import type { PodPlacesOptions } from "../../../provider/agent/pods/pod-place";
import { PodSetting } from "../../../provider/agent/pods/pod-setting";
import { Controller } from "../../../provider/controller/controller";
import { kubeletLeaseNamespace } from "../../../provider/controller/node-heartbeats";
import { outOfServiceTaint } from "../../../provider/core/plan/node-silence";
import { coreResources, type KubeObject, type ResourceKind, resourcePath } from "../../../provider/kube/resource";
import { type Logger, silentLogger } from "../../../provider/runtime/log";
import { SeededRandom } from "../../builders/seeded-random";
import { clusterRegistry } from "../../fakes/pod-resource";
import { SimulatedApi } from "../simulation/api";
import { SimulatedClient } from "../simulation/client";
import { hypervisorOf, SimulatedVolumes } from "../simulation/node";
import { Scheduler, SimulatedProcess } from "../simulation/scheduler";
import { KubernetesControllers } from "./control-plane";
import { Kubelet } from "./kubelet";
import { Machinery } from "./machinery";
import { SimulatedPlaces } from "./places";

interface Running {
  readonly process: SimulatedProcess;
  readonly stop: () => unknown;
}

export const nodeNames = ["node-1", "node-2"] as const;
export type NodeName = (typeof nodeNames)[number];
export type Part = "controller" | "kubernetes" | `${"agent" | "kubelet"} ${NodeName}`;

export const parts: readonly Part[] = [
  "controller",
  "kubernetes",
  ...nodeNames.flatMap((node) => [`kubelet ${node}`, `agent ${node}`] as const),
];

const nodeOf = (part: Part): NodeName | undefined => nodeNames.find((node) => part.endsWith(node));

export class ClusterWorld {
  readonly random: SeededRandom;
  readonly scheduler: Scheduler;
  readonly api: SimulatedApi;
  readonly nodes: Readonly<Record<NodeName, Machinery>>;
  readonly #running = new Map<Part, Running>();
  readonly #log: Logger;
  #clusterUid = "";
  #born = 0;
  kills = 0;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.scheduler = new Scheduler(this.random);
    this.#log = { ...silentLogger, child: () => this.#log };
    this.api = new SimulatedApi(this.random, this.scheduler, { log: this.#log, registry: clusterRegistry() });
    const machinery = (name: NodeName) => {
      const onPowerButton = this.random.chance(0.7) ? "powerOff" : "ignore";
      return new Machinery(name, this.scheduler, onPowerButton);
    };
    this.nodes = { "node-1": machinery("node-1"), "node-2": machinery("node-2") };
  }

  async open(claims: readonly string[]): Promise<void> {
    await this.api.start();
    const identity = await this.api.direct({ method: "GET", target: "/api/v1/namespaces/kube-system" });
    this.#clusterUid = (identity as KubeObject).metadata.uid ?? "";
    const known = (await this.list(coreResources.namespaces)).map(({ metadata }) => metadata.name);
    for (const name of ["kubevirt", kubeletLeaseNamespace]) {
      if (!known.includes(name)) await this.create(coreResources.namespaces, { metadata: { name } });
    }
    const spec = { accessModes: ["ReadWriteMany"], resources: { requests: { storage: "1Gi" } } };
    for (const name of claims) {
      await this.create(coreResources.persistentVolumeClaims, {
        metadata: { name, namespace: "default" },
        spec,
      } as KubeObject);
    }
    for (const name of nodeNames) await this.create(coreResources.nodes, { metadata: { name } });
    for (const part of parts) this.start(part);
  }

  async close(): Promise<void> {
    for (const part of parts) this.kill(part);
    await this.api.close();
  }

  isUp(part: Part): boolean {
    return this.#running.get(part)?.process.alive === true;
  }

  start(part: Part): void {
    const name = nodeOf(part);
    const machinery = name === undefined ? undefined : this.nodes[name];
    if (this.isUp(part) || machinery?.power === false) return;
    this.#born += 1;
    const process = new SimulatedProcess(`${part} ${this.#born}`, machinery?.line);
    const client = new SimulatedClient(this.api, process, part.split(" ")[0] ?? "");
    if (machinery !== undefined && part.startsWith("agent")) this.#startAgent(part, machinery, process, client);
    else if (machinery !== undefined)
      this.#running.set(part, { process, stop: stopOf(new Kubelet(client, machinery)) });
    else if (part === "controller") this.#startController(process, client);
    else this.#running.set(part, { process, stop: stopOf(new KubernetesControllers(client, this.random)) });
  }

  /** Nothing that it asked for reaches anybody any more, and no answer reaches it. */
  kill(part: Part): void {
    const running = this.#running.get(part);
    if (running === undefined || !running.process.alive) return;
    this.kills += 1;
    running.process.kill();
    for (const stream of [...this.api.streams]) if (stream.process === running.process) stream.cut(undefined);
    // Only so that its timers end: a dead process hears no answer, so this may wait for ever.
    void running.stop();
  }

  #startController(process: SimulatedProcess, client: SimulatedClient): void {
    const controller = new Controller({
      client,
      log: this.#log,
      random: (size) => this.random.bytes(size),
      launchers: { launcher: { image: "registry.example.com/virt-launcher:1" }, systemNamespace: "kubevirt" },
    });
    // As the election does: whether the API answers is asked all the time.
    const asking = setInterval(() => {
      const lease = { namespace: "kubevirt", name: "virt-controller" };
      client.find(coreResources.leases, lease).then(
        () => controller.contact(),
        () => undefined,
      );
    }, 2_000);
    const stop = () => {
      clearInterval(asking);
      return controller.stop();
    };
    this.#running.set("controller", { process, stop });
    this.#begin("controller", process, () => controller.start());
  }

  #startAgent(part: Part, machinery: Machinery, process: SimulatedProcess, client: SimulatedClient): void {
    const agent = new Agent({
      client,
      hypervisor: hypervisorOf(machinery.hypervisor, process, this.scheduler),
      node: { name: machinery.name, clusterUid: this.#clusterUid, domainType: "qemu", arch: "x86_64" },
      volumes: new SimulatedVolumes(machinery.files, process, this.scheduler),
      setting: new PodSetting({
        node: machinery.name,
        systemNamespace: "kubevirt",
        folderOf: (uid: string) => `/nowhere/${uid}`,
        hostRoot: "/nowhere",
        kubeletFolder: "/nowhere",
        domainPidFolder: "/nowhere",
        selfFenceSeconds: 300,
        places: (options: PodPlacesOptions) => new SimulatedPlaces(options, machinery, process),
      } as unknown as ConstructorParameters<typeof PodSetting>[0]),
      log: this.#log,
      version: "simulated",
    });
    this.#running.set(part, { process, stop: () => agent.stop() });
    this.#begin(part, process, () => agent.start());
  }

  /** A program that cannot start ends; whoever looks after it starts it again. */
  #begin(part: Part, process: SimulatedProcess, start: () => Promise<void>): void {
    start().catch(() => {
      if (process.alive && this.#running.get(part)?.process === process) this.kill(part);
    });
  }

  /** What must run and does not is started again, as the kubelet does, or systemd. */
  look(): void {
    for (const part of parts) this.start(part);
  }

  /** Lets tasks through until none waits, or so many have been. */
  async run(most: number): Promise<void> {
    for (let steps = 0; steps < most; steps += 1) if (!(await this.scheduler.step())) return;
  }

  async passTime(milliseconds: number): Promise<void> {
    vi.advanceTimersByTime(milliseconds);
    await this.scheduler.settle();
  }

  // What happens to nodes.

  /** Nothing comes through any more, in either direction; whoever waits finds out by the silence. */
  cutLine(node: NodeName): void {
    this.nodes[node].line.cut = true;
    for (const stream of this.api.streams) if (stream.process.line === this.nodes[node].line) stream.choke();
  }

  mendLine(node: NodeName): void {
    this.nodes[node].line.cut = false;
  }

  cutPower(node: NodeName): void {
    this.nodes[node].cutPower();
    this.kill(`agent ${node}`);
    this.kill(`kubelet ${node}`);
  }

  /** The node comes back, and whatever an operator had written about its absence is taken away again. */
  async returnPower(node: NodeName): Promise<void> {
    const known = (await this.list(coreResources.nodes)).some(({ metadata }) => metadata.name === node);
    if (known) await this.patch(coreResources.nodes, node, { spec: { taints: null } });
    this.nodes[node].power = true;
    this.mendLine(node);
    for (const part of [`kubelet ${node}`, `agent ${node}`] as const) this.start(part);
  }

  /** An operator vouches for it that nothing runs there. */
  async fence(node: NodeName, how: "taint" | "delete"): Promise<void> {
    if (this.nodes[node].power) throw new Error(`${node} has power: nobody vouches for that`);
    if (how === "delete") return this.delete(coreResources.nodes, node);
    await this.patch(coreResources.nodes, node, {
      spec: { taints: [{ key: outOfServiceTaint, effect: "NoExecute" }] },
    });
  }

  // What a person does, at once.

  async list<T extends KubeObject>(resource: ResourceKind): Promise<readonly T[]> {
    const list = await this.api.direct({ method: "GET", target: resourcePath(resource) });
    return (list as { items: readonly T[] }).items;
  }

  async create(resource: ResourceKind, object: KubeObject): Promise<void> {
    const { namespace } = object.metadata;
    await this.api.direct({ method: "POST", target: resourcePath(resource, { namespace }), body: object });
  }

  async patch(resource: ResourceKind, name: string, body: object): Promise<void> {
    const target = resourcePath(resource, { namespace: "default", name });
    await this.api.direct({ method: "PATCH", target, body, contentType: "application/merge-patch+json" });
  }

  async delete(resource: ResourceKind, name: string): Promise<void> {
    await this.api.direct({ method: "DELETE", target: resourcePath(resource, { namespace: "default", name }) });
  }
}

const stopOf = (loop: { stop(): void }) => () => loop.stop();
