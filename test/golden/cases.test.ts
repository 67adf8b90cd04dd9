/** Every hand-checked case comes out as its files say. `make golden-update` rewrites them and shows what changed. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Case, casesFolder, expectedOutcome, outcomeFiles, outcomeOf, readCases } from "./cases";
import { mayUpdate } from "./update";

describe("hand-checked cases", () => {
  const cases = readCases();
  if (mayUpdate()) for (const one of cases) rewrite(one);

  it.each(cases)("$name", (one) => {
    expect(expectedOutcome(one)).toEqual(outcomeOf(one));
  });
});

function rewrite(one: Case): void {
  const outcome = outcomeOf(one);
  for (const file of outcomeFiles) {
    const path = join(casesFolder, one.name, file);
    const text = outcome[file];
    if (text === undefined) rmSync(path, { force: true });
    else writeFileSync(path, text);
  }
}
