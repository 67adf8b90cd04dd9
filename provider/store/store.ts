/**
 * The revisioned key-value log under the API server: what it promises, and the errors it answers with. A key is a
 * path-like string, a value is a JSON text that the store never looks into. Every write gets the next revision; no
 * revision is ever given twice, not even after deletion, compaction or a restart. A write whose promise resolved is on
 * disk. This file knows no SQL and no Kubernetes.
 */

export interface Entry {
  readonly key: string;
  readonly value: string;
  /** The revision of this value. */
  readonly revision: number;
}

export interface StoreEvent {
  readonly type: "created" | "updated" | "deleted";
  readonly key: string;
  readonly revision: number;
  /** The new value; of a deleted key, the value that the deletion left as its last word. */
  readonly value: string;
  /** What the key held before; absent when it was created. */
  readonly previous?: string;
}

export interface ListOptions {
  readonly prefix: string;
  /** Answer the state as of this revision; the newest when absent. */
  readonly revision?: number;
  /** Only keys that sort after this one. */
  readonly after?: string;
  readonly limit?: number;
}

export interface ListResult {
  /** In key order. */
  readonly entries: readonly Entry[];
  /** The revision the list shows. */
  readonly revision: number;
  /** How many more entries the limit cut off. */
  readonly remaining: number;
}

export interface WatchOptions {
  readonly prefix: string;
  /** Events with a greater revision than this. */
  readonly after: number;
}

/** What a watcher receives: events in revision order, or the news that the log has moved on without any for it. */
export type WatchItem =
  | { readonly kind: "event"; readonly event: StoreEvent }
  /** The iterator was too slow and was dropped; its reader has to list again. Always the last item. */
  | { readonly kind: "dropped" };

export interface Watch extends AsyncIterable<WatchItem> {
  /**
   * Every event up to this revision has been handed out (or concerned other keys), so that a bookmark may name it.
   */
  readonly progress: number;
  close(): void;
}

export interface Store {
  /** The newest revision that is on disk. */
  readonly revision: number;
  /** Revisions up to this one can no longer be listed or watched from. */
  readonly compacted: number;

  get(key: string): Entry | undefined;
  /** @throws CompactedError when the asked revision is gone. */
  list(options: ListOptions): ListResult;
  /** @throws CompactedError when events after the asked revision are gone. */
  watch(options: WatchOptions): Watch;

  /** Resolves to the new revision once the write is durable. @throws AlreadyExistsError */
  create(key: string, value: string): Promise<number>;
  /** @throws NotFoundError, ConflictError when the key is not at `expected`. */
  update(key: string, value: string, expected: number): Promise<number>;
  /** `value` is what watchers see as the last state. @throws NotFoundError, ConflictError */
  delete(key: string, value: string, expected: number): Promise<number>;

  /** The newest revision written before `time` (milliseconds since the epoch); 0 when there is none. */
  revisionBefore(time: number): number;
  /** Forgets what `revision` made obsolete; the newest value of each key stays. Answers the rows removed. */
  compact(revision: number): Promise<number>;
  /** Waits for writes under way, ends all watches and releases the database. */
  close(): Promise<void>;
}

export abstract class StoreError extends Error {
  override get name(): string {
    return this.constructor.name;
  }
}

export class NotFoundError extends StoreError {
  readonly key: string;
  constructor(key: string) {
    super(`${key} does not exist`);
    this.key = key;
  }
}

export class AlreadyExistsError extends StoreError {
  readonly key: string;
  constructor(key: string) {
    super(`${key} already exists`);
    this.key = key;
  }
}

export class ConflictError extends StoreError {
  readonly key: string;
  readonly expected: number;
  readonly actual: number;
  constructor(key: string, expected: number, actual: number) {
    super(`${key} is at revision ${actual}, not at ${expected}: read it again and repeat the change`);
    this.key = key;
    this.expected = expected;
    this.actual = actual;
  }
}

export class CompactedError extends StoreError {
  readonly requested: number;
  readonly compacted: number;
  constructor(requested: number, compacted: number) {
    super(`revision ${requested} is no longer kept (the oldest is ${compacted}): list again and continue from there`);
    this.requested = requested;
    this.compacted = compacted;
  }
}

/** Nothing of the refused write was stored; the store serves on and writes again once there is room. */
export class StoreFullError extends StoreError {
  readonly path: string;
  constructor(path: string, options?: ErrorOptions) {
    super(`no space left for ${path}: the write was not stored; free some space and repeat it`, options);
    this.path = path;
  }
}

export class StoreLockedError extends StoreError {
  readonly path: string;
  constructor(path: string, options?: ErrorOptions) {
    super(
      `${path} is in use by another engine: stop that one (virtctl local stop) or choose another directory`,
      options,
    );
    this.path = path;
  }
}

export class StoreCorruptError extends StoreError {
  readonly path: string;
  readonly detail: string;
  constructor(path: string, detail: string, options?: ErrorOptions) {
    super(
      `${path} is not a sound database of this engine (${detail}): restore it from a copy, or move it aside to start empty`,
      options,
    );
    this.path = path;
    this.detail = detail;
  }
}

export class StoreNewerError extends StoreError {
  readonly path: string;
  readonly found: number;
  readonly supported: number;
  constructor(path: string, found: number, supported: number) {
    super(
      `${path} was written by a newer release (schema ${found}, this one knows ${supported}): use that release, or another directory`,
    );
    this.path = path;
    this.found = found;
    this.supported = supported;
  }
}

/** The database cannot be opened, read or written: read-only, no permission, a failing disk, or closed. */
export class StoreUnavailableError extends StoreError {
  readonly path: string;
  readonly detail: string;
  constructor(path: string, detail: string, options?: ErrorOptions) {
    super(
      `${path} cannot be used (${detail}): check that its directory exists, is writable and on a sound disk`,
      options,
    );
    this.path = path;
    this.detail = detail;
  }
}
