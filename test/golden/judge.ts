/**
 * Judges recorded lines. A line agrees, or every difference in it is explained by a documented rule, or it is a surprise.
 * What cannot be read or compared is a surprise too.
 */
import type { Area } from "./areas/area";
import { defaultsArea } from "./areas/defaults";
import { domainArea } from "./areas/domain";
import { presetArea } from "./areas/preset";
import { validateArea } from "./areas/validate";
import { renderDifference } from "./difference";
import type { RecordedLine, UnreadableLine } from "./recorded-line";

export type Judgement =
  | { readonly is: "agrees" }
  | { readonly is: "explained"; readonly rules: readonly string[] }
  | { readonly is: "surprise"; readonly differences: readonly string[] };

export interface JudgedLine {
  readonly id: string;
  readonly area: string;
  readonly judgement: Judgement;
}

/** Areas that are about controllers, node agents and pods: they are counted, not compared here. */
export const areasElsewhere: ReadonlySet<string> = new Set(["vm", "ovm", "vmrs", "handler", "files", "pod"]);

const judges: Readonly<Record<string, (line: RecordedLine) => Judgement>> = {
  validate: (line) => judgeIn(validateArea, line),
  preset: (line) => judgeIn(presetArea, line),
  defaults: (line) => judgeIn(defaultsArea, line),
  domain: (line) => judgeIn(domainArea, line),
};

/** The ids of all rules; one that concerns several areas is one rule. */
export const ruleIds: ReadonlySet<string> = new Set(
  [validateArea, presetArea, defaultsArea, domainArea].flatMap(({ rules }) => rules.map(({ id }) => id)),
);

export function judgeLine(line: RecordedLine | UnreadableLine): JudgedLine {
  const { id, area } = line;
  if ("fault" in line) return { id, area, judgement: surprise(line.fault) };
  const judge = Object.hasOwn(judges, area) ? judges[area] : undefined;
  return { id, area, judgement: judge === undefined ? surprise(`nothing compares area ${area}`) : judge(line) };
}

function judgeIn<Case>(area: Area<Case>, line: RecordedLine): Judgement {
  const recorded = area.read(line);
  if (recorded === undefined) return surprise("the input or the answer has a shape that nobody knows");
  const used = new Set<string>();
  const unexplained: string[] = [];
  const differences = attempt(() => area.compare(recorded));
  if (typeof differences === "string") return surprise(differences);
  for (const difference of differences) {
    const rule = area.rules.find((one) => one.explains(difference, recorded));
    if (rule === undefined) unexplained.push(renderDifference(difference));
    else used.add(rule.id);
  }
  if (unexplained.length > 0) return surprise(...unexplained);
  return used.size === 0 ? { is: "agrees" } : { is: "explained", rules: [...used].sort() };
}

/** A line that makes this project throw is a surprise like any other. */
function attempt<T>(compare: () => T): T | string {
  try {
    return compare();
  } catch (error) {
    return `threw: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function surprise(...differences: readonly string[]): Judgement {
  return { is: "surprise", differences };
}
