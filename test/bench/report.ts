/** The table that `make bench` prints, the figures that stand alone, and which goals were missed. */
import { ratios, summarize } from "./statistics.ts";

export interface Goal {
  /** Of the ratio's median, or of the figure that stands alone. */
  readonly atMost: number;
  /** What stands in the way where it is missed, if that is known. */
  readonly inTheWay?: string;
}

export interface Measurement {
  readonly what: string;
  readonly unit: "µs" | "ms" | "MiB" | "bytes";
  readonly ours: readonly number[];
  readonly peer: string;
  readonly peers: readonly number[];
  readonly goal?: Goal;
}

/** A figure that stands alone. */
export interface Count {
  readonly what: string;
  readonly count: number;
  readonly goal?: Goal;
}

export function printReport(figures: readonly (Measurement | Count)[]): void {
  printTable(figures.filter((figure) => "unit" in figure));
  for (const figure of figures) {
    if ("unit" in figure) continue;
    process.stdout.write(
      `${figure.what}: ${round(figure.count)}${figure.goal ? ` (goal: ${worded(figure.goal)})` : ""}\n`,
    );
  }
  for (const figure of figures) {
    const seen = "unit" in figure ? ratios(figure.ours, figure.peers).median : figure.count;
    if (figure.goal === undefined || seen <= figure.goal.atMost) continue;
    const { inTheWay = "it is not known what stands in the way" } = figure.goal;
    process.stdout.write(`missed: ${figure.what}: ${round(seen)}, goal ${worded(figure.goal)}; ${inTheWay}\n`);
  }
}

const worded = ({ atMost }: Goal): string => `at most ${round(atMost)}`;
const round = (value: number): string => String(Number(value.toFixed(3)));

function printTable(measurements: readonly Measurement[]): void {
  if (measurements.length === 0) return;
  const rows = measurements.map(({ what, unit, ours, peer, peers, goal }) => {
    const own = summarize(ours);
    const other = summarize(peers);
    const ratio = ratios(ours, peers);
    return [
      what,
      `${format(own.median)} ${unit} (${format(own.p10)}–${format(own.p90)})`,
      peer,
      `${format(other.median)} ${unit} (${format(other.p10)}–${format(other.p90)})`,
      `${ratio.median.toFixed(2)} (${ratio.p10.toFixed(2)}–${ratio.p90.toFixed(2)})`,
      goal === undefined ? "" : worded(goal),
      String(own.count),
    ];
  });
  const header = [
    "measured",
    "ours: median (p10–p90)",
    "peer",
    "peer: median (p10–p90)",
    "ratio ours/peer",
    "goal",
    "pairs",
  ];
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of [header, widths.map((width) => "-".repeat(width)), ...rows]) {
    process.stdout.write(
      `${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd()}\n`,
    );
  }
}

const format = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(1));
