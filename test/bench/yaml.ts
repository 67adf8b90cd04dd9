/**
 * Reading manifests of 256 KiB that are made to hold their reader up, each in a process of its own as `virtctl` is one,
 * against the YAML library as it comes. The time is that of the reading alone, without the start of Node.js.
 */
import { execFile } from "node:child_process";
import { hostileShapes } from "../builders/hostile-manifests.ts";
import type { Measurement } from "./report.ts";

export const hostileCharacters = 256 * 1024;

/** What may be measured of a shape, as yaml-once.ts knows it. */
export type Reader = "ours" | "library";

/** Milliseconds after which the library's attempt is given up; it counts as this long then. */
const patienceMs = 1_000;

export async function measureYaml(pairs: number): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  for (const { name } of hostileShapes) {
    const ours: number[] = [];
    const peers: number[] = [];
    for (let pair = 0; pair < pairs; pair += 1) {
      ours.push(await readOnce("ours", name));
      peers.push(await readOnce("library", name));
    }
    measurements.push({
      what: `256 KiB: ${name}`,
      unit: "ms",
      ours,
      peer: "yaml's parseAllDocuments, 1 s at most",
      peers,
    });
  }
  return measurements.sort((left, right) => worst(right) - worst(left));
}

const worst = ({ ours }: Measurement) => Math.max(...ours);

function readOnce(reader: Reader, shape: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const args = ["--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", "test/bench/yaml-once.ts", reader, shape];
    const timeout = reader === "library" ? patienceMs + 500 : 60_000;
    execFile(process.execPath, args, { timeout }, (error, stdout) => {
      if (error?.killed === true) resolve(patienceMs);
      else if (error !== null) reject(error);
      else resolve(Math.min(Number(stdout), reader === "library" ? patienceMs : Number.POSITIVE_INFINITY));
    });
  });
}
