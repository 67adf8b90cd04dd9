import { expect, it } from "vitest";
import { afterRun, type EndedRuns } from "../../../../provider/core/plan/crash-backoff";

const minute = 60_000;

it("starts again at once, then after ten seconds, and twice as long each time up to five minutes", () => {
  const delays: number[] = [];
  let runs: EndedRuns | undefined;
  for (let count = 0; count < 9; count += 1) {
    runs = afterRun(runs, { startedAt: 0, endedAt: minute });
    delays.push((runs.notBefore - minute) / 1000);
  }
  expect(delays).toEqual([0, 10, 20, 40, 80, 160, 300, 300, 300]);
});

it("forgets what was before after a run of ten minutes", () => {
  const bad: EndedRuns = { early: 7, notBefore: 0 };
  expect(afterRun(bad, { startedAt: 0, endedAt: 10 * minute })).toEqual({ early: 0, notBefore: 10 * minute });
  expect(afterRun(bad, { startedAt: 0, endedAt: 10 * minute - 1 }).early).toBe(8);
});

it("never overflows", () => {
  expect(afterRun({ early: 10_000, notBefore: 0 }, { startedAt: 0, endedAt: 0 }).notBefore).toBe(5 * minute);
});
