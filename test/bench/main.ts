/** `make bench`: everything, or the parts named as arguments: machine, engine, pulumi. */
import { LocalEngine } from "../e2e/support/local-engine.ts";
import { removeTemplate } from "../e2e/support/pulumi-project.ts";
import { measureEngine } from "./engine.ts";
import { measureMachine } from "./machine.ts";
import { measurePulumi } from "./pulumi.ts";
import { type Measurement, printTable } from "./report.ts";

const parts: Readonly<Record<string, (engine: LocalEngine) => Promise<readonly Measurement[]>>> = {
  machine: (engine) => measureMachine(engine, 12),
  engine: (engine) => measureEngine(engine, 10),
  pulumi: (engine) => measurePulumi(engine, { 1: 5, 100: 3 }),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in parts));
if (unknown.length > 0) {
  process.stderr.write(`there is no measurement ${unknown.join(", ")} (there are: ${Object.keys(parts).join(", ")})\n`);
  process.exit(2);
}

async function main(names: readonly string[]): Promise<void> {
  const engine = await LocalEngine.create();
  try {
    await engine.start();
    await engine.importGuest("tiny");
    const measurements: Measurement[] = [];
    for (const name of names) {
      process.stderr.write(`==> measuring: ${name}\n`);
      measurements.push(...((await parts[name]?.(engine)) ?? []));
    }
    printTable(measurements);
  } finally {
    await engine.remove();
    await removeTemplate();
  }
}

main(wanted.length > 0 ? wanted : Object.keys(parts)).catch((error: unknown) => {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
