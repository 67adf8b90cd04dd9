/**
 * Keys to look at, one at a time. A key that is added while it waits is looked at once; a look that fails is repeated
 * with growing pauses. Owns no knowledge of what a key means.
 */
export interface KeyQueueOptions {
  readonly look: (key: string) => Promise<void>;
  readonly onError: (key: string, error: unknown) => void;
  readonly firstPauseMs?: number;
  readonly longestPauseMs?: number;
}

export class KeyQueue {
  readonly #options: KeyQueueOptions;
  readonly #waiting = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(options: KeyQueueOptions) {
    this.#options = options;
  }

  add(key: string): void {
    if (this.#stopped) return;
    this.#waiting.add(key);
    this.#running ??= this.#run();
  }

  /** Resolves when the look under way has ended; none follows. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    for (const key of this.#waiting) {
      this.#waiting.delete(key);
      try {
        await this.#options.look(key);
        this.#failures.delete(key);
      } catch (error) {
        if (!this.#stopped) this.#retry(key, error);
      }
    }
    this.#running = undefined;
  }

  #retry(key: string, error: unknown): void {
    const { firstPauseMs = 50, longestPauseMs = 10_000, onError } = this.#options;
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    onError(key, error);
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        this.add(key);
      },
      Math.min(firstPauseMs * 2 ** (failures - 1), longestPauseMs),
    );
    timer.unref();
    this.#timers.add(timer);
  }
}
