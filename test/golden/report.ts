/** The result of a comparison as text: how many lines of each area agree, which rules explain others, and the surprises. */
import { areasElsewhere, type JudgedLine, judgeLine } from "./judge";
import { readFolder } from "./recorded-line";

export interface Comparison {
  readonly judged: readonly JudgedLine[];
  /** Lines of areas that are not compared here, by area. */
  readonly elsewhere: ReadonlyMap<string, number>;
}

export function compareFolder(folder: string): Comparison {
  const lines = readFolder(folder);
  const elsewhere = new Map<string, number>();
  for (const { area } of lines) {
    if (areasElsewhere.has(area)) elsewhere.set(area, (elsewhere.get(area) ?? 0) + 1);
  }
  return { judged: lines.filter(({ area }) => !areasElsewhere.has(area)).map(judgeLine), elsewhere };
}

/** Rule → the ids of the lines that it explains, alone or with others. */
export function explainedLines(judged: readonly JudgedLine[]): ReadonlyMap<string, readonly string[]> {
  const byRule = new Map<string, string[]>();
  for (const { id, judgement } of judged) {
    for (const rule of judgement.is === "explained" ? judgement.rules : []) {
      byRule.set(rule, [...(byRule.get(rule) ?? []), id]);
    }
  }
  return byRule;
}

export function surprisesOf(judged: readonly JudgedLine[]): readonly JudgedLine[] {
  return judged.filter(({ judgement }) => judgement.is === "surprise");
}

/** Surprises among all lines, 0 to 1. */
export function shareOfSurprises(judged: readonly JudgedLine[]): number {
  return judged.length === 0 ? 1 : surprisesOf(judged).length / judged.length;
}

export function renderComparison({ judged, elsewhere }: Comparison): string {
  const areas = [...new Set(judged.map(({ area }) => area))].sort();
  const rows = [
    ...areas.map((area) => [area, judged.filter((line) => line.area === area)] as const),
    ["all", judged] as const,
  ];
  const surprises = surprisesOf(judged);
  return [
    columns("area", "lines", "agree", "explained", "surprises"),
    ...rows.map(([area, lines]) => columns(area, String(lines.length), ...countsOf(lines))),
    "",
    ...[...explainedLines(judged)]
      .sort(([, left], [, right]) => right.length - left.length)
      .map(([rule, ids]) => `  ${String(ids.length).padStart(4)}  ${rule}`),
    "",
    ...surprises.flatMap(({ id, judgement }) =>
      judgement.is === "surprise"
        ? [`  ${id}`, ...judgement.differences.map((difference) => `      ${difference}`)]
        : [],
    ),
    `${surprises.length} of ${judged.length} lines are surprises: ${(shareOfSurprises(judged) * 100).toFixed(2)} %`,
    ...[...elsewhere].map(([area, count]) => `not compared here: ${count} lines of ${area}`),
    "",
  ].join("\n");
}

function countsOf(lines: readonly JudgedLine[]): readonly string[] {
  const count = (is: JudgedLine["judgement"]["is"]) =>
    String(lines.filter(({ judgement }) => judgement.is === is).length);
  return [count("agrees"), count("explained"), count("surprise")];
}

function columns(first: string, ...others: readonly string[]): string {
  return `${first.padEnd(12)}${others.map((text) => text.padStart(11)).join("")}`;
}
