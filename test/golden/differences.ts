/** Reads differences.md: which recorded answers this project means not to give, and why. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface Difference {
  readonly area: string;
  readonly reason: string;
  readonly id: string;
}

/** `## area`, below it `### reason`, below it one `- id` a line. */
export function knownDifferences(): readonly Difference[] {
  const differences: Difference[] = [];
  let area = "";
  let reason = "";
  for (const line of readFileSync(join(__dirname, "differences.md"), "utf8").split("\n")) {
    if (line.startsWith("## ")) area = line.slice(3).trim();
    else if (line.startsWith("### ")) reason = line.slice(4).trim();
    else if (line.startsWith("- ")) differences.push({ area, reason, id: line.slice(2).trim() });
  }
  return differences;
}
