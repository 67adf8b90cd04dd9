/**
 * One node with its controller and agent, the API that they share, and libvirt, which outlives them. Time stands still
 * until somebody moves it; who goes next is the scheduler's choice.
 */
import { vi } from "vitest";
import { Agent } from "../../../provider/agent/agent";
import { LocalSetting } from "../../../provider/agent/local-setting";
import { AddressBook } from "../../../provider/agent/network/address";
import { ClaimStore } from "../../../provider/agent/volumes";
import { Controller } from "../../../provider/controller/controller";
import { type KubeObject, type ResourceKind, resourcePath } from "../../../provider/kube/resource";
import { type Logger, silentLogger } from "../../../provider/runtime/log";
import { SeededRandom } from "../../builders/seeded-random";
import { FakeHypervisor } from "../../fakes/hypervisor";
import { SimulatedApi } from "./api";
import { SimulatedClient } from "./client";
import { hypervisorOf, type NodeFiles, SimulatedVolumes } from "./node";
import { Scheduler, SimulatedProcess } from "./scheduler";

interface Running {
  readonly process: SimulatedProcess;
  readonly stop: () => Promise<void>;
}

export type Part = "controller" | "agent";

export class World {
  readonly random: SeededRandom;
  readonly scheduler: Scheduler;
  readonly api: SimulatedApi;
  readonly hypervisor: FakeHypervisor;
  readonly files: NodeFiles = new Map();
  readonly #parts = new Map<Part, Running>();
  readonly #log: Logger;
  #clusterUid = "";
  #born = 0;
  kills = 0;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.scheduler = new Scheduler(this.random);
    this.#log = { ...silentLogger, child: () => this.#log };
    this.api = new SimulatedApi(this.random, this.scheduler, { log: this.#log });
    this.hypervisor = new FakeHypervisor({ onPowerButton: this.random.chance(0.7) ? "powerOff" : "ignore" });
  }

  async open(): Promise<void> {
    await this.api.start();
    const identity = await this.api.direct({ method: "GET", target: "/api/v1/namespaces/kube-system" });
    this.#clusterUid = (identity as KubeObject).metadata.uid ?? "";
    this.start("controller");
    this.start("agent");
  }

  async close(): Promise<void> {
    for (const part of this.#parts.keys()) this.kill(part);
    await this.api.close();
  }

  isUp(part: Part): boolean {
    return this.#parts.get(part)?.process.alive === true;
  }

  start(part: Part): void {
    this.#born += 1;
    const process = new SimulatedProcess(`${part} ${this.#born}`);
    const running = part === "controller" ? this.#controller(process) : this.#agent(process);
    this.#parts.set(part, running);
  }

  /** Nothing that it asked for reaches anybody any more, and no answer reaches it. */
  kill(part: Part): void {
    const running = this.#parts.get(part);
    if (running === undefined || !running.process.alive) return;
    this.kills += 1;
    running.process.kill();
    for (const stream of [...this.api.streams]) if (stream.process === running.process) stream.cut(undefined);
    // Only so that its timers end: a dead process hears no answer, so this waits for ever when a call is open.
    void running.stop();
  }

  #controller(process: SimulatedProcess): Running {
    const client = new SimulatedClient(this.api, process, "virt-controller");
    const controller = new Controller({ client, log: this.#log, random: (size) => this.random.bytes(size) });
    this.#begin("controller", process, () => controller.start());
    return { process, stop: () => controller.stop() };
  }

  #agent(process: SimulatedProcess): Running {
    const hypervisor = hypervisorOf(this.hypervisor, process, this.scheduler);
    const agent = new Agent({
      client: new SimulatedClient(this.api, process, "virt-agent"),
      hypervisor,
      node: { name: "node", clusterUid: this.#clusterUid, domainType: "qemu", arch: "x86_64" },
      volumes: new SimulatedVolumes(this.files, process, this.scheduler),
      setting: new LocalSetting({
        claims: new ClaimStore({ root: "/nowhere" }),
        addresses: new AddressBook(hypervisor, "default"),
        network: "default",
      }),
      log: this.#log,
      version: "simulated",
    });
    this.#begin("agent", process, () => agent.start());
    return { process, stop: () => agent.stop() };
  }

  /** A program that cannot start ends, as virt-local does; whoever looks after it starts it again. */
  #begin(part: Part, process: SimulatedProcess, start: () => Promise<void>): void {
    start().catch(() => {
      if (process.alive && this.#parts.get(part)?.process === process) this.kill(part);
    });
  }

  /** Lets tasks through until none waits, or so many have been. */
  async run(most: number): Promise<void> {
    for (let steps = 0; steps < most; steps += 1) if (!(await this.scheduler.step())) return;
  }

  async passTime(milliseconds: number): Promise<void> {
    vi.advanceTimersByTime(milliseconds);
    await this.scheduler.settle();
  }

  // What a person does, at once.

  async list<T extends KubeObject>(resource: ResourceKind): Promise<readonly T[]> {
    const list = await this.api.direct({ method: "GET", target: resourcePath(resource) });
    return (list as { items: readonly T[] }).items;
  }

  async create(resource: ResourceKind, object: KubeObject): Promise<void> {
    await this.api.direct({ method: "POST", target: resourcePath(resource, { namespace: "default" }), body: object });
  }

  async patch(resource: ResourceKind, name: string, body: object): Promise<void> {
    const target = resourcePath(resource, { namespace: "default", name });
    await this.api.direct({ method: "PATCH", target, body, contentType: "application/merge-patch+json" });
  }

  async delete(resource: ResourceKind, name: string): Promise<void> {
    await this.api.direct({ method: "DELETE", target: resourcePath(resource, { namespace: "default", name }) });
  }
}
