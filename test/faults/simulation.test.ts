/**
 * Thousands of schedules of the real controller, agent and API server over a simulated node, each decided by its seed.
 * `make test-faults file=test/faults/simulation.test.ts stories=1 seed=276` tells one story again.
 */
import { expect, test } from "vitest";
import { firstSeed, percentile, report, stories } from "./bounds";
import { type Outcome, tellStory } from "./simulation/story";

test("whatever fails in whatever order, nothing runs twice, nothing is one too many, and all comes right", async () => {
  const outcomes: Outcome[] = [];
  for (let seed = firstSeed; seed < firstSeed + stories; seed += 1) outcomes.push(await tellStory(seed));
  const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + of(outcome), 0);
  const settle = outcomes.map(({ secondsToSettle }) => secondsToSettle);
  report(`simulated schedules, seeds ${firstSeed} to ${firstSeed + stories - 1}`, {
    stories,
    steps: sum(({ steps }) => steps),
    "requests and faults": sum(({ deeds }) => deeds.length),
    kills: sum(({ kills }) => kills),
    "s to come right at the median": percentile(settle, 0.5),
    "s at the 99th percentile": percentile(settle, 0.99),
    "s at most": Math.max(...settle),
  });
  const failed = outcomes.filter(({ faults }) => faults.length > 0);
  const words = failed.slice(0, 5).map(({ seed, faults, deeds }) => ({ seed, faults: faults.slice(0, 5), deeds }));
  expect(words, `${failed.length} of ${stories} stories went wrong`).toEqual([]);
}, 1_800_000);

test("a story is told the same way again by its seed", async () => {
  expect(await tellStory(firstSeed)).toEqual(await tellStory(firstSeed));
});
