/**
 * Compares this project with recorded answers of the original implementation of the same objects. Every line must agree,
 * or each of its differences be explained by a rule of rules/, whose reason stands in differences.md. Another folder of
 * such lines is compared by `make golden corpus=FOLDER`; there, two lines of a hundred may be surprises.
 */
import { describe, expect, it } from "vitest";
import { recordedFolder } from "./recorded-line";
import { compareFolder, renderComparison, shareOfSurprises, surprisesOf } from "./report";

const otherFolder = process.env.GOLDEN_CORPUS;

function describeRecordedAnswers(): void {
  const { judged } = compareFolder(recordedFolder);

  it.each(["validate", "preset", "defaults", "domain"])("are there for %s", (area) => {
    expect(judged.filter((line) => line.area === area).length).toBeGreaterThan(30);
  });

  it.each(judged)("$id agrees, or differs for a reason that is written down", ({ judgement }) => {
    expect(judgement.is === "surprise" ? judgement.differences : []).toEqual([]);
  });
}

function describeFolder(folder: string): void {
  it("hold two surprises in a hundred lines at most", () => {
    const comparison = compareFolder(folder);
    process.stdout.write(`\n${renderComparison(comparison)}\n`);
    expect(comparison.judged.length).toBeGreaterThan(0);
    const ids = surprisesOf(comparison.judged).map(({ id }) => id);
    expect(shareOfSurprises(comparison.judged), ids.join(" ")).toBeLessThanOrEqual(0.02);
  });
}

describe(`the recorded answers${otherFolder === undefined ? "" : ` in ${otherFolder}`}`, () => {
  if (otherFolder === undefined) describeRecordedAnswers();
  else describeFolder(otherFolder);
});
