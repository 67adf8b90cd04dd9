/**
 * Schedules of the real controller and the real agents on a simulated cluster of two nodes, each decided by its seed.
 * `make test-faults file=test/faults/cluster-simulation.test.ts stories=10 seed=276` tells one story again: a story of a
 * cluster is worth ten of a node.
 */
import { expect, test } from "vitest";
import { firstSeed, percentile, report, stories } from "./bounds";
import { tellClusterStory } from "./cluster-simulation/story";
import type { Outcome } from "./simulation/story";

const told = Math.ceil(stories / 10);

test("whatever nodes and programs fail, no disk has two writers, nothing runs twice, and all comes right", async () => {
  const outcomes: Outcome[] = [];
  for (let seed = firstSeed; seed < firstSeed + told; seed += 1) outcomes.push(await tellClusterStory(seed));
  const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + of(outcome), 0);
  const settle = outcomes.map(({ secondsToSettle }) => secondsToSettle);
  report(`simulated clusters, seeds ${firstSeed} to ${firstSeed + told - 1}`, {
    stories: told,
    steps: sum(({ steps }) => steps),
    "requests and faults": sum(({ deeds }) => deeds.length),
    kills: sum(({ kills }) => kills),
    "s to come right at the median": percentile(settle, 0.5),
    "s at the 99th percentile": percentile(settle, 0.99),
    "s at most": Math.max(...settle),
  });
  const failed = outcomes.filter(({ faults }) => faults.length > 0);
  const words = failed.slice(0, 5).map(({ seed, faults, deeds }) => ({ seed, faults: faults.slice(0, 5), deeds }));
  expect(words, `${failed.length} of ${told} stories went wrong`).toEqual([]);
}, 1_800_000);

test("a story is told the same way again by its seed", async () => {
  expect(await tellClusterStory(firstSeed)).toEqual(await tellClusterStory(firstSeed));
});
