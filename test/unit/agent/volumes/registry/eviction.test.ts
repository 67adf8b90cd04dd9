import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planEviction } from "../../../../../provider/agent/volumes/registry/eviction";

const now = 1_000_000;
const bounds = { unusedBytes: 100, youngMs: 1000 };
const disk = (digest: string, storedBytes: number, age: number) => ({ digest, storedBytes, lastUsed: now - age });

describe("what leaves the cache", () => {
  test.each([
    ["nothing, while the unused ones are few", [disk("a", 60, 5000), disk("b", 40, 9000)], [], []],
    [
      "the longest unused, until they are few",
      [disk("a", 60, 5000), disk("b", 60, 9000), disk("c", 40, 7000)],
      [],
      ["b"],
    ],
    ["none in use, however old", [disk("a", 600, 5000), disk("b", 600, 9000)], ["b"], ["a"]],
    ["none that was asked for just now", [disk("a", 600, 10), disk("b", 600, 999)], [], []],
    ["more than one if it takes that", [disk("a", 600, 5000), disk("b", 600, 9000)], [], ["b", "a"]],
  ])("is %s", (_title, disks, inUse, leaving) => {
    expect(planEviction({ disks, inUse: new Set(inUse), now }, bounds)).toEqual(leaving);
  });

  test("is never in use, and what stays of the unused is small or young", () => {
    const digest = fc.constantFrom("a", "b", "c", "d", "e");
    const candidate = fc.record({
      digest,
      storedBytes: fc.nat(200),
      lastUsed: fc.integer({ min: now - 5000, max: now }),
    });
    fc.assert(
      fc.property(fc.uniqueArray(candidate, { selector: (one) => one.digest }), fc.array(digest), (disks, used) => {
        const inUse = new Set<string>(used);
        const leaving = new Set(planEviction({ disks, inUse, now }, bounds));
        const staying = disks.filter((one) => !leaving.has(one.digest) && !inUse.has(one.digest));
        const old = staying.filter((one) => now - one.lastUsed >= bounds.youngMs);
        const total = staying.reduce((sum, one) => sum + one.storedBytes, 0);
        return [...leaving].every((one) => !inUse.has(one)) && (total <= bounds.unusedBytes || old.length === 0);
      }),
    );
  });
});
