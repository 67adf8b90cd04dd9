import { expect, test } from "vitest";
import { formatBytes, PullProgress } from "../../../../../provider/agent/volumes/registry/pull-progress";

test("a download says seldom how far it is: each 15 seconds at most, each tenth at most", () => {
  let now = 0;
  const progress = new PullProgress(1000, { now: () => now, sleep: () => Promise.resolve() });
  const said: string[] = [];
  for (; now < 200_000; now += 1000) {
    const words = progress.add(5);
    if (words !== undefined) said.push(`${now / 1000} s: ${words}`);
  }
  expect(said).toEqual([
    "19 s: 10 % of 1000 B",
    "39 s: 20 % of 1000 B",
    "59 s: 30 % of 1000 B",
    "79 s: 40 % of 1000 B",
    "99 s: 50 % of 1000 B",
    "119 s: 60 % of 1000 B",
    "139 s: 70 % of 1000 B",
    "159 s: 80 % of 1000 B",
    "179 s: 90 % of 1000 B",
  ]);
  expect(progress.summary()).toBe("1000 B in 200.0 s");
});

test("bytes are printed in the unit that fits", () => {
  expect([0, 1023, 1024, 1536, 10_123_888, 3 * 2 ** 30].map(formatBytes)).toEqual([
    "0 B",
    "1023 B",
    "1.0 KiB",
    "1.5 KiB",
    "9.7 MiB",
    "3.0 GiB",
  ]);
});
