/** From the declaration of one machine to its phase Running, against `virsh create` of the very same domain. */
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { succeed } from "../e2e/support/command.ts";
import type { LocalEngine } from "../e2e/support/local-engine.ts";
import type { Measurement } from "./report.ts";

const virsh = (...args: string[]) => succeed("virsh", ["--quiet", "--connect", "qemu:///system", ...args]);

const manifest = (name: string) =>
  JSON.stringify({
    apiVersion: "kubevirt.io/v1alpha1",
    kind: "VirtualMachine",
    metadata: { name },
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

export async function measureMachine(engine: LocalEngine, pairs: number): Promise<readonly Measurement[]> {
  const ours: number[] = [];
  const peers: number[] = [];
  const twin = await makeTwin(engine);
  for (let pair = 0; pair < pairs; pair += 1) {
    // Which of the two comes first changes, since the second finds warm caches.
    const turns = [
      () => declareOne(engine, `bench-${pair}`).then((ms) => ours.push(ms)),
      () => createTwin(twin).then((ms) => peers.push(ms)),
    ];
    for (const turn of pair % 2 === 0 ? turns : turns.reverse()) await turn();
  }
  return [
    {
      what: "one machine, declared with kubectl → Running",
      unit: "ms",
      ours,
      peer: "virsh create of the same domain",
      peers,
    },
  ];
}

/** kubectl's own time is in the figure, as virsh's is in the peer's. */
async function declareOne(engine: LocalEngine, name: string): Promise<number> {
  const started = performance.now();
  const applied = await engine.tryKubectl(["create", "--filename", "-"], manifest(name));
  if (applied.code !== 0) throw new Error(applied.output);
  await engine.kubectl("wait", `vm/${name}`, "--for=jsonpath={.status.phase}=Running", "--timeout=60s");
  const elapsed = performance.now() - started;
  await engine.kubectl("delete", "vm", name, "--timeout=60s");
  return elapsed;
}

interface Twin {
  readonly file: string;
  readonly name: string;
}

/** The XML of a machine of ours under another name, with copies of its disks. */
async function makeTwin(engine: LocalEngine): Promise<Twin> {
  const applied = await engine.tryKubectl(["create", "--filename", "-"], manifest("bench-twin"));
  if (applied.code !== 0) throw new Error(applied.output);
  await engine.kubectl("wait", "vm/bench-twin", "--for=jsonpath={.status.phase}=Running", "--timeout=60s");
  let xml = await virsh("dumpxml", "--inactive", `${engine.namespace}_bench-twin`);
  const { volumes } = await engine.record();
  const folder = join(volumes, "twin");
  await mkdir(folder, { mode: 0o711 });
  for (const [, path = ""] of xml.matchAll(/<source file='([^']*\/machines\/[^']*)'/g)) {
    const copy = join(folder, path.split("/").at(-1) ?? "");
    await copyFile(path, copy);
    xml = xml.replaceAll(path, copy);
  }
  xml = xml
    .replace(/<name>.*<\/name>/, "<name>bench-peer</name>")
    .replace(/<uuid>.*<\/uuid>/, "")
    .replace(/<metadata>[\s\S]*<\/metadata>/, "");
  const file = join(engine.folder, "twin.xml");
  await writeFile(file, xml);
  await engine.kubectl("delete", "vm", "bench-twin", "--timeout=60s");
  if (!(await readFile(file, "utf8")).includes("bench-peer")) throw new Error("the twin's XML was not made");
  return { file, name: "bench-peer" };
}

async function createTwin(twin: Twin): Promise<number> {
  const started = performance.now();
  await virsh("create", twin.file);
  const elapsed = performance.now() - started;
  await virsh("destroy", twin.name);
  return elapsed;
}
