/**
 * Keeps the store from growing without bound: events expire after an hour, and revisions that no watch is likely to ask
 * for are compacted. Owns the limits and the timer.
 */
import type { ServerContext } from "./context";
import { decodeEntry } from "./object";
import { prefixOf, removeObject } from "./object-storage";
import { events, lastSeen } from "./resources/event";
import { ApiError } from "./status";

const minute = 60_000;

export const limits = {
  eventAgeMs: 60 * minute,
  /** A flood of events must not have an hour. */
  mostEvents: 10_000,
  historyMs: 5 * minute,
  /** History kept when there is more of it than time alone would bound. */
  mostHistory: 20_000,
  intervalMs: minute,
} as const;

/** Answers how many went. */
export async function expireEvents({ store, now }: ServerContext): Promise<number> {
  const oldest = now() - limits.eventAgeMs;
  const stored = store.list({ prefix: prefixOf(events) }).entries.map((entry) => {
    const object = decodeEntry(entry);
    const seen = lastSeen(object);
    return { object, revision: entry.revision, seen: Number.isNaN(seen) ? 0 : seen };
  });
  stored.sort((left, right) => right.seen - left.seen);
  const expired = stored.filter(({ seen }, rank) => seen < oldest || rank >= limits.mostEvents);
  const removals = expired.map(async ({ object, revision }) => {
    try {
      await removeObject(store, events, object, revision);
      return 1;
    } catch (error) {
      // Seen again, or removed by someone else, in the meantime.
      if (error instanceof ApiError && (error.reason === "Conflict" || error.reason === "NotFound")) return 0;
      throw error;
    }
  });
  return (await Promise.all(removals)).reduce<number>((sum, removed) => sum + removed, 0);
}

/** Answers how many rows went. */
export function compactHistory({ store, now }: ServerContext): Promise<number> {
  const byAge = store.revisionBefore(now() - limits.historyMs);
  const bySize = store.revision - limits.mostHistory;
  return store.compact(Math.max(byAge, bySize));
}

export class Maintenance {
  readonly #context: ServerContext;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(context: ServerContext) {
    this.#context = context;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#running = this.#running.then(() => this.#round());
    }, limits.intervalMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  async #round(): Promise<void> {
    const { log } = this.#context;
    try {
      const expired = await expireEvents(this.#context);
      const compacted = await compactHistory(this.#context);
      log.debug({ expired, compacted }, "store maintained");
    } catch (error) {
      log.error({ err: error }, "maintaining the store failed; will retry");
    }
  }
}
