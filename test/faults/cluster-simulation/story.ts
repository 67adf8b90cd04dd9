/**
 * One story of a cluster: people who ask for things, nodes that lose their line or their power, programs that die, then
 * quiet. It ends well when nothing forbidden was seen on the way, everything is as asked for soon after the last fault, and
 * nobody writes any more but signs of life.
 */
import { vi } from "vitest";
import type { RunStrategy } from "../../../provider/api/v1alpha1/offline-virtual-machine";
import type {
  VirtualMachine,
  VirtualMachinePhase,
  VirtualMachineSpec,
} from "../../../provider/api/v1alpha1/virtual-machine";
import { offlineVirtualMachines, virtualMachineReplicaSets, virtualMachines } from "../../../provider/core/resources";
import { ApiError } from "../../../provider/kube/errors";
import { coreResources, type KubeObject } from "../../../provider/kube/resource";
import { HypervisorError } from "../../../provider/libvirt/hypervisor";
import { buildOfflineVirtualMachine, buildReplicaSet, buildTemplate } from "../../builders/owners";
import { buildVirtualMachine, claimDisk } from "../../builders/virtual-machine";
import type { Outcome } from "../simulation/story";
import { unsettledCluster } from "./settled";
import { ClusterWatchman } from "./watchman";
import { ClusterWorld, type NodeName, nodeNames, parts } from "./world";

const names = ["a", "b"] as const;
/** A claim to which several machines write, one after the other. */
const sharedClaim = "shared";
const claimNames = [sharedClaim, ...names.flatMap((name) => [`vm-${name}`, `ovm-${name}`])];

/** A crash loop may have been put off for five minutes, a choked watch for half a one, a call for as long. */
const longestSettleSeconds = 900;

export class ClusterStory {
  readonly #seed: number;
  readonly #world: ClusterWorld;
  readonly #watchman: ClusterWatchman;
  readonly #deeds: string[] = [];

  constructor(seed: number) {
    this.#seed = seed;
    this.#world = new ClusterWorld(seed);
    this.#watchman = new ClusterWatchman(this.#world);
  }

  async tell(): Promise<Outcome> {
    const world = this.#world;
    const { random } = world;
    await world.open(claimNames);
    try {
      for (const name of names) {
        if (random.chance(0.8))
          await this.#do([`create ovm ${name}`, () => world.create(offlineVirtualMachines, offline(`ovm-${name}`))]);
      }
      await this.#wait(30);
      const length = 6 + random.below(16);
      for (let deed = 0; deed < length; deed += 1) {
        await this.#do(random.chance(0.45) ? this.#request() : this.#fault());
        await this.#live(random.below(80));
        if (random.chance(0.4)) await this.#wait(random.below(random.chance(0.3) ? 400 : 60));
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
      if (!(await this.#world.scheduler.step())) await this.#pass(500);
      await this.#watchman.look();
    }
  }

  /** So many seconds pass, in which everybody does what there is to do. */
  async #wait(seconds: number): Promise<void> {
    for (let passed = 0; passed < seconds; passed += 1) {
      await this.#pass(1_000);
      for (let step = 0; step < 400; step += 1) {
        if (!(await this.#world.scheduler.step())) break;
        await this.#watchman.look();
      }
    }
  }

  async #pass(milliseconds: number): Promise<void> {
    await this.#world.passTime(milliseconds);
    this.#world.look();
  }

  #request(): readonly [string, () => unknown] {
    const { random } = this.#world;
    const world = this.#world;
    const name = random.pick(names) ?? "a";
    const set = `set-${name}`;
    const requests: readonly (readonly [string, () => unknown])[] = [
      [`create vm ${name}`, () => world.create(virtualMachines, machine(`vm-${name}`))],
      [`delete vm ${name}`, () => world.delete(virtualMachines, `vm-${name}`)],
      [`create ovm ${name}`, () => world.create(offlineVirtualMachines, offline(`ovm-${name}`))],
      [`create ovm ${name}`, () => world.create(offlineVirtualMachines, offline(`ovm-${name}`))],
      [`create sharing vm ${name}`, () => world.create(virtualMachines, machine(`sharing-${name}`, sharedClaim))],
      [`create sharing vm ${name}`, () => world.create(virtualMachines, machine(`sharing-${name}`, sharedClaim))],
      [`delete sharing vm ${name}`, () => world.delete(virtualMachines, `sharing-${name}`)],
      ["create sharing ovm", () => world.create(offlineVirtualMachines, offline("sharing", sharedClaim))],
      [`halt ovm ${name}`, () => this.#run(name, "Halted")],
      [`run ovm ${name}`, () => this.#run(name, "Always")],
      [`delete ovm ${name}`, () => world.delete(offlineVirtualMachines, `ovm-${name}`)],
      [`delete the machine of ovm ${name}`, () => world.delete(virtualMachines, `ovm-${name}`)],
      [`delete the machine of ovm ${name}`, () => world.delete(virtualMachines, `ovm-${name}`)],
      [`make ovm ${name} anew`, () => this.#makeAnew(`ovm-${name}`)],
      [`create ${set}`, () => this.#createSet(set, random.below(4))],
      [`scale ${set}`, () => this.#scale(set, random.below(4))],
      [`delete ${set}`, () => world.delete(virtualMachineReplicaSets, set)],
      ["delete any machine", () => this.#withMachine((vm) => world.delete(virtualMachines, vm))],
      [
        "take any running machine's disks out of its spec",
        () => this.#withMachine((vm) => this.#takeDisks(vm), "Running"),
      ],
      ["delete any machine by force", () => this.#withMachine((vm) => this.#deleteByForce(vm))],
      ["evict any pod", () => this.#evict()],
      ["take any machine's marks", () => this.#withMachine((vm) => this.#takeMarks(vm))],
    ];
    return random.pick(requests) ?? ["nothing", () => undefined];
  }

  #fault(): readonly [string, () => unknown] {
    const { random, api, nodes } = this.#world;
    const world = this.#world;
    const node: NodeName = random.pick(nodeNames) ?? "node-1";
    const { hypervisor, power } = nodes[node];
    const refused = () => new HypervisorError("refused by chance", { code: 1, domain: 10 });
    const guest = random.pick(nodes[node].running())?.uuid;
    const stream = random.pick([...api.streams]);
    const part = random.pick(parts) ?? "controller";
    const how = random.chance(0.5) ? "taint" : "delete";
    const faults: readonly (readonly [string, () => unknown])[] = [
      ["kill controller", () => world.kill("controller")],
      [`kill ${part}`, () => world.kill(part)],
      [`kill agent ${node}`, () => world.kill(`agent ${node}`)],
      [`cut the line of ${node}`, () => world.cutLine(node)],
      [`cut the line of ${node} for a while`, () => this.#cutLineForAWhile(node)],
      [`cut the line of ${node} for a while`, () => this.#cutLineForAWhile(node)],
      [`mend the line of ${node}`, () => world.mendLine(node)],
      [`cut the power of ${node}`, () => world.cutPower(node)],
      [`${power ? "leave" : "fence"} ${node}`, () => (power ? undefined : world.fence(node, how))],
      [`return power to ${node}`, () => world.returnPower(node)],
      ["API away", () => api.goAway()],
      ["API back", () => api.comeBack()],
      ["history forgotten", () => api.forgetHistory()],
      ["watch cut", () => stream?.cut(undefined)],
      ["watch choked", () => stream?.choke()],
      ["answer lost", () => api.upsets.push("lost")],
      ["conflict", () => api.upsets.push(409)],
      ["server error", () => api.upsets.push(500)],
      [`libvirt of ${node} away`, () => hypervisor.goAway()],
      [`libvirt of ${node} back`, () => hypervisor.comeBack()],
      [`start refused on ${node}`, () => hypervisor.failNext("start", refused())],
      [`guest shuts down on ${node}`, () => guest && hypervisor.endGuest(guest, "shutdown")],
      [`QEMU dies on ${node}`, () => guest && hypervisor.endGuest(guest, "crashed")],
    ];
    return random.pick(faults) ?? ["nothing", () => undefined];
  }

  /** Long enough for the others to notice. */
  async #cutLineForAWhile(node: NodeName): Promise<void> {
    this.#world.cutLine(node);
    await this.#wait(60);
  }

  async #makeAnew(name: string): Promise<void> {
    await this.#world.delete(offlineVirtualMachines, name);
    await this.#live(20);
    await this.#world.create(offlineVirtualMachines, offline(name));
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

  async #withMachine(work: (name: string) => Promise<void>, phase?: VirtualMachinePhase): Promise<void> {
    const machines = await this.#world.list<VirtualMachine>(virtualMachines);
    const vm = this.#world.random.pick(machines.filter(({ status }) => phase === undefined || status?.phase === phase));
    if (vm?.metadata.name !== undefined) await work(vm.metadata.name);
  }

  async #evict(): Promise<void> {
    const pod = this.#world.random.pick(await this.#world.list<KubeObject>(coreResources.pods));
    if (pod?.metadata.name !== undefined) await this.#world.delete(coreResources.pods, pod.metadata.name);
  }

  /** The guest has them all the same. */
  #takeDisks(name: string): Promise<void> {
    const spec = { volumes: null, domain: { devices: { disks: null } } };
    return this.#world.patch(virtualMachines, name, { spec });
  }

  /** The object goes at once, whatever its guest does. */
  async #deleteByForce(name: string): Promise<void> {
    await this.#world.patch(virtualMachines, name, { metadata: { finalizers: null } });
    await this.#world.delete(virtualMachines, name);
  }

  #takeMarks(name: string): Promise<void> {
    return this.#world.patch(virtualMachines, name, { metadata: { labels: { "kubevirt.io/nodeName": null } } });
  }

  /** Ends the faults and lets time pass until everything is as it should be. */
  async #settle(): Promise<number> {
    const { api, nodes } = this.#world;
    api.comeBack();
    api.upsets.length = 0;
    for (const node of nodeNames) {
      await this.#world.returnPower(node);
      nodes[node].hypervisor.comeBack();
    }
    const began = Date.now();
    for (;;) {
      await this.#wait(1);
      const seconds = (Date.now() - began) / 1000;
      const wrong = await unsettledCluster(this.#world);
      if (wrong.length === 0) return seconds;
      if (seconds > longestSettleSeconds) {
        this.#watchman.faults.push(...wrong.map((fault) => `after ${longestSettleSeconds} s ${fault}`));
        return seconds;
      }
    }
  }

  /** Five quiet minutes: signs of life may be written and an old event may expire, nothing else. */
  async #expectRest(): Promise<void> {
    const { store } = this.#world.api;
    await this.#wait(60);
    const watch = store.watch({ prefix: "/", after: store.revision });
    await this.#wait(300);
    const written: string[] = [];
    setImmediate(() => watch.close());
    for await (const item of watch) if (item.kind === "event") written.push(`${item.event.type} ${item.event.key}`);
    const restless = written.filter((what) => !what.includes("/leases/") && !/^deleted .*\/events\//.test(what));
    if (restless.length > 0) this.#watchman.faults.push(`written at rest: ${restless.slice(0, 5).join(", ")}`);
  }
}

/** On a disk that outlives it. */
function withDisk(name: string): VirtualMachineSpec {
  const [disk, volume] = claimDisk(name);
  return buildVirtualMachine({ domain: { devices: { disks: [disk] } }, spec: { volumes: [volume] } }).spec;
}

const machine = (name: string, claim = name): KubeObject => {
  const { metadata, ...vm } = buildVirtualMachine();
  return { ...vm, metadata: { name, namespace: metadata.namespace }, spec: withDisk(claim) } as KubeObject;
};
const offline = (name: string, claim = name): KubeObject => ({
  ...buildOfflineVirtualMachine({ template: buildTemplate({ spec: withDisk(claim) }) }),
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
export async function tellClusterStory(seed: number): Promise<Outcome> {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"],
    now: Date.parse("2026-01-01T00:00:00Z"),
  });
  const story = new ClusterStory(seed);
  const chance = vi.spyOn(Math, "random").mockImplementation(() => 0.5);
  try {
    return await story.tell();
  } finally {
    chance.mockRestore();
    vi.useRealTimers();
  }
}
