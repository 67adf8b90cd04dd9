/** differences.md and the rules say the same: a reason for each rule, a rule for each reason, and lines that need it. */
import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { documentedRules, documentPath, documentWithLines, foldIds } from "./documented";
import { ruleIds } from "./judge";
import { recordedFolder } from "./recorded-line";
import { compareFolder, explainedLines } from "./report";
import { mayUpdate } from "./update";

describe("deliberate differences", () => {
  const explained = explainedLines(compareFolder(recordedFolder).judged);
  const linesOf = (rule: string) => foldIds(explained.get(rule) ?? []);
  if (mayUpdate()) writeFileSync(documentPath, documentWithLines(linesOf));
  const documented = documentedRules();

  it("have a reason each, and no reason is without its rule", () => {
    expect(documented.map(({ id }) => id).sort()).toEqual([...ruleIds].sort());
  });

  it.each(documented)("$id: has a reason, and the recorded lines that it explains", ({ id, reason, lines }) => {
    expect(reason.length).toBeGreaterThan(40);
    expect(lines).not.toBe("");
    expect(lines, "`make golden-update` writes the list").toBe(linesOf(id));
  });
});
