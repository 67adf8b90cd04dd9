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
import { type KubeObject, keyOf, type ResourceKind } from "./resource";

export interface InformerOptions {
  readonly client: KubeClient;
  readonly resource: ResourceKind;
  readonly log: Logger;
  readonly clock?: Clock;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Every key that was added, changed or removed. `object` is the last state known, for picking related keys. */
  readonly onChange?: (key: string, object: KubeObject) => void;
}

const backoff = { initial: 200, max: 10_000 };

export class Informer<T extends KubeObject> {
  readonly #options: InformerOptions;
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  #objects = new Map<string, T>();
  #running: Promise<void> | undefined;
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

  /** Resolves when the first list is in the cache. */
  async synced(): Promise<void> {
    if (this.#synced) return;
    await new Promise<void>((resolve) => this.#onSynced.push(resolve));
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): readonly T[] {
    return [...this.#objects.values()];
  }

  /** Takes the answer to a write of one's own into the copy, so that the next look is not at what it replaced. */
  remember(object: T): void {
    if (this.#objects.has(keyOf(object))) this.#put(object);
  }

  /** Keeps the newer of two revisions of one object. A revision of another object of that name always counts. */
  #put(object: T): void {
    const key = keyOf(object);
    const known = this.#objects.get(key);
    const older = known?.metadata.uid === object.metadata.uid && revisionOf(known) > revisionOf(object);
    if (!older) this.#objects.set(key, object);
  }

  async #run(): Promise<void> {
    let failures = 0;
    let revision: string | undefined;
    const signal = this.#abort.signal;
    while (!signal.aborted) {
      try {
        revision ??= await this.#relist();
        const from = revision;
        revision = undefined;
        revision = await this.#follow(from);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        const delayMs = backoffDelay(failures, backoff);
        this.#options.log.warn(
          { resource: this.#options.resource.plural, failures, delayMs, err: error },
          "watch interrupted; listing again",
        );
        await this.#clock.sleep(delayMs, signal).catch(() => undefined);
      }
    }
  }

  async #relist(): Promise<string> {
    const { client, resource, labelSelector, fieldSelector } = this.#options;
    const list = await client.list<T>(resource, { labelSelector, fieldSelector, signal: this.#abort.signal });
    const before = this.#objects;
    this.#objects = new Map(list.items.map((object) => [keyOf(object), object]));
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
    const { client, resource, labelSelector, fieldSelector } = this.#options;
    let revision = from;
    const stream = await client.watch<T>(resource, {
      resourceVersion: from,
      labelSelector,
      fieldSelector,
      signal: this.#abort.signal,
    });
    for await (const event of stream) {
      if (event.type === "BOOKMARK") {
        revision = event.resourceVersion;
        continue;
      }
      revision = event.object.metadata.resourceVersion ?? revision;
      const key = keyOf(event.object);
      if (event.type === "DELETED") this.#objects.delete(key);
      else this.#put(event.object);
      this.#tell(key, event.object);
    }
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
