/**
 * The local engine's API server beside kube-apiserver with etcd, in one run: the same client, TLS, objects of about
 * 1.1 kB that both check against the same rules, every write on disk before it is acknowledged.
 */
import type { VirtualMachine } from "../../provider/api/v1alpha1/virtual-machine";
import { virtualMachines } from "../../provider/core/resources";
import { inFlight, inParallel, peer, type Server, startOurs, startPeer } from "./api-servers";
import { residentMiB } from "./memory.ts";
import type { Measurement } from "./report.ts";

/** About 1.1 kB as JSON with what the server adds. */
const machine = (name: string): VirtualMachine => ({
  apiVersion: "kubevirt.io/v1alpha1",
  kind: "VirtualMachine",
  metadata: { namespace: "default", name, labels: { app: "bench", tier: "web" } },
  spec: {
    domain: {
      cpu: { cores: 1 },
      resources: { requests: { memory: "128Mi" } },
      devices: { disks: [{ name: "root", volumeName: "root", disk: { bus: "virtio" } }] },
    },
    volumes: [{ name: "root", ephemeral: { persistentVolumeClaim: { claimName: "tiny" } } }],
  },
});

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

const batch = 200;
const create = ({ client }: Server, round: number) =>
  timed(() => inParallel(batch, (index) => client.create(virtualMachines, machine(`vm-${round}-${index}`))));

const patchStatus = ({ client }: Server, round: number) =>
  timed(() =>
    inParallel(batch, (index) =>
      client.mergePatch(
        virtualMachines,
        { namespace: "default", name: `vm-0-${index}`, subresource: "status" },
        { status: { phase: "Running", nodeName: `node-${round}` } },
      ),
    ),
  );

const list = ({ client }: Server) => timed(() => client.list(virtualMachines, { namespace: "default" }));

const watchers = 50;
const changes = 100;

/** Until every watcher has seen every change. */
async function fanOut({ client }: Server, round: number): Promise<number> {
  const abort = new AbortController();
  const { resourceVersion } = await client.list(virtualMachines, { namespace: "default" });
  const streams = await Promise.all(
    Array.from({ length: watchers }, () =>
      client.watch<VirtualMachine>(virtualMachines, { namespace: "default", resourceVersion, signal: abort.signal }),
    ),
  );
  const readers = streams.map(async (stream) => {
    let seen = 0;
    for await (const { type } of stream) {
      if (type !== "BOOKMARK") seen += 1;
      if (seen === changes) return;
    }
    throw new Error("a watch ended early");
  });
  const elapsed = await timed(async () => {
    await inParallel(changes, (index) =>
      client.mergePatch(
        virtualMachines,
        { namespace: "default", name: `vm-0-${index}` },
        { metadata: { annotations: { round: String(round) } } },
      ),
    );
    await Promise.all(readers);
  });
  abort.abort(new Error("measured"));
  return elapsed;
}

const memoryOf = async ({ pids }: Server) => {
  let total = 0;
  for (const pid of pids) total += await residentMiB(pid);
  return total;
};

export async function measureApiServer(pairs: number): Promise<readonly Measurement[]> {
  const starts = await measureStarts(3);
  const ours = await startOurs();
  const theirs = await startPeer();
  try {
    const work = {
      [`create ${batch} objects, ${inFlight} in flight`]: { measure: create, goal: { atMost: 1 / 2.5 } },
      [`patch the status of ${batch} objects, ${inFlight} in flight`]: {
        measure: patchStatus,
        goal: { atMost: 1 / 4 },
      },
      "list 2,300 objects": {
        measure: list,
        goal: { atMost: 1 / 8, inTheWay: "more than half of our time is the client's own parsing of 2.6 MB" },
      },
      [`${changes} changes seen by ${watchers} watchers`]: { measure: fanOut, goal: { atMost: 1 / 2 } },
    };
    const measurements: Measurement[] = [starts];
    // 2,300 objects are there before the lists: what the rounds of creation leave, and the rest.
    for (const server of [ours, theirs]) {
      await inParallel(2300 - pairs * batch, (index) =>
        server.client.create(virtualMachines, machine(`more-${index}`)),
      );
    }
    for (const [what, { measure, goal }] of Object.entries(work)) {
      const own: number[] = [];
      const others: number[] = [];
      for (let round = 0; round < pairs; round += 1) {
        const turns = [
          () => measure(ours, round).then((ms) => own.push(ms)),
          () => measure(theirs, round).then((ms) => others.push(ms)),
        ];
        for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
      }
      measurements.push({ what, unit: "ms", ours: own, peer, peers: others, goal });
      if (measure === list) measurements.push(await measureMemory(ours, theirs));
    }
    return measurements;
  } finally {
    await ours.stop();
    await theirs.stop();
  }
}

async function measureStarts(pairs: number): Promise<Measurement> {
  const own: number[] = [];
  const others: number[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    for (const [start, samples] of [
      [startOurs, own],
      [startPeer, others],
    ] as const) {
      const server = await start();
      samples.push(server.readyMs);
      await server.stop();
    }
  }
  return { what: "API server: start → ready", unit: "ms", ours: own, peer, peers: others, goal: { atMost: 0.12 } };
}

async function measureMemory(ours: Server, theirs: Server): Promise<Measurement> {
  const own = [await memoryOf(ours)];
  const others = [await memoryOf(theirs)];
  return {
    what: "API server: memory with 2,300 objects",
    unit: "MiB",
    ours: own,
    peer,
    peers: others,
    goal: { atMost: 0.33 },
  };
}
