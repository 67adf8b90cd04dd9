/** From the declaration of machines to their phase Running, against `virsh create` of the very same domains. */
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { VirtualMachine } from "../../provider/api/v1alpha1/virtual-machine";
import { virtualMachines } from "../../provider/core/resources";
import { KubeClient } from "../../provider/kube/client";
import { loadConnection } from "../../provider/kube/kubeconfig";
import { succeed } from "../e2e/support/command.ts";
import type { LocalEngine } from "../e2e/support/local-engine.ts";
import { residentMiB } from "./memory.ts";
import type { Count, Measurement } from "./report.ts";

const virsh = (...args: string[]) => succeed("virsh", ["--quiet", "--connect", "qemu:///system", ...args]);

const machine = (namespace: string, name: string): VirtualMachine => ({
  apiVersion: "kubevirt.io/v1alpha1",
  kind: "VirtualMachine",
  metadata: { namespace, name },
  spec: {
    terminationGracePeriodSeconds: 0,
    domain: {
      resources: { requests: { memory: "128Mi" } },
      devices: {
        disks: [
          { name: "root", volumeName: "root", disk: { bus: "virtio" } },
          { name: "seed", volumeName: "seed", cdrom: { bus: "sata" } },
        ],
      },
    },
    volumes: [
      { name: "root", ephemeral: { persistentVolumeClaim: { claimName: "tiny" } } },
      { name: "seed", cloudInitNoCloud: { userData: "#!/bin/sh\n" } },
    ],
  },
});

/** One whose guest comes to rest at once, since it has nothing to boot: many of them leave the processor to the measured. */
const idle = (namespace: string, name: string): VirtualMachine => {
  const { spec, ...rest } = machine(namespace, name);
  const domain = {
    resources: { requests: { memory: "32Mi" } },
    devices: { disks: [{ name: "scratch", volumeName: "scratch", disk: { bus: "virtio" as const } }] },
  };
  return { ...rest, spec: { ...spec, domain, volumes: [{ name: "scratch", emptyDisk: { capacity: "1Mi" } }] } };
};

export async function measureMachine(engine: LocalEngine, pairs: number): Promise<readonly Measurement[]> {
  const client = await connect(engine);
  const ours: number[] = [];
  const peers: number[] = [];
  const [twin] = await makeTwins(engine, machine, 1);
  if (twin === undefined) throw new Error("no twin was made");
  for (let pair = 0; pair < pairs; pair += 1) {
    // Which of the two comes first changes, since the second finds warm caches.
    const turns = [
      () => declare(engine, client, [machine(engine.namespace, `bench-${pair}`)]).then(({ ms }) => ours.push(ms)),
      () => createTwins([twin], 1).then((ms) => peers.push(ms)),
    ];
    for (const turn of pair % 2 === 0 ? turns : turns.reverse()) await turn();
  }
  const peer = "virsh create of the same domain";
  const goal = {
    atMost: 1.03,
    inTheWay: `${slowReservations}; the rest is writes on disk and the making of its disks`,
  };
  return [{ what: "one machine, declared → Running", unit: "ms", ours, peer, peers, goal }];
}

/** Of each reservation libvirt takes all rules of the network's firewall out and puts them in again. */
const slowReservations = "libvirt takes 0.3 to 0.4 s to reserve an address, as long as QEMU takes to start";

/** Machines that are declared at the same moment. */
const many = 50;

export async function measureMany(engine: LocalEngine, pairs: number): Promise<readonly (Measurement | Count)[]> {
  const client = await connect(engine);
  const { pid } = await engine.record();
  const twins = await makeTwins(engine, idle, many);
  const ours: number[] = [];
  const peers: number[] = [];
  const memory: number[] = [];
  let changes = 0;
  for (let pair = 0; pair < pairs; pair += 1) {
    const before = await residentMiB(pid);
    const machines = Array.from({ length: many }, (_, index) => idle(engine.namespace, `many-${pair}-${index}`));
    const declared = await declare(engine, client, machines, async () => {
      memory.push(((await residentMiB(pid)) - before) / many);
    });
    ours.push(declared.ms);
    changes += declared.changes;
    // The best that virsh does: as many at once as it takes to keep the machine busy, and not more.
    const tries: number[] = [];
    for (const atOnce of [4, 8]) tries.push(await createTwins(twins, atOnce));
    peers.push(Math.min(...tries));
  }
  return [
    {
      what: `${many} machines at once → Running`,
      unit: "ms",
      ours,
      peer: `virsh create, the best of 4 and 8 at once`,
      peers,
      goal: { atMost: 1.05, inTheWay: `${slowReservations}, and makes one reservation at a time` },
    },
    // The creation is the declarer's own.
    {
      what: "writes to a machine's object after its creation, until Running",
      count: changes / (many * pairs) - 1,
      goal: { atMost: 3 },
    },
    { what: "memory of virt-local for each machine that runs, MiB", count: Math.max(...memory), goal: { atMost: 1 } },
  ];
}

async function connect(engine: LocalEngine): Promise<KubeClient> {
  return new KubeClient(await loadConnection({ env: engine.env }), { fieldManager: "bench" });
}

/** From the first request to the last of them Running; then they are deleted. */
async function declare(
  engine: LocalEngine,
  client: KubeClient,
  machines: readonly VirtualMachine[],
  whileRunning: () => Promise<void> = async () => undefined,
): Promise<{ readonly ms: number; readonly changes: number }> {
  const { namespace } = engine;
  const { resourceVersion } = await client.list(virtualMachines, { namespace });
  const abort = new AbortController();
  const { signal } = abort;
  const events = await client.watch<VirtualMachine>(virtualMachines, {
    namespace,
    resourceVersion,
    signal,
    timeoutSeconds: 600,
    silenceMs: 600_000,
  });
  let changes = 0;
  const running = (async () => {
    const waited = new Set(machines.map(({ metadata }) => metadata.name));
    for await (const event of events) {
      if (event.type === "BOOKMARK") continue;
      changes += 1;
      if (event.object.status?.phase === "Running") waited.delete(event.object.metadata.name);
      if (waited.size === 0) return;
    }
    throw new Error("the watch ended early");
  })();
  const begun = performance.now();
  await Promise.all(machines.map((vm) => client.create(virtualMachines, vm)));
  await running;
  const ms = performance.now() - begun;
  await whileRunning();
  abort.abort(new Error("measured"));
  await engine.kubectl("delete", "vms", "--all", "--timeout=120s");
  return { ms, changes };
}

interface Twin {
  readonly file: string;
  readonly name: string;
}

/** The XML of a machine of ours under other names, each with copies of its disks. */
async function makeTwins(engine: LocalEngine, like: typeof machine, count: number): Promise<readonly Twin[]> {
  const client = await connect(engine);
  const name = "bench-twin";
  let original = "";
  await declare(engine, client, [like(engine.namespace, name)], async () => {
    original = await virsh("dumpxml", "--inactive", `${engine.namespace}_${name}`);
    const { volumes } = await engine.record();
    for (const [, path = ""] of original.matchAll(/<source file='([^']*\/machines\/[^']*)'/g)) {
      for (let index = 0; index < count; index += 1) {
        const folder = join(volumes, `twin-${index}`);
        await mkdir(folder, { mode: 0o711, recursive: true });
        await copyFile(path, join(folder, basename(path)));
      }
    }
  });
  const { volumes } = await engine.record();
  const twins: Twin[] = [];
  for (let index = 0; index < count; index += 1) {
    const xml = original
      .replaceAll(/<source file='[^']*\/machines\/[^']*\/([^'/]*)'/g, `<source file='${volumes}/twin-${index}/$1'`)
      .replaceAll(/<log file='[^']*'[^>]*\/>/g, "")
      .replace(/<name>.*<\/name>/, `<name>bench-peer-${index}</name>`)
      .replace(/<uuid>.*<\/uuid>/, "")
      .replace(/<mac address=.*\/>/, "")
      .replace(/<metadata>[\s\S]*<\/metadata>/, "");
    const file = join(engine.folder, `twin-${index}.xml`);
    await writeFile(file, xml);
    twins.push({ file, name: `bench-peer-${index}` });
  }
  return twins;
}

async function createTwins(twins: readonly Twin[], atOnce: number): Promise<number> {
  const waiting = [...twins];
  const begun = performance.now();
  const worker = async () => {
    for (let twin = waiting.pop(); twin !== undefined; twin = waiting.pop()) await virsh("create", twin.file);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const elapsed = performance.now() - begun;
  await Promise.all(twins.map(({ name }) => virsh("destroy", name)));
  return elapsed;
}
