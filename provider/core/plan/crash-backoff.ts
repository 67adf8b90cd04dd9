/**
 * When a machine that keeps ending may start again: at once the first time, then after 10 s, 20 s, 40 s and so on up to
 * five minutes, as a kubelet does it for containers. A run of ten minutes makes good what was before.
 */

export interface EndedRuns {
  /** Runs in a row that ended early. */
  readonly early: number;
  /** No start before this, in milliseconds since the epoch. */
  readonly notBefore: number;
  /** Why the last run ended, as its machine told it. */
  readonly why?: string;
}

const longRunMs = 10 * 60_000;
const firstDelayMs = 10_000;
const longestDelayMs = 5 * 60_000;

/** The history after one more run, from `startedAt` to `endedAt` (milliseconds since the epoch). */
export function afterRun(
  before: EndedRuns | undefined,
  run: { readonly startedAt: number; readonly endedAt: number; readonly why?: string | undefined },
): EndedRuns {
  const isLong = run.endedAt - run.startedAt >= longRunMs;
  const early = isLong ? 0 : (before?.early ?? 0) + 1;
  const notBefore = run.endedAt + delayAfter(early);
  return run.why === undefined ? { early, notBefore } : { early, notBefore, why: run.why };
}

function delayAfter(early: number): number {
  return early <= 1 ? 0 : Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(early - 2, 30));
}

/** Words for a start that is put off. */
export function describeBackoff({ early, notBefore, why }: EndedRuns): string {
  const until = new Date(notBefore).toISOString();
  return `ended early ${early} times in a row; the next start is at ${until}${why === undefined ? "" : ` (last time: ${why})`}`;
}
