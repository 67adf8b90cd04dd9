/** Exponential back-off with jitter, as data: the caller sleeps. */
export interface BackoffOptions {
  /** First delay in milliseconds. */
  readonly initial: number;
  /** Longest delay in milliseconds. */
  readonly max: number;
  /** Part of the delay that is random, 0 to 1. Default 0.2. */
  readonly jitter?: number;
}

/** Milliseconds to wait after the `failures`-th failure in a row (1 is the first). */
export function backoffDelay(failures: number, options: BackoffOptions, random: () => number = Math.random): number {
  const exponential = Math.min(options.max, options.initial * 2 ** Math.max(0, Math.min(failures, 40) - 1));
  const jitter = options.jitter ?? 0.2;
  return Math.round(exponential * (1 - jitter / 2 + jitter * random()));
}
