/**
 * One story: people who ask for things while faults happen, then quiet. It ends well when nothing forbidden was seen on
 * the way, everything is as asked for soon after the last fault, and nobody writes any more.
 */
import { vi } from "vitest";
import type { RunStrategy } from "../../../provider/api/v1alpha1/offline-virtual-machine";
import type { VirtualMachine } from "../../../provider/api/v1alpha1/virtual-machine";
import { pauseAnnotation } from "../../../provider/core/plan/pause";
import { offlineVirtualMachines, virtualMachineReplicaSets, virtualMachines } from "../../../provider/core/resources";
import { ApiError } from "../../../provider/kube/errors";
import type { KubeObject, ResourceKind } from "../../../provider/kube/resource";
import { HypervisorError } from "../../../provider/libvirt/hypervisor";
import { buildOfflineVirtualMachine, buildReplicaSet } from "../../builders/owners";
import { buildVirtualMachine } from "../../builders/virtual-machine";
import { unsettled } from "./settled";
import { Watchman } from "./watchman";
import { World } from "./world";

export interface Outcome {
  readonly seed: number;
  readonly faults: readonly string[];
  readonly steps: number;
  readonly kills: number;
  /** Seconds of simulated time from the last fault to rest. */
  readonly secondsToSettle: number;
  /** What happened, in order. */
  readonly deeds: readonly string[];
}

/** A crash loop may have been put off for five minutes, a choked watch for ninety seconds, a call for ten. */
const longestSettleSeconds = 900;

export class Story {
  readonly #seed: number;
  readonly #world: World;
  readonly #watchman: Watchman;
  readonly #deeds: string[] = [];
  #named = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.#world = new World(seed);
    this.#watchman = new Watchman(this.#world);
  }

  async tell(): Promise<Outcome> {
    const world = this.#world;
    const { random } = world;
    await world.open();
    try {
      const length = 5 + random.below(20);
      for (let deed = 0; deed < length; deed += 1) {
        await this.#do(random.chance(0.5) ? this.#request() : this.#fault());
        await this.#live(random.below(60));
        if (random.chance(0.3)) await world.passTime(random.below(20_000));
      }
      const secondsToSettle = await this.#settle();
      await this.#expectRest();
      const { steps } = world.scheduler;
      const { faults } = this.#watchman;
      return { seed: this.#seed, faults, steps, kills: world.kills, secondsToSettle, deeds: this.#deeds };
    } finally {
      await world.close();
    }
  }

  async #do([name, deed]: readonly [string, () => unknown]): Promise<void> {
    this.#deeds.push(name);

    try {
      await deed();
    } catch (error) {
      // A person asks for what is there already, or is not there any more.
      if (!(error instanceof ApiError) || error.code >= 500) throw error;
      this.#deeds.push(`  refused: ${error.message}`);
    }
  }

  async #live(steps: number): Promise<void> {
    for (let step = 0; step < steps; step += 1) {
      if (!(await this.#world.scheduler.step())) await this.#world.passTime(250);
      await this.#watchman.look();
    }
  }

  #request(): readonly [string, () => unknown] {
    const { random } = this.#world;
    const name = `${["a", "b", "c"][random.below(3)]}`;
    const set = `set-${name}`;
    const requests: readonly (readonly [string, () => unknown])[] = [
      [`create vm ${name}`, () => this.#create(virtualMachines, machine(`vm-${name}`))],
      [`delete vm ${name}`, () => this.#world.delete(virtualMachines, `vm-${name}`)],
      [`create ovm ${name}`, () => this.#create(offlineVirtualMachines, offline(`ovm-${name}`))],
      [`halt ovm ${name}`, () => this.#run(name, "Halted")],
      [`run ovm ${name}`, () => this.#run(name, "Always")],
      [`delete ovm ${name}`, () => this.#world.delete(offlineVirtualMachines, `ovm-${name}`)],
      [`delete the machine of ovm ${name}`, () => this.#world.delete(virtualMachines, `ovm-${name}`)],
      [`create ${set}`, () => this.#createSet(set, random.below(5))],
      [`scale ${set}`, () => this.#scale(set, random.below(6))],
      [`delete ${set}`, () => this.#world.delete(virtualMachineReplicaSets, set)],
      ["delete any machine", () => this.#withMachine((vm) => this.#world.delete(virtualMachines, vm))],
      ["pause any machine", () => this.#withMachine((vm) => this.#pause(vm, "true"))],
      ["unpause any machine", () => this.#withMachine((vm) => this.#pause(vm, "false"))],
      ["relabel any machine", () => this.#withMachine((vm) => this.#relabel(vm))],
    ];
    return random.pick(requests) ?? ["nothing", () => undefined];
  }

  #fault(): readonly [string, () => unknown] {
    const { random, api, hypervisor } = this.#world;
    const refused = () => new HypervisorError("refused by chance", { code: 1, domain: 10 });
    const running = hypervisor.domains().filter(({ id }) => id >= 0);
    const guest = random.pick(running)?.uuid;
    const stream = random.pick([...api.streams]);
    const faults: readonly (readonly [string, () => unknown])[] = [
      ["kill controller", () => this.#restart("controller")],
      ["kill agent", () => this.#restart("agent")],
      ["kill engine", () => this.#killEngine()],
      ["API away", () => api.goAway()],
      ["API back", () => api.comeBack()],
      ["history forgotten", () => api.forgetHistory()],
      ["watch cut", () => stream?.cut(undefined)],
      ["watch choked", () => stream?.choke()],
      ["answer lost", () => api.upsets.push("lost")],
      ["conflict", () => api.upsets.push(409)],
      ["too many requests", () => api.upsets.push(429)],
      ["server error", () => api.upsets.push(500)],
      ["libvirt away", () => hypervisor.goAway()],
      ["libvirt back", () => hypervisor.comeBack()],
      ["define refused", () => hypervisor.failNext("define", refused())],
      ["start refused", () => hypervisor.failNext("start", refused())],
      ["guest shuts down", () => guest && hypervisor.endGuest(guest, "shutdown")],
      ["QEMU dies", () => guest && hypervisor.endGuest(guest, "crashed")],
      ["guest destroyed by hand", () => guest && hypervisor.endGuest(guest, "destroyed")],
    ];
    return random.pick(faults) ?? ["nothing", () => undefined];
  }

  #create(resource: ResourceKind, object: KubeObject): Promise<void> {
    return this.#world.create(resource, object);
  }

  async #createSet(name: string, replicas: number): Promise<void> {
    this.#watchman.allow(name, replicas);
    await this.#world.create(virtualMachineReplicaSets, replicaSet(name, replicas));
  }

  async #scale(name: string, replicas: number): Promise<void> {
    this.#watchman.allow(name, replicas);
    await this.#world.patch(virtualMachineReplicaSets, name, { spec: { replicas } });
  }

  #run(name: string, runStrategy: RunStrategy): Promise<void> {
    return this.#world.patch(offlineVirtualMachines, `ovm-${name}`, { spec: { runStrategy } });
  }

  async #withMachine(work: (name: string) => Promise<void>): Promise<void> {
    const vm = this.#world.random.pick(await this.#world.list<VirtualMachine>(virtualMachines));
    if (vm?.metadata.name !== undefined) await work(vm.metadata.name);
  }

  /** Out of what its set selects: the set lets it go and makes another. */
  async #relabel(name: string): Promise<void> {
    this.#named += 1;
    await this.#world.patch(virtualMachines, name, { metadata: { labels: { set: `own-${this.#named}` } } });
  }

  #pause(name: string, wish: "true" | "false"): Promise<void> {
    return this.#world.patch(virtualMachines, name, { metadata: { annotations: { [pauseAnnotation]: wish } } });
  }

  #restart(part: "controller" | "agent"): void {
    this.#world.kill(part);
    this.#world.start(part);
  }

  /** virt-local is one process: everything goes at once, and comes back at once. */
  #killEngine(): void {
    this.#world.api.goAway();
    this.#world.kill("controller");
    this.#world.kill("agent");
    this.#world.api.comeBack();
    this.#world.start("controller");
    this.#world.start("agent");
  }

  /** Ends the faults and lets time pass until everything is as it should be. */
  async #settle(): Promise<number> {
    const { api, hypervisor } = this.#world;
    api.comeBack();
    api.upsets.length = 0;
    hypervisor.comeBack();
    // Those that stand still are not ready, and that is as it should be: so nobody is to.
    const machines = await this.#world.list<VirtualMachine>(virtualMachines);
    for (const { metadata } of machines) await this.#pause(metadata.name ?? "", "false");
    const began = Date.now();
    for (;;) {
      await this.#world.run(5_000);
      await this.#watchman.look();
      for (const part of ["controller", "agent"] as const) if (!this.#world.isUp(part)) this.#world.start(part);
      const seconds = (Date.now() - began) / 1000;
      const wrong = await unsettled(this.#world);
      if (wrong.length === 0) return seconds;
      if (seconds > longestSettleSeconds) {
        this.#watchman.faults.push(...wrong.map((fault) => `after ${longestSettleSeconds} s ${fault}`));
        return seconds;
      }
      await this.#world.passTime(1_000);
    }
  }

  /** Ten quiet minutes: a node's heartbeat may be written and an old event may expire, nothing else. */
  async #expectRest(): Promise<void> {
    const { store } = this.#world.api;
    for (let second = 0; second < 120; second += 1) {
      await this.#world.run(5_000);
      await this.#world.passTime(1_000);
    }
    const watch = store.watch({ prefix: "/", after: store.revision });
    for (let minute = 0; minute < 10; minute += 1) {
      await this.#world.passTime(60_000);
      await this.#world.run(5_000);
    }
    const written: string[] = [];
    setImmediate(() => watch.close());
    for await (const item of watch) if (item.kind === "event") written.push(`${item.event.type} ${item.event.key}`);
    const restless = written.filter((what) => !what.includes("/nodes/") && !/^deleted .*\/events\//.test(what));
    if (restless.length > 0) this.#watchman.faults.push(`written at rest: ${restless.slice(0, 5).join(", ")}`);
  }
}

const machine = (name: string): KubeObject => {
  const { uid: _, ...metadata } = buildVirtualMachine({ metadata: { name } }).metadata;
  return { ...buildVirtualMachine(), metadata };
};
const offline = (name: string): KubeObject => ({
  ...buildOfflineVirtualMachine(),
  metadata: { name, namespace: "default" },
});
const replicaSet = (name: string, replicas: number): KubeObject => ({
  ...buildReplicaSet({
    replicas,
    selector: { matchLabels: { set: name } },
    template: { metadata: { labels: { set: name } }, spec: buildVirtualMachine().spec },
  }),
  metadata: { name, namespace: "default" },
});

/** Runs a story with the clocks in its hands. */
export async function tellStory(seed: number): Promise<Outcome> {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"],
    now: Date.parse("2026-01-01T00:00:00Z"),
  });
  const story = new Story(seed);
  const chance = vi.spyOn(Math, "random").mockImplementation(() => 0.5);
  try {
    return await story.tell();
  } finally {
    chance.mockRestore();
    vi.useRealTimers();
  }
}
