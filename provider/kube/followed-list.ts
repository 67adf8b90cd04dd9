/**
 * The objects of one namespace as a list has shown them, kept current by a watch for as long as that is open. Unlike an
 * informer it mends nothing: once its watch fails it has ended, and whoever asks hears of it.
 *
 *   list ──► watch open (current) ──(ends in time, somebody has asked)──► watch from the last revision
 *     └──(refused, too long)──► ended ◄──(failed, nobody has asked)──┘
 */
import { type Clock, systemClock } from "../runtime/clock";
import type { KubeClient } from "./client";
import type { KubeObject, ResourceKind } from "./resource";

export interface FollowedListOptions {
  readonly client: KubeClient;
  readonly resource: ResourceKind;
  readonly namespace: string;
  /** Asked after the first page: how many pages the list may have in all. */
  readonly mostPages: () => number;
  readonly clock?: Clock;
}

/** Milliseconds for which a watch may open: something on the way may keep it back until there is an event. */
const patienceMs = 2_000;

/** The collection has more pages than the list may have. */
export class ListTooLongError extends Error {
  readonly pages: number;

  constructor(pages: number) {
    super(`the list has ${pages} pages, which is more than what is asked for is worth`);
    this.name = "ListTooLongError";
    this.pages = pages;
  }
}

export class FollowedList<T extends KubeObject> {
  readonly #options: FollowedListOptions;
  readonly #abort = new AbortController();
  readonly #objects = new Map<string, T>();
  /** Settles when the watch is open, or with why it never will be. */
  #current: Promise<void>;
  #hasEnded = false;
  #wasCurrent = false;
  #isAskedFor = true;

  /** Sends the list's request. */
  constructor(options: FollowedListOptions) {
    this.#options = options;
    this.#current = this.#open(undefined);
  }

  /** The list can tell nothing any more. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** It could, once. */
  get wasCurrent(): boolean {
    return this.#wasCurrent;
  }

  /** The object of that name, undefined when there is none. Rejects when the list has ended, or does before it is current. */
  async find(name: string): Promise<T | undefined> {
    this.#isAskedFor = true;
    await this.#current;
    if (this.#hasEnded) throw new Error("the list is followed no more");
    return this.#objects.get(name);
  }

  end(): void {
    this.#hasEnded = true;
    this.#abort.abort(new Error("the list is followed no more"));
    this.#objects.clear();
  }

  /** Lists, unless a watch goes on from a revision; resolves when the watch is open, and follows it from then on. */
  #open(revision: string | undefined): Promise<void> {
    const opened = this.#watch(revision);
    // Whoever asks hears of a failure; nobody may be asking.
    const following = opened.then(({ events, from }) => this.#follow(events, from));
    following.catch(() => this.end());
    return opened.then(() => undefined);
  }

  async #watch(revision: string | undefined) {
    const { client, resource, namespace, clock = systemClock } = this.#options;
    const from = revision ?? (await this.#list());
    const { signal } = this.#abort;
    const opening = new AbortController();
    const late = clock.sleep(patienceMs, opening.signal).then(() => this.end());
    // Cut short once the watch is open, or never will be.
    late.catch(() => undefined);
    try {
      const events = await client.watch<T>(resource, { namespace, resourceVersion: from, signal });
      this.#wasCurrent = true;
      return { events, from };
    } finally {
      opening.abort(new Error("nobody waits any more"));
    }
  }

  /** Returns the revision of the list. */
  async #list(): Promise<string> {
    const { client, resource, namespace, mostPages } = this.#options;
    const { signal } = this.#abort;
    let page = await client.page<T>(resource, { namespace, signal });
    if (page.pagesLeft + 1 > mostPages()) throw new ListTooLongError(page.pagesLeft + 1);
    for (;;) {
      for (const object of page.items) this.#objects.set(object.metadata.name ?? "", object);
      if (page.next === undefined) return page.resourceVersion;
      page = await client.page<T>(resource, { namespace, signal, token: page.next });
    }
  }

  /** To the watch's end, and then by a new one; ends when nobody has asked meanwhile. */
  async #follow(events: Awaited<ReturnType<KubeClient["watch"]>>, from: string): Promise<void> {
    let revision = from;
    this.#isAskedFor = false;
    for await (const event of events) {
      if (event.type === "BOOKMARK") {
        revision = event.resourceVersion || revision;
        continue;
      }
      const { name = "", resourceVersion } = event.object.metadata;
      revision = resourceVersion ?? revision;
      if (event.type === "DELETED") this.#objects.delete(name);
      else this.#objects.set(name, event.object as T);
    }
    if (!this.#isAskedFor || this.#hasEnded) return this.end();
    this.#current = this.#open(revision);
    // As above.
    this.#current.catch(() => undefined);
  }
}
