/**
 * The real engine on a real libvirt, killed at any moment while machines start and end. A new engine takes up what the
 * dead one left: whoever was acknowledged is there, runs, and was started once; whoever was removed left nothing.
 */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ApiError } from "../../provider/kube/errors";
import { SeededRandom } from "../builders/seeded-random";
import { eventually } from "../e2e/support/wait";
import { firstSeed, kills, percentile, report } from "./bounds";
import { FaultEngine } from "./support/engine";

let faults: FaultEngine;

beforeAll(async () => {
  faults = await FaultEngine.start();
});
afterAll(() => faults?.stop());

/** Machines that may be there at a time. */
const mostMachines = 3;

test("kill -9 at any moment of starts and ends", async () => {
  const random = new SeededRandom(firstSeed);
  /** Machines that were acknowledged, and not asked to go. */
  const wanted = new Set<string>();
  /** Domain's UUID → the number that libvirt gave its run. */
  const runs = new Map<string, number>();
  const recovery: number[] = [];
  let made = 0;

  const noteRuns = async () => {
    for (const { uuid, id, name } of (await faults.running()).values()) {
      const before = runs.get(uuid);
      if (before !== undefined && before !== id) throw new Error(`${name} was started a second time`);
      runs.set(uuid, id);
    }
  };
  const deeds = async () => {
    for (let deed = 0; deed < 2; deed += 1) {
      const victim = random.pick([...wanted]);
      if (victim !== undefined && (wanted.size >= mostMachines || random.chance(0.4))) {
        wanted.delete(victim);
        await faults.delete(victim);
      } else {
        made += 1;
        await faults.create(`vm-${made}`);
        wanted.add(`vm-${made}`);
      }
    }
  };

  for (let round = 0; round < kills; round += 1) {
    const working = deeds().catch((error: unknown) => {
      // The engine may be killed under a request; then nobody was promised anything.
      if (error instanceof ApiError) throw error;
    });
    await pause(random.below(1_200));
    await noteRuns();
    await faults.kill();
    await working;
    const began = performance.now();
    await faults.engine.restart();

    const settled = async () => {
      await noteRuns();
      const machines = await faults.machines();
      for (const name of wanted) {
        if (!machines.some(({ metadata }) => metadata.name === name)) throw new Error(`${name} was lost`);
      }
      const right = machines.every(({ metadata, status }) => {
        const isWanted = metadata.deletionTimestamp === undefined;
        return isWanted && status?.phase === "Running";
      });
      const running = await faults.running();
      return right && running.size === machines.length ? machines : undefined;
    };
    const machines = await eventually(`everything is right after kill ${round}, seed ${firstSeed}`, settled);
    recovery.push((performance.now() - began) / 1000);
    // A creation that was cut off may have come through all the same.
    for (const { metadata } of machines) wanted.add(metadata.name ?? "");
    const uids = machines.map(({ metadata }) => metadata.uid);
    const files = await eventually("no files are left over", async () => {
      const folders = await faults.withFiles();
      return folders.length === uids.length ? folders : undefined;
    });
    expect([...files].sort()).toEqual([...uids].sort());
  }
  for (const name of wanted) await faults.delete(name);
  await eventually("all machines are gone", async () => ((await faults.machines()).length === 0 ? true : undefined));
  await eventually("nothing is left", async () => ((await faults.libvirt.leftovers()).length === 0 ? true : undefined));
  report(`kill -9 of the engine, seed ${firstSeed}`, {
    kills,
    "machines started": runs.size,
    "s until all was right at the median": percentile(recovery, 0.5).toFixed(2),
    "s at most": Math.max(...recovery).toFixed(2),
  });
  expect(runs.size).toBeGreaterThan(kills / 4);
}, 3_600_000);
