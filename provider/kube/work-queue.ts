/**
 * A queue of keys for a reconciler. A key waits at most once, is never worked on twice at the same time, and comes again
 * after a back-off when its work failed. Nothing but keys is queued: the worker reads the present state itself.
 *
 * What the work itself may have caused (the hypervisor's events about a start that fails) is a nudge: it brings a key
 * forward like any other news, but never cuts a back-off short, or each failure would call for the next.
 */
import { type BackoffOptions, backoffDelay } from "../runtime/backoff";
import type { Logger } from "../runtime/log";

/** What a reconcile answered: nothing more to do now, or look again after so many milliseconds. */
export type Result = { readonly requeueAfterMs?: number } | undefined;

export type Reconcile = (key: string, signal: AbortSignal) => Promise<Result>;

export interface WorkOutcome {
  readonly failed: boolean;
  readonly milliseconds: number;
}

export interface WorkQueueOptions {
  readonly reconcile: Reconcile;
  readonly log: Logger;
  /** Keys worked on at the same time. Default 4. */
  readonly concurrency?: number;
  readonly backoff?: BackoffOptions;
  /** Told of each piece of work that has ended. */
  readonly observe?: ((outcome: WorkOutcome) => void) | undefined;
}

const defaultBackoff: BackoffOptions = { initial: 250, max: 60_000 };

export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #abort = new AbortController();
  readonly #waiting = new Set<string>();
  readonly #running = new Map<string, Promise<void>>();
  /** Keys that were added while they were being worked on; nudged ones do not come again at once after a failure. */
  readonly #again = new Map<string, "added" | "nudged">();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, { at: number; timer: NodeJS.Timeout }>();

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  /** Work on this key as soon as there is room. */
  add(key: string): void {
    if (this.#abort.signal.aborted) return;
    this.#cancelTimer(key);
    if (this.#running.has(key)) this.#again.set(key, "added");
    else this.#waiting.add(key);
    this.#pump();
  }

  /** As `add`, for news that may be the key's own doing: a key that waits out a back-off goes on waiting. */
  nudge(key: string): void {
    if (this.#abort.signal.aborted) return;
    if (this.#running.has(key)) {
      if (!this.#again.has(key)) this.#again.set(key, "nudged");
    } else if (!this.#failures.has(key)) this.add(key);
  }

  /** Work on this key after a delay, or earlier if something adds it; the earliest of several delays counts. */
  addAfter(key: string, milliseconds: number): void {
    if (this.#abort.signal.aborted) return;
    const at = performance.now() + milliseconds;
    const planned = this.#timers.get(key);
    if (planned !== undefined && planned.at <= at) return;
    this.#cancelTimer(key);
    const timer = setTimeout(() => {
      this.#timers.delete(key);
      this.add(key);
    }, milliseconds);
    this.#timers.set(key, { at, timer });
  }

  /** Takes no more keys, tells running work to stop, and resolves when it has. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error("the work queue is stopping"));
    for (const { timer } of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#waiting.clear();
    this.#again.clear();
    await Promise.all(this.#running.values());
  }

  #cancelTimer(key: string): void {
    const planned = this.#timers.get(key);
    if (planned === undefined) return;
    clearTimeout(planned.timer);
    this.#timers.delete(key);
  }

  #pump(): void {
    for (const key of this.#waiting) {
      if (this.#running.size >= (this.#options.concurrency ?? 4)) return;
      this.#waiting.delete(key);
      this.#running.set(key, this.#work(key));
    }
  }

  async #work(key: string): Promise<void> {
    // Leaves the caller's turn first, so that the key is in #running before the work can end.
    await Promise.resolve();
    const startedAt = performance.now();
    let failed = false;
    try {
      const result = await this.#options.reconcile(key, this.#abort.signal);
      this.#failures.delete(key);
      if (result?.requeueAfterMs !== undefined) this.addAfter(key, result.requeueAfterMs);
    } catch (error) {
      failed = true;
      if (!this.#abort.signal.aborted) {
        const failures = (this.#failures.get(key) ?? 0) + 1;
        this.#failures.set(key, failures);
        const delayMs = backoffDelay(failures, this.#options.backoff ?? defaultBackoff);
        this.#options.log.warn({ key, failures, delayMs, err: error }, "reconcile failed; it will be tried again");
        this.addAfter(key, delayMs);
      }
    } finally {
      this.#options.observe?.({ failed, milliseconds: performance.now() - startedAt });
      this.#running.delete(key);
      const again = this.#again.get(key);
      this.#again.delete(key);
      if (again === "added" || (again === "nudged" && !failed)) {
        this.#cancelTimer(key);
        this.#waiting.add(key);
      }
      this.#pump();
    }
  }
}
