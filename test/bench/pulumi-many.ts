/**
 * 500 machines in one program: its preview against 500 empty components, its `up` against as many naive dynamic
 * resources, against itself with the state written once, and against one replica set, what its state keeps of a machine, and what a run that changes nothing and a
 * refresh ask of the API. The machines ask for a node that does not exist and for no waiting, so that there is no
 * hypervisor in any of the figures.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadConnection } from "../../provider/kube/kubeconfig";
import type { LocalEngine } from "../e2e/support/local-engine.ts";
import { PulumiProject } from "../e2e/support/pulumi-project.ts";
import { CountingProxy } from "../fakes/counting-proxy.ts";
import { components, machines, naive, replicaSet, specOf } from "./pulumi-programs.ts";
import type { Count, Measurement } from "./report.ts";
import { summarize } from "./statistics.ts";

interface Samples {
  readonly preview: number[];
  readonly emptyPreview: number[];
  readonly up: number[];
  readonly naiveUp: number[];
  readonly replicaSetUp: number[];
  readonly emptyUp: number[];
  readonly uncheckedUp: number[];
  readonly stateBytes: number[];
}

export async function measurePulumiMany(
  engine: LocalEngine,
  count: number,
  pairs: { readonly previews: number; readonly ups: number },
): Promise<readonly (Measurement | Count)[]> {
  const samples: Samples = {
    preview: [],
    emptyPreview: [],
    up: [],
    naiveUp: [],
    replicaSetUp: [],
    emptyUp: [],
    uncheckedUp: [],
    stateBytes: [],
  };
  const requests: Count[] = [];
  const proxy = await proxyOf(engine);
  const project = await PulumiProject.create(engine);
  try {
    for (let pair = 0; pair < pairs.previews; pair += 1) await previews(project, count, samples);
    for (let pair = 0; pair < pairs.ups; pair += 1) await ups(project, count, samples);
    requests.push(...(await countRequests(project, proxy, count)));
  } finally {
    await project.remove();
    await proxy.close();
  }
  const seconds = (milliseconds: readonly number[]) => (summarize(milliseconds).median / 1000).toFixed(1);
  const bound = 2 * Buffer.byteLength(JSON.stringify(specOf())) + 1_700;
  return [
    {
      what: `pulumi preview, ${count} machines`,
      unit: "ms",
      ours: samples.preview,
      peer: `${count} empty components`,
      peers: samples.emptyPreview,
      goal: { atMost: 1.25 },
    },
    {
      what: `pulumi up, ${count} machines`,
      unit: "ms",
      ours: samples.up,
      peer: `${count} naive dynamic resources`,
      peers: samples.naiveUp,
      goal: {
        atMost: 0.65,
        inTheWay: `the engine writes the whole state twice for each resource, of either kind: without, ours take ${seconds(samples.uncheckedUp)} s`,
      },
    },
    {
      what: `pulumi up, ${count} machines, state written at the end`,
      unit: "ms",
      ours: samples.uncheckedUp,
      peer: "state written at each step",
      peers: samples.up,
    },
    {
      what: `pulumi up, one set of ${count} machines`,
      unit: "ms",
      ours: samples.replicaSetUp,
      peer: `${count} machines as resources`,
      peers: samples.up,
      goal: {
        atMost: 1 / 20,
        inTheWay: `an up of a program without resources takes ${seconds(samples.emptyUp)} s`,
      },
    },
    {
      what: `state per machine, ${count} machines`,
      unit: "bytes",
      ours: samples.stateBytes,
      peer: "twice its spec and 1,700 bytes",
      peers: samples.stateBytes.map(() => bound),
      goal: { atMost: 1 },
    },
    ...requests,
  ];
}

/** Runs a command for a program, and returns the milliseconds that it took. */
async function timed(project: PulumiProject, program: string, ...args: string[]): Promise<number> {
  await project.write(program);
  const started = performance.now();
  await project.succeed(...args);
  return performance.now() - started;
}

async function previews(project: PulumiProject, count: number, samples: Samples): Promise<void> {
  samples.preview.push(await timed(project, machines(count), "preview"));
  samples.emptyPreview.push(await timed(project, components(count), "preview"));
}

async function ups(project: PulumiProject, count: number, samples: Samples): Promise<void> {
  const up = (program: string) => timed(project, program, "up", "--yes", "--skip-preview");
  const down = () => project.succeed("destroy", "--yes", "--skip-preview");
  samples.up.push(await up(machines(count)));
  samples.stateBytes.push(await stateBytes(project, count));
  await down();
  Object.assign(project.env, stateAtTheEnd);
  samples.uncheckedUp.push(await up(machines(count)));
  for (const name of Object.keys(stateAtTheEnd)) delete project.env[name];
  await down();
  samples.naiveUp.push(await up(naive(count)));
  await down();
  samples.replicaSetUp.push(await up(replicaSet(count)));
  await down();
  samples.emptyUp.push(await up(components(0)));
}

/** The engine's setting of docs/how-to/scale.md. */
const stateAtTheEnd = { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" };

async function stateBytes(project: PulumiProject, count: number): Promise<number> {
  const state = [...(await project.resources()).entries()].filter(([name]) => name.startsWith("vm-"));
  if (state.length !== count) throw new Error(`${state.length} resources in the state instead of ${count}`);
  return state.reduce((sum, [, resource]) => sum + Buffer.byteLength(JSON.stringify(resource)), 0) / count;
}

/** Of the provider alone: the engine's own controller and agent are not counted. */
async function countRequests(project: PulumiProject, proxy: CountingProxy, count: number): Promise<readonly Count[]> {
  await project.write(machines(count));
  await project.succeed("up", "--yes", "--skip-preview");
  const file = join(project.folder, "counted-kubeconfig");
  await writeFile(file, proxy.kubeconfig);
  await project.succeed("config", "set", "kubevirt:kubeconfig", file);
  const asked: Count[] = [];
  const counted = async (what: string, goals: Readonly<Record<string, number>>, ...args: string[]) => {
    proxy.take();
    await project.succeed(...args);
    const requests = proxy.take();
    process.stderr.write(`    ${what}: ${JSON.stringify(requests)}\n`);
    for (const [verb, atMost] of Object.entries(goals)) {
      const sum = Object.entries(requests).reduce((total, [key, n]) => total + (key.startsWith(`${verb} `) ? n : 0), 0);
      asked.push({ what: `${what}, ${count} machines: ${verb} requests`, count: sum, goal: { atMost } });
    }
  };
  await counted("up without a change", { list: 1, get: 0 }, "up", "--yes", "--skip-preview", "--expect-no-changes");
  await counted("refresh", { list: 1, get: 0 }, "refresh", "--yes", "--skip-preview");
  await project.succeed("config", "rm", "kubevirt:kubeconfig");
  return asked;
}

async function proxyOf(engine: LocalEngine): Promise<CountingProxy> {
  const file = engine.env.KUBECONFIG ?? "";
  const { server, credentials } = await loadConnection({ kubeconfig: file });
  const { headers } = await credentials();
  const [, token = ""] = /^Bearer (.+)$/.exec(headers.authorization ?? "") ?? [];
  const [, ca = ""] = /certificate-authority-data"?: "?([A-Za-z0-9+/=]+)/.exec(await readFile(file, "utf8")) ?? [];
  return CountingProxy.open({ server, ca: Buffer.from(ca, "base64").toString(), token });
}
