/**
 * Sees every object of the store and every change of one, in order, and all of them again whenever it may have missed
 * some. Owns the watch; what is seen matters to the listeners alone.
 */
import { CompactedError, type Entry, type Store, type StoreEvent, type Watch } from "../../store/store";
import type { ServerLog } from "../context";

export interface StoreListener {
  /** An object that is there; may come again for the same one. */
  present(entry: Entry): void;
  changed(event: StoreEvent): void;
}

export class StoreObserver {
  readonly #store: Store;
  readonly #listeners: readonly StoreListener[];
  readonly #log: ServerLog;
  #watch: Watch | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(store: Store, listeners: readonly StoreListener[], log: ServerLog) {
    this.#store = store;
    this.#listeners = listeners;
    this.#log = log;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#watch?.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#follow();
      } catch (error) {
        if (error instanceof CompactedError) continue;
        if (!this.#stopped) this.#log.error({ err: error }, "following the store ended");
        return;
      }
    }
  }

  /** Until the watch ends: closed, dropped for being slow, or its history compacted. */
  async #follow(): Promise<void> {
    const watch = this.#store.watch({ prefix: "/", after: this.#store.revision });
    this.#watch = watch;
    for (const entry of this.#store.list({ prefix: "/" }).entries) {
      this.#tell(entry.key, (listener) => listener.present(entry));
    }
    for await (const item of watch) {
      if (item.kind === "dropped") return;
      const { event } = item;
      this.#tell(event.key, (listener) => listener.changed(event));
    }
    this.#stopped = true;
  }

  /** One object that nobody can read must not keep the others from being seen. */
  #tell(key: string, tell: (listener: StoreListener) => void): void {
    for (const listener of this.#listeners) {
      try {
        tell(listener);
      } catch (error) {
        this.#log.error({ err: error, key }, "an object of the store cannot be read");
      }
    }
  }
}
