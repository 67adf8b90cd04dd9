/** A clock that stands still until a test moves it. Who sleeps on it wakes when its time has come, the earliest first. */
import type { Clock, Ticks } from "../../provider/runtime/clock";

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

export class FakeClock implements Clock {
  #now: number;
  #ticks = 0;
  #sleepers: Sleeper[] = [];

  constructor(start = Date.parse("2026-01-01T00:00:00Z")) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  readonly ticks: Ticks = () => this.#ticks;

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      const sleeper = { at: this.#ticks + milliseconds, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal.reason);
      });
    });
  }

  /** How many sleep on it. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /** Time passes. Whoever wakes has gone on as far as it can without an answer from elsewhere when this resolves. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.#ticks + milliseconds;
    for (;;) {
      const next = this.#sleepers.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
      if (next > end) break;
      this.#advance(Math.max(0, next - this.#ticks));
      const due = this.#sleepers.filter(({ at }) => at <= next);
      this.#sleepers = this.#sleepers.filter(({ at }) => at > next);
      for (const { wake } of due) wake();
      await settled();
    }
    this.#advance(end - this.#ticks);
    await settled();
  }

  /** Time passes for a process that is stopped: nobody wakes until more of it passes. */
  freeze(milliseconds: number): void {
    this.#advance(milliseconds);
  }

  /** Somebody sets the clock; no time passes. */
  set(milliseconds: number): void {
    this.#now += milliseconds;
  }

  #advance(milliseconds: number): void {
    this.#now += milliseconds;
    this.#ticks += milliseconds;
  }
}

/** Lets everything go on that waits for nothing but its turn. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
