/**
 * The store on SQLite: SQL is here and in the `sqlite-` files beside it, nowhere else. The log is one append-only table whose row
 * id is the revision; AUTOINCREMENT keeps an id from ever being given twice. Writes wait in a queue until the turn of
 * the event loop ends and then share one transaction, so that one fsync serves them all; they are announced to
 * watchers, and then to their callers, after the commit. Never open the database's file by other means in the same
 * process: closing any descriptor of it would release SQLite's POSIX locks.
 */
import type { DatabaseSync } from "node:sqlite";
import { Broadcaster, type HistoryQuery } from "./broadcaster";
import { translateError } from "./sqlite-errors";
import { openDatabase } from "./sqlite-open";
import { numberOf, prefixEnd, prepareStatements, type Statements, toEntry, toEvent } from "./sqlite-statements";
import {
  AlreadyExistsError,
  CompactedError,
  ConflictError,
  type Entry,
  type ListOptions,
  type ListResult,
  NotFoundError,
  type Store,
  StoreError,
  type StoreEvent,
  StoreFullError,
  StoreUnavailableError,
  type Watch,
  type WatchOptions,
} from "./store";

export interface SqliteStoreOptions {
  readonly path: string;
  /** Milliseconds since the epoch; dates the revisions for compaction. */
  readonly now: () => number;
  readonly log?: StoreLog;
  /** Events one watcher may leave unread before it is dropped. */
  readonly watchBufferSize?: number;
  /** Upper bound of the database in pages of 4 KiB; unbounded when absent. */
  readonly maxPages?: number;
}

export interface StoreLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

type Operation =
  | { readonly verb: "create"; readonly key: string; readonly value: string }
  | { readonly verb: "update" | "delete"; readonly key: string; readonly value: string; readonly expected: number };

interface PendingWrite {
  readonly operation: Operation;
  readonly resolve: (revision: number) => void;
  readonly reject: (error: Error) => void;
}

const sweepChunk = 1000;

/** @throws StoreLockedError, StoreCorruptError, StoreNewerError, StoreUnavailableError, StoreFullError */
export function openSqliteStore(options: SqliteStoreOptions): Store {
  return new SqliteStore(openDatabase(options.path), options);
}

class SqliteStore implements Store {
  readonly #database: DatabaseSync;
  readonly #options: SqliteStoreOptions;
  readonly #statements: Statements;
  readonly #broadcaster: Broadcaster;
  #queue: PendingWrite[] = [];
  #revision: number;
  #compacted: number;
  /** How far obsolete rows have been removed; trails `#compacted` while a compaction runs. */
  #swept: number;
  #closed = false;

  constructor(database: DatabaseSync, options: SqliteStoreOptions) {
    this.#database = database;
    this.#options = options;
    if (options.maxPages !== undefined) database.exec(`PRAGMA max_page_count = ${Math.trunc(options.maxPages)}`);
    this.#statements = prepareStatements(database);
    this.#revision = numberOf(this.#statements.newest.get(), "id");
    const compaction = this.#statements.compaction.get();
    this.#compacted = numberOf(compaction, "revision");
    this.#swept = numberOf(compaction, "swept");
    this.#broadcaster = new Broadcaster(this.#revision, {
      history: (query) => this.#history(query),
      ...(options.watchBufferSize === undefined ? {} : { bufferSize: options.watchBufferSize }),
    });
    options.log?.info({ path: options.path, revision: this.#revision }, "store opened");
  }

  get revision(): number {
    return this.#revision;
  }

  get compacted(): number {
    return this.#compacted;
  }

  get(key: string): Entry | undefined {
    const row = this.#guard(() => this.#statements.latest.get(key));
    return row === undefined || numberOf(row, "deleted") === 1 ? undefined : toEntry(row);
  }

  list({ prefix, revision = this.#revision, after, limit }: ListOptions): ListResult {
    if (revision < this.#compacted) throw new CompactedError(revision, this.#compacted);
    const from = after === undefined || after < prefix ? prefix : after;
    const to = prefixEnd(prefix);
    return this.#guard(() => {
      const entries = this.#statements.list.all(from, to, revision, limit ?? -1).map(toEntry);
      const last = entries.at(-1);
      const full = limit !== undefined && entries.length >= limit && last !== undefined;
      const remaining = full ? numberOf(this.#statements.count.get(last.key, to, revision), "n") : 0;
      return { entries, revision, remaining };
    });
  }

  watch(options: WatchOptions): Watch {
    if (options.after < this.#compacted) throw new CompactedError(options.after, this.#compacted);
    if (this.#closed) throw this.#closedError();
    return this.#broadcaster.subscribe(options);
  }

  create(key: string, value: string): Promise<number> {
    return this.#enqueue({ verb: "create", key, value });
  }

  update(key: string, value: string, expected: number): Promise<number> {
    return this.#enqueue({ verb: "update", key, value, expected });
  }

  delete(key: string, value: string, expected: number): Promise<number> {
    return this.#enqueue({ verb: "delete", key, value, expected });
  }

  revisionBefore(time: number): number {
    return this.#guard(() => numberOf(this.#statements.before.get(time), "id"));
  }

  async compact(revision: number): Promise<number> {
    const target = Math.min(revision, this.#revision);
    if (this.#closed) return 0;
    if (target > this.#compacted) {
      // The mark goes first: a reader is refused before the first row goes.
      this.#guard(() => this.#statements.setCompacted.run(target));
      this.#compacted = target;
    }
    let removed = 0;
    while (!this.#closed && this.#swept < this.#compacted) {
      removed += this.#sweep(this.#swept, Math.min(this.#swept + sweepChunk, this.#compacted));
      await new Promise((resolve) => setImmediate(resolve));
    }
    return removed;
  }

  /** Bounded, so that compaction never holds up requests; resumed after a restart where it stopped. */
  #sweep(from: number, to: number): number {
    return this.#transaction(() => {
      const predecessors = this.#statements.sweepPredecessors.run(from, to).changes;
      const deletions = this.#statements.sweepDeletions.run(from, to).changes;
      this.#statements.setSwept.run(to);
      this.#swept = to;
      return Number(predecessors) + Number(deletions);
    });
  }

  #transaction<T>(work: () => T): T {
    return this.#guard(() => {
      this.#database.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        this.#database.exec("COMMIT");
        return result;
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#flush();
    this.#closed = true;
    this.#broadcaster.close();
    this.#database.close();
  }

  #enqueue(operation: Operation): Promise<number> {
    if (this.#closed) return Promise.reject(this.#closedError());
    return new Promise((resolve, reject) => {
      if (this.#queue.length === 0) setImmediate(() => this.#flush());
      this.#queue.push({ operation, resolve, reject });
    });
  }

  /** Commits the whole queue at once: a reader that sees a write sees everything that was asked before it. */
  #flush(): void {
    const batch = this.#queue;
    this.#queue = [];
    if (batch.length === 0) return;
    try {
      this.#commit(batch);
    } catch (error) {
      if (batch.length > 1 && error instanceof StoreFullError) this.#commitEach(batch);
      else this.#fail(batch, error);
    }
  }

  /** One large write must not take the small ones of its turn down with it. */
  #commitEach(batch: readonly PendingWrite[]): void {
    for (const write of batch) {
      try {
        this.#commit([write]);
      } catch (error) {
        this.#fail([write], error);
      }
    }
  }

  #fail(batch: readonly PendingWrite[], error: unknown): void {
    const fault = translateError(this.#options.path, error);
    this.#options.log?.error({ err: fault, writes: batch.length }, "writes refused");
    for (const write of batch) write.reject(fault);
  }

  #commit(batch: readonly PendingWrite[]): void {
    const events: StoreEvent[] = [];
    const settle: (() => void)[] = [];
    const at = this.#options.now();
    this.#transaction(() => {
      for (const { operation, resolve, reject } of batch) {
        const outcome = this.#apply(operation, at);
        if (outcome instanceof StoreError) {
          settle.push(() => reject(outcome));
        } else {
          events.push(outcome);
          settle.push(() => resolve(outcome.revision));
        }
      }
    });
    this.#revision = events.at(-1)?.revision ?? this.#revision;
    this.#broadcaster.publish(events);
    for (const answer of settle) answer();
  }

  #apply(operation: Operation, at: number): StoreEvent | StoreError {
    const { key, value } = operation;
    const row = this.#statements.latest.get(key);
    const current = row !== undefined && numberOf(row, "deleted") === 0 ? toEntry(row) : undefined;
    if (operation.verb === "create") {
      if (current !== undefined) return new AlreadyExistsError(key);
      const previous = row === undefined ? 0 : numberOf(row, "id");
      return { type: "created", key, value, revision: this.#insert(key, previous, 0, at, value) };
    }
    if (current === undefined) return new NotFoundError(key);
    if (current.revision !== operation.expected) return new ConflictError(key, operation.expected, current.revision);
    const deleted = operation.verb === "delete";
    const revision = this.#insert(key, current.revision, deleted ? 1 : 0, at, value);
    return { type: deleted ? "deleted" : "updated", key, value, revision, previous: current.value };
  }

  #insert(key: string, previous: number, deleted: 0 | 1, at: number, value: string): number {
    return Number(this.#statements.insert.run(key, previous, deleted, at, value).lastInsertRowid);
  }

  #history({ prefix, after, upTo, limit }: HistoryQuery): readonly StoreEvent[] {
    if (after < this.#compacted) throw new CompactedError(after, this.#compacted);
    return this.#guard(() => this.#statements.history.all(after, upTo, prefix, prefixEnd(prefix), limit).map(toEvent));
  }

  #guard<T>(read: () => T): T {
    if (this.#closed) throw this.#closedError();
    try {
      return read();
    } catch (error) {
      throw translateError(this.#options.path, error);
    }
  }

  #closedError(): StoreUnavailableError {
    return new StoreUnavailableError(this.#options.path, "it was closed");
  }
}
