/**
 * `pulumi up` with 1 and 100 machines against as many naive dynamic resources, whose create only returns. The machines
 * ask for a node that does not exist and for no waiting, so that the figure is the resources' own cost: check, diff, the
 * API's answer and the state, without a hypervisor.
 */
import type { LocalEngine } from "../e2e/support/local-engine.ts";
import { PulumiProject } from "../e2e/support/pulumi-project.ts";
import { machines, naive } from "./pulumi-programs.ts";
import type { Measurement } from "./report.ts";

interface Sample {
  readonly milliseconds: number;
  readonly bytesPerResource: number;
}

export async function measurePulumi(
  engine: LocalEngine,
  counts: Readonly<Record<number, number>>,
): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  const project = await PulumiProject.create(engine);
  try {
    for (const [text, pairs] of Object.entries(counts)) {
      const count = Number(text);
      const ours: Sample[] = [];
      const peers: Sample[] = [];
      for (let pair = 0; pair < pairs; pair += 1) {
        ours.push(await upAndDown(project, machines(count), count));
        peers.push(await upAndDown(project, naive(count), count));
      }
      const what = count === 1 ? "1 machine" : `${count} machines`;
      const peer = `${count} naive dynamic resource${count === 1 ? "" : "s"}`;
      measurements.push(
        {
          what: `pulumi up, ${what}`,
          unit: "ms",
          ours: ours.map((s) => s.milliseconds),
          peer,
          peers: peers.map((s) => s.milliseconds),
        },
        {
          what: `state per resource, ${what}`,
          unit: "bytes",
          ours: ours.map((s) => s.bytesPerResource),
          peer,
          peers: peers.map((s) => s.bytesPerResource),
        },
      );
    }
  } finally {
    await project.remove();
  }
  return measurements;
}

async function upAndDown(project: PulumiProject, program: string, count: number): Promise<Sample> {
  await project.write(program);
  const started = performance.now();
  const { code, output } = await project.up();
  const milliseconds = performance.now() - started;
  if (code !== 0) throw new Error(output);
  const state = [...(await project.resources()).entries()].filter(([name]) => name.startsWith("vm-"));
  if (state.length !== count) throw new Error(`${state.length} resources in the state instead of ${count}`);
  const bytes = state.reduce((sum, [, resource]) => sum + Buffer.byteLength(JSON.stringify(resource)), 0);
  await project.succeed("destroy", "--yes", "--skip-preview");
  return { milliseconds, bytesPerResource: bytes / count };
}
