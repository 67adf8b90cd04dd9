/** Medians and quantiles of a few samples, and the ratio of two series pair by pair. */

export interface Summary {
  readonly count: number;
  readonly median: number;
  readonly p10: number;
  readonly p90: number;
}

export function summarize(samples: readonly number[]): Summary {
  return {
    count: samples.length,
    median: quantile(samples, 0.5),
    p10: quantile(samples, 0.1),
    p90: quantile(samples, 0.9),
  };
}

/** Each sample divided by the one taken next to it, so that a machine that slows down slows both. */
export function ratios(ours: readonly number[], peers: readonly number[]): Summary {
  return summarize(ours.map((value, index) => value / (peers[index] ?? Number.NaN)));
}

function quantile(samples: readonly number[], at: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const position = (sorted.length - 1) * at;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}
