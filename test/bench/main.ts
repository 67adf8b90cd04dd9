/**
 * `make bench`: everything, or the parts named as arguments: core, yaml, api-server, fleet, launchers, machine, many, engine,
 * pulumi; pulumi-many, which takes some minutes and goes along with pulumi where that is named; and cluster, on the test
 * cluster, by `make bench-cluster`.
 */
import { LocalEngine } from "../e2e/support/local-engine.ts";
import { removeTemplate } from "../e2e/support/pulumi-project.ts";
import { measureApiServer } from "./api-server.ts";
import { measureCluster } from "./cluster.ts";
import { measureCore } from "./core.ts";
import { measureEngine } from "./engine.ts";
import { measureFleet } from "./fleet.ts";
import { measureLaunchers } from "./launchers.ts";
import { measureMachine, measureMany } from "./machine.ts";
import { measurePulumi } from "./pulumi.ts";
import { measurePulumiMany } from "./pulumi-many.ts";
import { type Count, type Measurement, printReport } from "./report.ts";
import { measureYaml } from "./yaml.ts";

const fleetSize = Number(process.env.BENCH_FLEET ?? 10_000);

/** Parts that need nothing but this process. */
const alone: Readonly<Record<string, () => readonly Measurement[] | Promise<readonly (Measurement | Count)[]>>> = {
  core: () => measureCore(25),
  yaml: () => measureYaml(3),
  "api-server": () => measureApiServer(7),
  fleet: () => measureFleet(fleetSize),
  launchers: () => measureLaunchers(fleetSize),
};

/** Part of what is asked for as `pulumi`, and of nothing else: 500 machines take minutes. */
const longest = "pulumi-many";

const onEngine: Readonly<Record<string, (engine: LocalEngine) => Promise<readonly (Measurement | Count)[]>>> = {
  machine: (engine) => measureMachine(engine, 12),
  many: (engine) => measureMany(engine, 1),
  engine: (engine) => measureEngine(engine, 10),
  pulumi: (engine) => measurePulumi(engine, { 1: 5, 100: 3 }),
  [longest]: (engine) => measurePulumiMany(engine, 500, { previews: 3, ups: 1 }),
};

/** Only where the test cluster is up. */
const onCluster: typeof alone = { cluster: () => measureCluster(10) };

const usual = [...Object.keys(alone), ...Object.keys(onEngine).filter((name) => name !== longest)];
const parts = [...usual, longest, ...Object.keys(onCluster)];
const wanted = process.argv.slice(2).flatMap((name) => (name === "pulumi" ? [name, longest] : [name]));
const unknown = wanted.filter((name) => !parts.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`there is no measurement ${unknown.join(", ")} (there are: ${parts.join(", ")})\n`);
  process.exit(2);
}

async function main(names: readonly string[]): Promise<void> {
  const measurements: (Measurement | Count)[] = [];
  for (const name of names) {
    const part = alone[name] ?? onCluster[name];
    if (part === undefined) continue;
    process.stderr.write(`==> measuring: ${name}\n`);
    measurements.push(...(await part()));
  }
  measurements.push(...(await measureOnEngine(names.filter((name) => name in onEngine))));
  printReport(measurements);
}

async function measureOnEngine(names: readonly string[]): Promise<readonly (Measurement | Count)[]> {
  if (names.length === 0) return [];
  const engine = await LocalEngine.create();
  try {
    await engine.start();
    await engine.importGuest("tiny");
    const measurements: (Measurement | Count)[] = [];
    for (const name of names) {
      process.stderr.write(`==> measuring: ${name}\n`);
      measurements.push(...((await onEngine[name]?.(engine)) ?? []));
    }
    return measurements;
  } finally {
    await engine.remove();
    await removeTemplate();
  }
}

main(wanted.length > 0 ? wanted : usual).catch((error: unknown) => {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
