/**
 * Work that several wait for and that is done once: whoever comes while it goes on joins it, and it is given up when the
 * last of them has left.
 */
interface Running<T, P> {
  readonly result: Promise<T>;
  readonly abort: AbortController;
  readonly listeners: Set<(progress: P) => void>;
}

export interface Waiter<P> {
  readonly signal: AbortSignal;
  /** Told what the work says of itself, from the joining on. */
  readonly onProgress: (progress: P) => void;
}

export type Work<T, P> = (signal: AbortSignal, tell: (progress: P) => void) => Promise<T>;

/** T: what comes of it. P: what it says of itself meanwhile. */
export class SharedWork<T, P> {
  readonly #running = new Map<string, Running<T, P>>();
  /** What was last said, for those who join later. */
  readonly #said = new Map<string, P>();
  readonly #ending = new Set<Promise<void>>();

  /** Rejects with the signal's reason when the waiter leaves. */
  async join(key: string, work: Work<T, P>, { signal, onProgress }: Waiter<P>): Promise<T> {
    signal.throwIfAborted();
    const running = this.#running.get(key) ?? this.#begin(key, work);
    const said = this.#said.get(key);
    if (said !== undefined) onProgress(said);
    running.listeners.add(onProgress);
    let onAbort: (() => void) | undefined;
    const left = new Promise<never>((_, reject) => {
      onAbort = () => reject(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
    });
    try {
      return await Promise.race([running.result, left]);
    } finally {
      if (onAbort !== undefined) signal.removeEventListener("abort", onAbort);
      running.listeners.delete(onProgress);
      if (running.listeners.size === 0) {
        // Nobody joins work that is being given up.
        this.#forget(key, running);
        running.abort.abort(new Error("nobody waits for it any more"));
      }
    }
  }

  #begin(key: string, work: Work<T, P>): Running<T, P> {
    const abort = new AbortController();
    const listeners = new Set<(progress: P) => void>();
    const tell = (progress: P) => {
      this.#said.set(key, progress);
      for (const listener of listeners) listener(progress);
    };
    // Leaves the caller's turn first, so that whoever began it is listening.
    const result = Promise.resolve().then(() => work(abort.signal, tell));
    const running = { result, abort, listeners };
    this.#running.set(key, running);
    const settled = result.then(
      () => undefined,
      () => undefined,
    );
    this.#ending.add(settled);
    void settled.then(() => {
      this.#ending.delete(settled);
      this.#forget(key, running);
    });
    return running;
  }

  #forget(key: string, running: Running<T, P>): void {
    if (this.#running.get(key) !== running) return;
    this.#running.delete(key);
    this.#said.delete(key);
  }

  /** Resolves when what goes on at this moment has ended, also what was given up. */
  async settled(): Promise<void> {
    await Promise.all(this.#ending);
  }
}
