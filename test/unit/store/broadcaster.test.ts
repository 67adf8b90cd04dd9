import { describe, expect, it } from "vitest";
import { Broadcaster } from "../../../provider/store/broadcaster";
import type { StoreEvent, Watch } from "../../../provider/store/store";

function event(revision: number, key = `/a/${revision}`): StoreEvent {
  return { type: "created", key, value: "{}", revision };
}

function log(events: readonly StoreEvent[]) {
  return ({ prefix, after, upTo, limit }: { prefix: string; after: number; upTo: number; limit: number }) =>
    events
      .filter(({ key, revision }) => key.startsWith(prefix) && revision > after && revision <= upTo)
      .slice(0, limit);
}

async function take(watch: Watch, count: number): Promise<readonly (number | "dropped")[]> {
  const seen: (number | "dropped")[] = [];
  for await (const item of watch) {
    seen.push(item.kind === "dropped" ? "dropped" : item.event.revision);
    if (seen.length === count) break;
  }
  return seen;
}

describe("Broadcaster", () => {
  it("hands out history first and live events after it, each once and in order", async () => {
    const past = Array.from({ length: 600 }, (_, index) => event(index + 1));
    const broadcaster = new Broadcaster(600, { history: log(past) });
    const watch = broadcaster.subscribe({ prefix: "/a/", after: 10 });
    broadcaster.publish([event(601)]);
    expect(await take(watch, 591)).toEqual(Array.from({ length: 591 }, (_, index) => index + 11));
  });

  it("leaves out other prefixes", async () => {
    const broadcaster = new Broadcaster(0, { history: log([]) });
    const watch = broadcaster.subscribe({ prefix: "/a/", after: 0 });
    broadcaster.publish([event(1, "/ab"), event(2, "/a/x"), event(3, "/b/x"), event(4, "/a/y")]);
    expect(await take(watch, 2)).toEqual([2, 4]);
  });

  it("drops a watcher that does not read and spares the others", async () => {
    const broadcaster = new Broadcaster(0, { history: log([]), bufferSize: 3 });
    const slow = broadcaster.subscribe({ prefix: "/", after: 0 });
    const narrow = broadcaster.subscribe({ prefix: "/a/4", after: 0 });
    for (let revision = 1; revision <= 4; revision++) broadcaster.publish([event(revision)]);
    expect(broadcaster.watchers).toBe(1);
    expect(await take(slow, 10)).toEqual(["dropped"]);
    expect(await take(narrow, 1)).toEqual([4]);
  });

  it("names as progress what concerned other keys too, and never more than was handed out", async () => {
    const broadcaster = new Broadcaster(0, { history: log([]) });
    const watch = broadcaster.subscribe({ prefix: "/a/", after: 0 });
    broadcaster.publish([event(1), event(2)]);
    const iterator = watch[Symbol.asyncIterator]();
    await iterator.next();
    expect(watch.progress).toBe(1);
    await iterator.next();
    const waiting = iterator.next();
    broadcaster.publish([event(7, "/b/7")]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(watch.progress).toBe(7);
    watch.close();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  it("ends the iteration of a closed watch at once, events unread or not", async () => {
    const broadcaster = new Broadcaster(0, { history: log([]) });
    const watch = broadcaster.subscribe({ prefix: "/a/", after: 0 });
    broadcaster.publish([event(1)]);
    broadcaster.close();
    expect(await take(watch, 5)).toEqual([]);
    expect(broadcaster.watchers).toBe(0);
  });
});
