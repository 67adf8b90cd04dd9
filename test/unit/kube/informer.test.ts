import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KubeClient } from "../../../provider/kube/client";
import { Informer } from "../../../provider/kube/informer";
import { coreResources, type KubeObject } from "../../../provider/kube/resource";
import type { Clock } from "../../../provider/runtime/clock";
import { silentLogger } from "../../../provider/runtime/log";
import { HttpApi, json, status } from "../../fakes/http-api";

const object = (name: string, resourceVersion: number, uid = `uid-${name}`): KubeObject => ({
  metadata: { namespace: "default", name, uid, resourceVersion: String(resourceVersion) },
});

/** A collection behind HTTP: what it lists, and the watches that are open on it. */
class Collection {
  readonly api: HttpApi;
  items: KubeObject[] = [];
  revision = 1;
  readonly watches: { from: string; response: ServerResponse }[] = [];
  /** Replaces the answer to the next requests of one sort. */
  onList: ((response: ServerResponse) => void) | undefined;
  onWatch: ((response: ServerResponse) => void) | undefined;

  constructor(api: HttpApi) {
    this.api = api;
    api.answer = (_request, response, url) => {
      if (url.searchParams.get("watch") !== "true") {
        if (this.onList !== undefined) return this.onList(response);
        return json(response, 200, { metadata: { resourceVersion: String(this.revision) }, items: this.items });
      }
      if (this.onWatch !== undefined) return this.onWatch(response);
      response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
      this.watches.push({ from: url.searchParams.get("resourceVersion") ?? "", response });
    };
  }

  get lists(): number {
    return this.api.requests.filter((request) => !request.includes("watch=true")).length;
  }

  send(type: string, body: object): void {
    this.watches.at(-1)?.response.write(`${JSON.stringify({ type, object: body })}\n`);
  }
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + 3_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`did not come true: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("Informer", () => {
  let api: HttpApi;
  let collection: Collection;
  let informer: Informer<KubeObject>;
  let changes: string[];
  /** Milliseconds slept for; sleeping takes no time. */
  let sleeps: number[];
  let now: number;

  const clock: Clock = {
    now: () => now,
    sleep: async (milliseconds) => {
      sleeps.push(milliseconds);
      now += milliseconds;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };

  beforeEach(async () => {
    api = await HttpApi.open();
    collection = new Collection(api);
    changes = [];
    sleeps = [];
    now = 0;
    informer = new Informer<KubeObject>({
      client: new KubeClient(api.connection, { fieldManager: "test" }),
      resource: coreResources.secrets,
      log: silentLogger,
      clock,
      onChange: (key) => changes.push(key),
    });
  });
  afterEach(async () => {
    await informer.stop();
    await api.close();
  });

  const start = async () => {
    informer.start();
    await informer.synced();
    await until("the watch is open", () => collection.watches.length > 0);
  };
  const revisionOf = (key: string) => informer.get(key)?.metadata.resourceVersion;

  it("lists, then watches from the list's revision, and tells every key", async () => {
    collection.items = [object("a", 3)];
    collection.revision = 5;
    await start();
    expect(collection.watches[0]?.from).toBe("5");
    collection.send("ADDED", object("b", 6));
    collection.send("MODIFIED", object("a", 7));
    collection.send("DELETED", object("b", 8));
    await until("three events", () => changes.length === 4);
    expect(changes).toEqual(["default/a", "default/b", "default/a", "default/b"]);
    expect(informer.list().map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`)).toEqual(["a 7"]);
  });

  it("goes on from the last revision seen when the server ends the watch, bookmarks included", async () => {
    await start();
    collection.send("ADDED", object("a", 6));
    collection.send("BOOKMARK", { metadata: { resourceVersion: "9" } });
    await until("the event", () => changes.length === 1);
    collection.watches[0]?.response.end();
    await until("the second watch", () => collection.watches.length === 2);
    expect(collection.watches[1]?.from).toBe("9");
    expect(collection.lists).toBe(1);
  });

  it("lists again after 410 on opening, and tells what changed and what went meanwhile", async () => {
    collection.items = [object("a", 1), object("b", 2), object("same", 3)];
    await start();
    changes.length = 0;
    collection.items = [object("b", 12), object("c", 13), object("same", 3)];
    collection.revision = 20;
    collection.onWatch = (response) => {
      collection.onWatch = undefined;
      json(response, 410, status(410, "Expired", "too old"));
    };
    collection.watches[0]?.response.end();
    await until("the relist", () => collection.watches.length === 2);
    expect(changes.sort()).toEqual(["default/a", "default/b", "default/c"]);
    expect(informer.get("default/a")).toBeUndefined();
    expect(collection.watches[1]?.from).toBe("20");
  });

  it("lists again after an ERROR event", async () => {
    await start();
    collection.items = [object("a", 30)];
    collection.send("ERROR", status(410, "Expired", "compacted"));
    await until("the relist", () => collection.watches.length === 2);
    expect(revisionOf("default/a")).toBe("30");
  });

  it("lists again after the line was cut", async () => {
    await start();
    collection.items = [object("a", 30)];
    api.cut();
    await until("the relist", () => collection.watches.length === 2);
    expect(revisionOf("default/a")).toBe("30");
  });

  it("backs off longer with each failure, and starts anew after an event", async () => {
    await start();
    let refusals = 4;
    collection.onList = (response) => {
      refusals -= 1;
      if (refusals === 0) collection.onList = undefined;
      json(response, 500, status(500, "InternalError", "no"));
    };
    api.cut();
    await until("the recovery", () => collection.watches.length === 2);
    expect(sleeps.length).toBe(5);
    for (const [index, base] of [200, 400, 800, 1600, 3200].entries()) {
      expect(sleeps[index]).toBeGreaterThanOrEqual(base * 0.9);
      expect(sleeps[index]).toBeLessThanOrEqual(base * 1.1);
    }
    collection.send("ADDED", object("a", 6));
    await until("the event", () => changes.length === 1);
    api.cut();
    await until("the next watch", () => collection.watches.length === 3);
    expect(sleeps.at(-1)).toBeLessThanOrEqual(220);
  });

  it("waits as long as the server asks with Retry-After", async () => {
    await start();
    collection.onList = (response) => {
      collection.onList = undefined;
      json(response, 429, status(429, "TooManyRequests", "slow down"), { "retry-after": "7" });
    };
    api.cut();
    await until("the recovery", () => collection.watches.length === 2);
    expect(sleeps.at(-1)).toBe(7_000);
  });

  it("does not ask in a hurry when every watch ends at once with nothing", async () => {
    await start();
    collection.onWatch = (response) => {
      if (sleeps.length >= 4) collection.onWatch = undefined;
      response.writeHead(200).end();
    };
    collection.watches[0]?.response.end();
    await until("the recovery", () => collection.watches.length === 2);
    expect(sleeps.length).toBeGreaterThanOrEqual(4);
    expect(sleeps.at(-1)).toBeGreaterThan(1_000);
    expect(collection.lists).toBe(1);
  });

  it("shows an answer that it was given, and no older event undoes it", async () => {
    collection.items = [object("a", 3)];
    await start();
    informer.remember(object("a", 9));
    expect(revisionOf("default/a")).toBe("9");
    collection.send("MODIFIED", object("a", 7));
    collection.send("MODIFIED", object("b", 8));
    await until("both events", () => changes.includes("default/b"));
    expect(revisionOf("default/a")).toBe("9");
    collection.send("MODIFIED", object("a", 10));
    await until("the newer event", () => revisionOf("default/a") === "10");
  });

  it("does not bring back what is gone by an answer that came late", async () => {
    collection.items = [object("a", 3)];
    await start();
    collection.send("DELETED", object("a", 8));
    await until("the removal", () => informer.list().length === 0);
    informer.remember(object("a", 7));
    expect(informer.list()).toEqual([]);
  });

  it("does not put a late answer about an object in the place of another of its name", async () => {
    collection.items = [object("a", 3)];
    await start();
    collection.send("DELETED", object("a", 8));
    collection.send("ADDED", object("a", 9, "uid-other"));
    await until("the new object", () => informer.get("default/a")?.metadata.uid === "uid-other");
    informer.remember(object("a", 7));
    expect(informer.get("default/a")?.metadata.uid).toBe("uid-other");
  });

  it("keeps an answer that came while an older list was on its way", async () => {
    collection.items = [object("a", 3)];
    await start();
    collection.onList = (response) => {
      collection.onList = undefined;
      informer.remember(object("a", 12));
      json(response, 200, { metadata: { resourceVersion: "10" }, items: [object("a", 10)] });
    };
    api.cut();
    await until("the relist", () => collection.watches.length === 2);
    expect(revisionOf("default/a")).toBe("12");
  });

  it("believes a list over what it had, also when its revisions are lower: the store was put back", async () => {
    collection.items = [object("a", 300)];
    await start();
    collection.items = [object("a", 2)];
    api.cut();
    await until("the relist", () => collection.watches.length === 2);
    expect(revisionOf("default/a")).toBe("2");
  });

  it("reads a list page by page", async () => {
    let page = 0;
    collection.onList = (response) => {
      page += 1;
      json(response, 200, {
        metadata: { resourceVersion: "5", ...(page < 3 ? { continue: `token-${page}` } : {}) },
        items: [object(`page-${page}`, page)],
      });
    };
    await start();
    expect(informer.list().map(({ metadata }) => metadata.name)).toEqual(["page-1", "page-2", "page-3"]);
    expect(api.requests[1]).toContain("continue=token-1");
  });

  it("rejects whoever waits for its first list when it is stopped before", async () => {
    collection.onList = () => undefined;
    informer.start();
    const synced = informer.synced();
    await until("the list is asked for", () => api.requests.length === 1);
    await informer.stop();
    await expect(synced).rejects.toThrow("the informer is stopping");
    await expect(informer.synced()).rejects.toThrow("the informer is stopping");
  });
});
