/**
 * Hands committed events to watchers. Owns the watchers and their buffers; reads no database itself but through the
 * `history` function it is given. A watcher subscribes before its history is read, so no event falls between the two.
 * Buffers are bounded: a watcher that does not keep up is dropped and has to list again; the others notice nothing.
 */
import type { StoreEvent, Watch, WatchItem, WatchOptions } from "./store";

export interface BroadcasterOptions {
  /** Events on the prefix with `after < revision <= upTo`, in order, at most `limit`. */
  readonly history: (query: HistoryQuery) => readonly StoreEvent[];
  /** Live events one watcher may leave unread before it is dropped. */
  readonly bufferSize?: number;
}

export interface HistoryQuery {
  readonly prefix: string;
  readonly after: number;
  readonly upTo: number;
  readonly limit: number;
}

const defaultBufferSize = 4096;
const historyChunk = 256;

export class Broadcaster {
  readonly #history: BroadcasterOptions["history"];
  readonly #bufferSize: number;
  readonly #watchers = new Set<Watcher>();
  #revision: number;

  constructor(revision: number, options: BroadcasterOptions) {
    this.#revision = revision;
    this.#history = options.history;
    this.#bufferSize = options.bufferSize ?? defaultBufferSize;
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  /** Tells every watcher of one commit. Never waits. */
  publish(events: readonly StoreEvent[]): void {
    const last = events.at(-1);
    if (last === undefined) return;
    this.#revision = last.revision;
    for (const watcher of this.#watchers) watcher.offer(events, last.revision);
  }

  subscribe(options: WatchOptions): Watch {
    const watcher: Watcher = new Watcher({
      ...options,
      upTo: this.#revision,
      history: this.#history,
      bufferSize: this.#bufferSize,
      onClose: () => this.#watchers.delete(watcher),
    });
    this.#watchers.add(watcher);
    return watcher;
  }

  close(): void {
    for (const watcher of [...this.#watchers]) watcher.close();
  }
}

interface WatcherOptions extends WatchOptions {
  /** Everything up to here is read from history, everything after is live. */
  readonly upTo: number;
  readonly history: BroadcasterOptions["history"];
  readonly bufferSize: number;
  readonly onClose: () => void;
}

class Watcher implements Watch {
  readonly #options: WatcherOptions;
  readonly #buffer: StoreEvent[] = [];
  #seen: number;
  #progress: number;
  #state: "open" | "dropped" | "closed" = "open";
  #wake: (() => void) | undefined;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#seen = options.upTo;
    this.#progress = options.after;
  }

  get progress(): number {
    return this.#progress;
  }

  offer(events: readonly StoreEvent[], revision: number): void {
    for (const event of events) {
      if (event.revision <= this.#options.after || !event.key.startsWith(this.#options.prefix)) continue;
      if (this.#buffer.length >= this.#options.bufferSize) {
        this.#buffer.length = 0;
        this.#end("dropped");
        return;
      }
      this.#buffer.push(event);
    }
    this.#seen = revision;
    this.#rouse();
  }

  close(): void {
    if (this.#state === "open") this.#end("closed");
    this.#buffer.length = 0;
    this.#rouse();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<WatchItem> {
    try {
      let cursor = this.#options.after;
      while (this.#state === "open" && cursor < this.#options.upTo) {
        const { prefix, upTo, history } = this.#options;
        const events = history({ prefix, after: cursor, upTo, limit: historyChunk });
        for (const event of events) {
          if (this.#ended()) break;
          this.#progress = event.revision;
          yield { kind: "event", event };
        }
        const last = events.at(-1);
        cursor = last === undefined || events.length < historyChunk ? upTo : last.revision;
      }
      for (;;) {
        const event = this.#buffer.shift();
        if (event !== undefined) {
          this.#progress = event.revision;
          yield { kind: "event", event };
          continue;
        }
        if (this.#ended()) break;
        this.#progress = Math.max(this.#progress, this.#seen);
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      if (this.#state === "dropped") yield { kind: "dropped" };
    } finally {
      this.close();
    }
  }

  #ended(): boolean {
    return this.#state !== "open";
  }

  #end(state: "dropped" | "closed"): void {
    this.#state = state;
    this.#options.onClose();
    this.#rouse();
  }

  #rouse(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
