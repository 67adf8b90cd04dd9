/**
 * A local copy of a collection, kept current by list and watch. It relists after 410, after a cut or silent line, and
 * from time to time; handlers get keys, never states, so that a missed or repeated event cannot mislead a reconciler.
 *
 *   list ──► watch ──(ended)──► watch from the last revision
 *     ▲         └──(410, error)──► back-off ──┐
 *     └───────────────────────────────────────┘
 */
import { backoffDelay } from "../runtime/backoff";
import { type Clock, systemClock } from "../runtime/clock";
import type { Logger } from "../runtime/log";
import type { KubeClient } from "./client";
import { ApiError } from "./errors";
import { type KubeObject, keyOf, type ResourceKind } from "./resource";

export interface InformerOptions {
  readonly client: KubeClient;
  readonly resource: ResourceKind;
  readonly log: Logger;
  readonly clock?: Clock;
  /** Default: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Every key that was added, changed or removed. `object` is the last state known, for picking related keys. */
  readonly onChange?: (key: string, object: KubeObject) => void;
}

const backoff = { initial: 200, max: 10_000 };

/** A watch that ends sooner than this, in milliseconds, and brought nothing is not asked for again at once. */
const shortestWatch = 1_000;

export class Informer<T extends KubeObject> {
  readonly #options: InformerOptions;
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  #objects = new Map<string, T>();
  #running: Promise<void> | undefined;
  /** What `remember` was given while a list is on its way, which that list may not show yet. */
  #remembered: T[] | undefined;
  #failures = 0;
  #synced = false;
  #onSynced: (() => void)[] = [];

  constructor(options: InformerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error("the informer is stopping"));
    await this.#running;
  }

  /** Resolves when the first list is in the cache; rejects when the informer is stopped before. */
  async synced(): Promise<void> {
    if (this.#synced) return;
    const { signal } = this.#abort;
    await new Promise<void>((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      this.#onSynced.push(resolve);
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): readonly T[] {
    return [...this.#objects.values()];
  }

  /** Takes the answer to a write of one's own into the copy, so that the next look is not at what it replaced. */
  remember(object: T): void {
    this.#remembered?.push(object);
    this.#takeIn(object);
  }

  /** An object that is gone, or whose name another one has by now, does not come back by an answer that was late. */
  #takeIn(object: T): void {
    const known = this.#objects.get(keyOf(object));
    if (known !== undefined && known.metadata.uid === object.metadata.uid) this.#put(object);
  }

  /** Keeps the newer of two revisions of one object. A revision of another object of that name always counts. */
  #put(object: T): void {
    const key = keyOf(object);
    const known = this.#objects.get(key);
    const older = known?.metadata.uid === object.metadata.uid && revisionOf(known) > revisionOf(object);
    if (!older) this.#objects.set(key, object);
  }

  async #run(): Promise<void> {
    let revision: string | undefined;
    const signal = this.#abort.signal;
    while (!signal.aborted) {
      try {
        revision ??= await this.#relist();
        const from = revision;
        revision = undefined;
        revision = await this.#follow(from);
      } catch (error) {
        if (signal.aborted) return;
        this.#failures += 1;
        const asked = error instanceof ApiError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
        const delayMs = Math.max(backoffDelay(this.#failures, backoff), Math.min(asked, backoff.max));
        this.#options.log.warn(
          { resource: this.#options.resource.plural, failures: this.#failures, delayMs, err: error },
          "watch interrupted; listing again",
        );
        await this.#clock.sleep(delayMs, signal).catch(() => undefined);
      }
    }
  }

  async #relist(): Promise<string> {
    const { client, resource, namespace, labelSelector, fieldSelector } = this.#options;
    this.#remembered = [];
    const list = await client.list<T>(resource, {
      namespace,
      labelSelector,
      fieldSelector,
      signal: this.#abort.signal,
    });
    const before = this.#objects;
    this.#objects = new Map(list.items.map((object) => [keyOf(object), object]));
    for (const object of this.#remembered) this.#takeIn(object);
    this.#remembered = undefined;
    for (const [key, object] of this.#objects) {
      if (before.get(key)?.metadata.resourceVersion !== object.metadata.resourceVersion) this.#tell(key, object);
    }
    for (const [key, object] of before) if (!this.#objects.has(key)) this.#tell(key, object);
    if (!this.#synced) {
      this.#synced = true;
      for (const resolve of this.#onSynced.splice(0)) resolve();
    }
    return list.resourceVersion;
  }

  /** Follows one watch to its end and returns the revision to go on from. */
  async #follow(from: string): Promise<string> {
    const { client, resource, namespace, labelSelector, fieldSelector } = this.#options;
    const openedAt = this.#clock.now();
    let revision = from;
    let quiet = true;
    const stream = await client.watch<T>(resource, {
      resourceVersion: from,
      namespace,
      labelSelector,
      fieldSelector,
      signal: this.#abort.signal,
    });
    for await (const event of stream) {
      quiet = false;
      this.#failures = 0;
      if (event.type === "BOOKMARK") {
        revision = event.resourceVersion || revision;
        continue;
      }
      revision = event.object.metadata.resourceVersion ?? revision;
      const key = keyOf(event.object);
      if (event.type === "DELETED") this.#objects.delete(key);
      else this.#put(event.object);
      this.#tell(key, event.object);
    }
    if (quiet && this.#clock.now() - openedAt < shortestWatch) {
      this.#failures += 1;
      await this.#clock.sleep(backoffDelay(this.#failures, backoff), this.#abort.signal);
    } else this.#failures = 0;
    return revision;
  }

  #tell(key: string, object: T): void {
    this.#options.onChange?.(key, object);
  }
}

/** Revisions of one collection can be compared as numbers: Kubernetes promises it since 1.35, and this engine does too. */
function revisionOf(object: KubeObject | undefined): bigint {
  const text = object?.metadata.resourceVersion ?? "";
  return /^[0-9]+$/.test(text) ? BigInt(text) : 0n;
}
