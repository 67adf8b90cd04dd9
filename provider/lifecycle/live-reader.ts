/**
 * Reads objects for refreshes and imports: one list per kind and namespace, however many resources a program has, which a
 * watch keeps current as long as reads go on. Whatever a list cannot tell is asked for by itself: by who may not list, when
 * a watch was cut, and where the namespace has so many objects of others that a list would cost more than it is worth.
 *
 * What this process writes is seen by the reads after it: a write ends the lists (`forget`).
 */
import type { KubevirtResource } from "../core/resources";
import type { KubeClient } from "../kube/client";
import { FollowedList, ListTooLongError } from "../kube/followed-list";
import { type Clock, systemClock } from "../runtime/clock";
import { addressOf } from "./inputs";
import type { LiveObject } from "./outputs";

export type ReadLive = (resource: KubevirtResource, id: string) => Promise<LiveObject | undefined>;

/** Milliseconds for which the first read waits for a second one: the engine sends those of a refresh at the same time. */
const gatheringMs = 20;

interface Collection {
  /** Since the last write. */
  reads: number;
  /** How many reads a list is worth: one for each of its pages; infinite where lists fail. */
  worth: number;
  list: FollowedList<LiveObject> | undefined;
}

export class LiveReader {
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #collections = new Map<string, Collection>();

  constructor(client: KubeClient, clock: Clock = systemClock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** Undefined when the API says that it is not there; an API that does not answer is an error. */
  readonly read: ReadLive = async (resource, id) => {
    const { namespace, name } = addressOf(id);
    const begun = this.#collectionOf(resource, namespace);
    begun.reads += 1;
    if (begun.reads === 1) await this.#clock.sleep(gatheringMs);
    // Another one, if something was written meanwhile.
    const collection = this.#collectionOf(resource, namespace);
    const list = this.#listOf(collection, resource, namespace);
    if (list !== undefined) {
      try {
        return await list.find(name);
      } catch (error) {
        // Why it failed, the question by itself will tell, unless that one succeeds.
        if (error instanceof ListTooLongError) collection.worth = error.pages;
        else if (!list.wasCurrent) collection.worth = Number.POSITIVE_INFINITY;
      }
    }
    return this.#client.find<LiveObject>(resource, { namespace, name });
  };

  /** Something was written, or is going to be: nothing that was listed before counts any more. */
  forget(): void {
    for (const { list } of this.#collections.values()) list?.end();
    this.#collections.clear();
  }

  #collectionOf({ plural }: KubevirtResource, namespace: string): Collection {
    const key = `${plural}/${namespace}`;
    const collection = this.#collections.get(key) ?? { reads: 0, worth: 2, list: undefined };
    this.#collections.set(key, collection);
    return collection;
  }

  /** Undefined while one is not worth it. */
  #listOf(collection: Collection, resource: KubevirtResource, namespace: string): FollowedList<LiveObject> | undefined {
    if (collection.reads < collection.worth) return undefined;
    if (collection.list === undefined || collection.list.hasEnded) {
      const mostPages = () => collection.reads;
      collection.list = new FollowedList<LiveObject>({
        client: this.#client,
        resource,
        namespace,
        mostPages,
        clock: this.#clock,
      });
    }
    return collection.list;
  }
}

const readers = new WeakMap<KubeClient, LiveReader>();

/** The reader of a connection, which all resources of this process share. */
export function readerOf(client: KubeClient): LiveReader {
  const reader = readers.get(client) ?? new LiveReader(client);
  readers.set(client, reader);
  return reader;
}
