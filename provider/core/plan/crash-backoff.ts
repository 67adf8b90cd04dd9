/**
 * When a machine that keeps ending may start again: at once the first time, then after 10 s, 20 s, 40 s and so on up to
 * five minutes, as a kubelet does it for containers. A run of ten minutes makes good what was before.
 */

export interface EndedRuns {
  /** Runs in a row that ended early. */
  readonly early: number;
  /** No start before this, in milliseconds since the epoch. */
  readonly notBefore: number;
}

const longRunMs = 10 * 60_000;
const firstDelayMs = 10_000;
const longestDelayMs = 5 * 60_000;

/** The history after one more run, from `startedAt` to `endedAt` (milliseconds since the epoch). */
export function afterRun(
  before: EndedRuns | undefined,
  run: { readonly startedAt: number; readonly endedAt: number },
): EndedRuns {
  const isLong = run.endedAt - run.startedAt >= longRunMs;
  const early = isLong ? 0 : (before?.early ?? 0) + 1;
  return { early, notBefore: run.endedAt + delayAfter(early) };
}

function delayAfter(early: number): number {
  return early <= 1 ? 0 : Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(early - 2, 30));
}
