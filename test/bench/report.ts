/** One line of the table that `make bench` prints. */
import { ratios, summarize } from "./statistics.ts";

export interface Measurement {
  readonly what: string;
  readonly unit: "µs" | "ms" | "MiB" | "bytes";
  readonly ours: readonly number[];
  readonly peer: string;
  readonly peers: readonly number[];
}

/** A figure that stands alone. */
export interface Count {
  readonly what: string;
  readonly count: number;
}

export function printReport(figures: readonly (Measurement | Count)[]): void {
  printTable(figures.filter((figure) => "unit" in figure));
  for (const figure of figures) if ("count" in figure) process.stdout.write(`${figure.what}: ${figure.count}\n`);
}

function printTable(measurements: readonly Measurement[]): void {
  if (measurements.length === 0) return;
  const rows = measurements.map(({ what, unit, ours, peer, peers }) => {
    const own = summarize(ours);
    const other = summarize(peers);
    const ratio = ratios(ours, peers);
    return [
      what,
      `${format(own.median)} ${unit} (${format(own.p10)}–${format(own.p90)})`,
      peer,
      `${format(other.median)} ${unit} (${format(other.p10)}–${format(other.p90)})`,
      `${ratio.median.toFixed(2)} (${ratio.p10.toFixed(2)}–${ratio.p90.toFixed(2)})`,
      String(own.count),
    ];
  });
  const header = ["measured", "ours: median (p10–p90)", "peer", "peer: median (p10–p90)", "ratio ours/peer", "pairs"];
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
