/**
 * Ten thousand machines on one API server, with the real controller and agent and a hypervisor in memory: how much slower
 * a VirtualMachineReplicaSet makes them run than somebody who creates them as fast as the server takes them, how many
 * there ever are too many, and what a controller writes that starts among settled ones.
 */
import { Agent } from "../../provider/agent/agent";
import { LocalSetting } from "../../provider/agent/local-setting";
import { AddressBook } from "../../provider/agent/network/address";
import { ClaimStore, VolumePreparer } from "../../provider/agent/volumes";
import type { VirtualMachine } from "../../provider/api/v1alpha1/virtual-machine";
import { Controller } from "../../provider/controller/controller";
import { virtualMachineReplicaSets, virtualMachines } from "../../provider/core/resources";
import { KubeClient } from "../../provider/kube/client";
import { silentLogger } from "../../provider/runtime/log";
import { buildReplicaSet } from "../builders/owners";
import { eventually } from "../e2e/support/wait.ts";
import { FakeHypervisor, fakeNetwork } from "../fakes/hypervisor";
import { inParallel, type Server, startOurs } from "./api-servers";
import type { Count, Measurement } from "./report.ts";

/** No files: the node's part in this is the writing of statuses. */
class NoVolumes extends VolumePreparer {
  constructor() {
    super({ root: "/nowhere", claims: new ClaimStore({ root: "/nowhere" }) });
  }
  override async prepare() {
    return {};
  }
  override async remove(): Promise<void> {}
  override async holds(): Promise<boolean> {
    return false;
  }
  override async list(): Promise<readonly string[]> {
    return [];
  }
}

const clientOf = (server: Server, fieldManager: string) => new KubeClient(server.client.connection, { fieldManager });

async function startAgent(server: Server): Promise<Agent> {
  const network = {
    ...fakeNetwork,
    gateway: "10.0.0.1",
    prefixLength: 8,
    ranges: [{ start: "10.0.0.2", end: "10.255.255.254" }],
  };
  const hypervisor = new FakeHypervisor({ networks: [network] });
  const agent = new Agent({
    client: clientOf(server, "virt-agent"),
    hypervisor,
    node: { name: "node", clusterUid: "bench", domainType: "qemu", arch: "x86_64" },
    volumes: new NoVolumes(),
    setting: new LocalSetting({
      claims: new ClaimStore({ root: "/nowhere" }),
      addresses: new AddressBook(hypervisor, network.name),
      network: network.name,
    }),
    log: silentLogger,
    version: "bench",
  });
  await agent.start();
  return agent;
}

async function startController(server: Server): Promise<Controller> {
  const controller = new Controller({ client: clientOf(server, "virt-controller"), log: silentLogger });
  await controller.start();
  return controller;
}

const template = { metadata: { labels: { app: "fleet" } }, spec: buildReplicaSet().spec.template.spec };
const set = (replicas: number) => buildReplicaSet({ replicas, selector: { matchLabels: { app: "fleet" } }, template });

/** Counts machines as they come, run and go. */
class Census {
  readonly #abort = new AbortController();
  readonly #phases = new Map<string, string>();
  most = 0;

  async follow(server: Server): Promise<void> {
    const { resourceVersion } = await server.client.list(virtualMachines);
    const stream = await server.client.watch<VirtualMachine>(virtualMachines, {
      resourceVersion,
      timeoutSeconds: 3600,
      silenceMs: 3_600_000,
      signal: this.#abort.signal,
    });
    void this.#read(stream);
  }

  async #read(stream: AsyncIterable<{ type: string; object?: VirtualMachine }>): Promise<void> {
    try {
      for await (const event of stream) {
        const name = event.object?.metadata.name ?? "";
        if (event.type === "DELETED") this.#phases.delete(name);
        else if (event.object !== undefined) this.#phases.set(name, event.object.status?.phase ?? "");
        this.most = Math.max(this.most, this.#phases.size);
      }
    } catch (error) {
      if (!this.#abort.signal.aborted) throw error;
    }
  }

  get running(): number {
    return [...this.#phases.values()].filter((phase) => phase === "Running").length;
  }

  stop(): void {
    this.#abort.abort(new Error("counted"));
  }
}

interface Run {
  readonly seconds: number;
  readonly most: number;
  /** What a new controller wrote in ten seconds. */
  readonly writesAtStart: number;
}

async function run(machines: number, make: (server: Server) => Promise<void>): Promise<Run> {
  const server = await startOurs();
  const parts: { stop(): Promise<void> }[] = [];
  const census = new Census();
  try {
    parts.push(await startController(server), await startAgent(server));
    await census.follow(server);
    const begun = performance.now();
    await make(server);
    await eventually("all machines run", async () => (census.running === machines ? true : undefined), 1800);
    const seconds = (performance.now() - begun) / 1000;
    // What the controller has yet to say of its set is no fault of the next one.
    await settled(server);
    // The agent too: the node's heartbeat is a write.
    for (const part of parts.splice(0)) await part.stop();
    const writesAtStart = await writesOf(server, async () => {
      parts.push(await startController(server));
      await new Promise((resolve) => setTimeout(resolve, 10_000));
    });
    return { seconds, most: census.most, writesAtStart };
  } finally {
    census.stop();
    for (const part of parts) await part.stop();
    await server.stop();
  }
}

/** Every write of the server is a revision. */
async function writesOf(server: Server, work: () => Promise<void>): Promise<number> {
  const before = await settled(server);
  await work();
  return (await revisionOf(server)) - before;
}

async function revisionOf(server: Server): Promise<number> {
  return Number((await server.client.list(virtualMachines)).resourceVersion);
}

/** When nothing has been written for three seconds: the revision. */
async function settled(server: Server): Promise<number> {
  for (let last = -1; ; ) {
    const now = await revisionOf(server);
    if (now === last) return now;
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 3_000));
  }
}

export async function measureFleet(machines: number): Promise<readonly (Measurement | Count)[]> {
  const loader = await run(machines, (server) =>
    inParallel(machines, (index) =>
      server.client.create<VirtualMachine>(virtualMachines, {
        apiVersion: "kubevirt.io/v1alpha1",
        kind: "VirtualMachine",
        metadata: { namespace: "default", name: `fleet-${index}`, labels: { app: "fleet" } },
        spec: template.spec,
      }),
    ),
  );
  const scaled = await run(machines, async (server) => {
    await server.client.create(virtualMachineReplicaSets, set(machines));
  });
  return [
    {
      what: `VirtualMachineReplicaSet 0 → ${machines} Running, hypervisor in memory`,
      unit: "ms",
      ours: [scaled.seconds * 1000],
      peer: "a loader that creates as many",
      peers: [loader.seconds * 1000],
      goal: { atMost: 1 / 0.85 },
    },
    { what: `machines too many on the way to ${machines}`, count: scaled.most - machines, goal: { atMost: 0 } },
    {
      what: `writes of a controller that starts among ${machines} settled machines of a set`,
      count: scaled.writesAtStart,
      goal: { atMost: 0 },
    },
    {
      what: `writes of a controller that starts among ${machines} settled machines`,
      count: loader.writesAtStart,
      goal: { atMost: 0 },
    },
  ];
}
