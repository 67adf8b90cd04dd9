import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ClaimWriter, goesFirst } from "../../../provider/core/claim-turn";

const writer = (name: string, changes: Partial<ClaimWriter> = {}): ClaimWriter => ({
  uid: `uid-${name}`,
  name,
  createdAt: "2026-01-01T00:00:00Z",
  claims: ["data"],
  has: "nothing",
  ...changes,
});
const later = { createdAt: "2026-01-01T00:00:01Z" };

describe("of two machines that write to one claim", () => {
  it.each<[string, ClaimWriter, ClaimWriter]>([
    ["whose guest may run", writer("b", { has: "guest", ...later }), writer("a", { has: "launcher" })],
    ["that has a launcher", writer("b", { has: "launcher", ...later }), writer("a")],
    ["that is older", writer("b"), writer("a", later)],
    ["whose name comes first", writer("a"), writer("b")],
    ["whose uid comes first", writer("a", { uid: "1" }), writer("a", { uid: "2" })],
  ])("the one goes first %s", (_what, first, second) => {
    expect(goesFirst(second, [first])).toEqual({ claim: "data", writer: first });
    expect(goesFirst(first, [second])).toBeUndefined();
  });

  it("it is the first of several that is waited for, and the claim that the two have in common", () => {
    const own = writer("c", { claims: ["own", "logs", "data"] });
    const others = [writer("b"), writer("d", { has: "guest", claims: ["other", "logs"] }), writer("a")];
    expect(goesFirst(own, others)).toEqual({ claim: "logs", writer: others[1] });
  });

  it("nobody waits for a machine with other claims, or for itself", () => {
    expect(goesFirst(writer("b"), [writer("a", { claims: ["else"] }), writer("b", { has: "guest" })])).toBeUndefined();
    expect(goesFirst(writer("b", { claims: [] }), [writer("a")])).toBeUndefined();
  });
});

it("whatever they write to, machines never wait for each other in a circle, and one of them may always begin", () => {
  const writers = fc.uniqueArray(
    fc.record({
      uid: fc.string({ minLength: 1, maxLength: 3 }),
      name: fc.constantFrom("a", "b", "c"),
      createdAt: fc.constantFrom("2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", ""),
      claims: fc.subarray(["one", "two", "three"]),
      has: fc.constantFrom("guest", "launcher", "nothing" as const),
    }),
    { selector: ({ uid }) => uid, minLength: 1, maxLength: 6 },
  );
  fc.assert(
    fc.property(writers, (all: readonly ClaimWriter[]) => {
      expect(all.some((own) => goesFirst(own, all) === undefined)).toBe(true);
      for (const own of all) {
        const seen = new Set<string>();
        for (let at: ClaimWriter | undefined = own; at !== undefined; at = goesFirst(at, all)?.writer) {
          expect(seen.has(at.uid)).toBe(false);
          seen.add(at.uid);
        }
      }
    }),
  );
});
