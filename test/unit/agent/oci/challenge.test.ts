import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseChallenges } from "../../../../provider/agent/oci/challenge";

const read = (header: string) =>
  parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

describe("a challenge", () => {
  test("is read with its parameters, quoted or not", () => {
    expect(read('Bearer realm="https://auth.example/token",service="s, with \\"comma\\"", scope=a')).toEqual([
      ["bearer", { realm: "https://auth.example/token", service: 's, with "comma"', scope: "a" }],
    ]);
  });

  test("may be one of several", () => {
    expect(read('Negotiate, Basic realm="a", Bearer REALM="b",Realm="c"')).toEqual([
      ["negotiate", {}],
      ["basic", { realm: "a" }],
      ["bearer", { realm: "b" }],
    ]);
  });

  test("of any other form costs nothing and ends the list", () => {
    expect(read("")).toEqual([]);
    expect(read('Bearer realm="never closed')).toEqual([["bearer", {}]]);
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (header) => Array.isArray(parseChallenges(header))));
    const began = performance.now();
    parseChallenges(`Bearer ${'a="\\'.repeat(100_000)}`);
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});
