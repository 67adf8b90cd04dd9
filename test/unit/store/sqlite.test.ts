import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqliteStore } from "../../../provider/store/sqlite";
import {
  AlreadyExistsError,
  CompactedError,
  ConflictError,
  NotFoundError,
  type Store,
  StoreCorruptError,
  type StoreEvent,
  StoreFullError,
  StoreLockedError,
  StoreNewerError,
  StoreUnavailableError,
} from "../../../provider/store/store";

let directory: string;
let path: string;
let time: number;
let store: Store;

function open(): Store {
  return openSqliteStore({ path, now: () => time });
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "store-"));
  path = join(directory, "store.db");
  time = 1_000_000;
  store = open();
});

afterEach(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});

async function take(after: number, count: number, prefix = "/"): Promise<readonly StoreEvent[]> {
  const events: StoreEvent[] = [];
  if (count === 0) return events;
  for await (const item of store.watch({ prefix, after })) {
    if (item.kind === "event") events.push(item.event);
    if (events.length === count) break;
  }
  return events;
}

describe("writes", () => {
  it("gives every write the next revision", async () => {
    expect(await store.create("/a", "1")).toBe(1);
    expect(await store.update("/a", "2", 1)).toBe(2);
    expect(await store.delete("/a", "3", 2)).toBe(3);
    expect(await store.create("/a", "4")).toBe(4);
    expect(store.get("/a")).toEqual({ key: "/a", value: "4", revision: 4 });
    expect(store.revision).toBe(4);
  });

  it("refuses a second create, and updates and deletions of another revision", async () => {
    await store.create("/a", "1");
    await expect(store.create("/a", "2")).rejects.toThrow(AlreadyExistsError);
    await expect(store.update("/a", "2", 7)).rejects.toThrow(ConflictError);
    await expect(store.delete("/a", "2", 7)).rejects.toThrow(ConflictError);
    await expect(store.update("/b", "2", 1)).rejects.toThrow(NotFoundError);
    await store.delete("/a", "1", 1);
    await expect(store.update("/a", "2", 2)).rejects.toThrow(NotFoundError);
    expect(store.revision).toBe(2);
  });

  it("lets one of many concurrent writers of a revision win", async () => {
    await store.create("/a", "0");
    const writers = Array.from({ length: 20 }, (_, index) => store.update("/a", String(index), 1));
    const outcomes = await Promise.allSettled(writers);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(store.get("/a")?.value).toBe("0");
    expect(store.get("/a")?.revision).toBe(2);
  });

  it("keeps everything over a restart, and counts on", async () => {
    await store.create("/a", "1");
    await store.create("/b", "2");
    await store.delete("/b", "2", 2);
    await store.close();
    store = open();
    expect(store.list({ prefix: "/" }).entries).toEqual([{ key: "/a", value: "1", revision: 1 }]);
    expect(await store.create("/c", "3")).toBe(4);
  });

  it("finishes what was asked for before it closes, and refuses what comes after", async () => {
    const asked = store.create("/a", "1");
    await store.close();
    expect(await asked).toBe(1);
    await expect(store.create("/b", "1")).rejects.toThrow(StoreUnavailableError);
    expect(() => store.get("/a")).toThrow(StoreUnavailableError);
    store = open();
    expect(store.get("/a")?.value).toBe("1");
  });
});

describe("lists", () => {
  beforeEach(async () => {
    for (const name of ["b", "a", "c", "d"]) await store.create(`/x/${name}`, name);
    await store.create("/xy/e", "e");
    await store.delete("/x/c", "c", 3);
  });

  it("answers a prefix in key order without what was deleted", () => {
    const { entries, revision, remaining } = store.list({ prefix: "/x/" });
    expect(entries.map(({ value }) => value)).toEqual(["a", "b", "d"]);
    expect({ revision, remaining }).toEqual({ revision: 6, remaining: 0 });
  });

  it("pages through one moment while writes go on", async () => {
    const first = store.list({ prefix: "/x/", limit: 2 });
    expect(first.remaining).toBe(1);
    await store.create("/x/bb", "late");
    await store.update("/x/d", "changed", 4);
    const rest = store.list({ prefix: "/x/", revision: first.revision, after: first.entries[1]?.key ?? "", limit: 2 });
    expect(rest.entries.map(({ value }) => value)).toEqual(["d"]);
    expect(rest.remaining).toBe(0);
  });
});

describe("watches", () => {
  it("replays history and goes on live, with what each key held before", async () => {
    await store.create("/a", "1");
    await store.update("/a", "2", 1);
    const events = take(0, 4);
    await store.delete("/a", "3", 2);
    await store.create("/a", "4");
    expect(await events).toEqual([
      { type: "created", key: "/a", value: "1", revision: 1 },
      { type: "updated", key: "/a", value: "2", revision: 2, previous: "1" },
      { type: "deleted", key: "/a", value: "3", revision: 3, previous: "2" },
      { type: "created", key: "/a", value: "4", revision: 4 },
    ]);
    expect(await take(0, 4)).toEqual(await events);
  });
});

describe("compaction", () => {
  it("keeps the newest of each key and nothing of deleted ones", async () => {
    await store.create("/a", "1");
    await store.create("/b", "2");
    await store.update("/a", "3", 1);
    await store.delete("/b", "4", 2);
    await store.update("/a", "5", 3);
    expect(await store.compact(4)).toBe(3);
    expect(store.list({ prefix: "/" }).entries).toEqual([{ key: "/a", value: "5", revision: 5 }]);
    expect(store.list({ prefix: "/", revision: 4 }).entries).toEqual([{ key: "/a", value: "3", revision: 3 }]);
    expect((await take(4, 1))[0]).toMatchObject({ revision: 5, previous: "3" });
    expect(await store.compact(4)).toBe(0);
  });

  it("refuses lists and watches of what is gone", async () => {
    for (let index = 0; index < 5; index++) await store.create(`/${index}`, "x");
    await store.compact(3);
    expect(() => store.list({ prefix: "/", revision: 2 })).toThrow(CompactedError);
    expect(() => store.watch({ prefix: "/", after: 2 })).toThrow(CompactedError);
    expect((await take(3, 2)).map(({ revision }) => revision)).toEqual([4, 5]);
  });

  it("ends a slow replay that it overtakes with an error instead of a gap", async () => {
    await Promise.all(Array.from({ length: 601 }, (_, index) => store.create(`/${index}`, "1")));
    const iterator = store.watch({ prefix: "/", after: 0 })[Symbol.asyncIterator]();
    await iterator.next();
    await store.compact(601);
    await expect(
      (async () => {
        for (let step = await iterator.next(); !step.done; step = await iterator.next());
      })(),
    ).rejects.toThrow(CompactedError);
  });

  it("never gives a revision twice, not even when the newest row is gone and the engine starts anew", async () => {
    await store.create("/a", "1");
    await store.delete("/a", "1", 1);
    await store.compact(2);
    await store.close();
    store = open();
    expect(store.revision).toBe(2);
    expect(store.compacted).toBe(2);
    expect(await store.create("/a", "1")).toBe(3);
  });

  it("goes on after a restart where it was interrupted", async () => {
    const keys = Array.from({ length: 2500 }, (_, index) => `/${index}`);
    const created = await Promise.all(keys.map((key) => store.create(key, "1")));
    await Promise.all(keys.map((key, index) => store.update(key, "2", created[index] ?? 0)));
    const interrupted = store.compact(5000);
    await store.close();
    const before = await interrupted;
    store = open();
    expect(before).toBeLessThan(2500);
    expect(before + (await store.compact(5000))).toBe(2500);
    expect(store.list({ prefix: "/" }).entries).toHaveLength(2500);
  });

  it("finds the revision of a time", async () => {
    await store.create("/a", "1");
    time += 1000;
    await store.create("/b", "1");
    expect(store.revisionBefore(time)).toBe(1);
    expect(store.revisionBefore(time + 1)).toBe(2);
    expect(store.revisionBefore(0)).toBe(0);
  });
});

describe("what cannot be opened", () => {
  it("is locked by another engine", () => {
    expect(() => open()).toThrow(StoreLockedError);
    expect(() => open()).toThrow(/in use by another engine: stop that one/);
  });

  it("is newer than this release", async () => {
    await store.close();
    const raw = new DatabaseSync(path);
    raw.exec("PRAGMA user_version = 99");
    raw.close();
    expect(() => open()).toThrow(StoreNewerError);
    rmSync(path);
    store = open();
  });

  it("is no database, another program's, or damaged", async () => {
    await store.create("/a", "x".repeat(100_000));
    await store.close();
    const other = join(directory, "other.db");
    writeFileSync(other, "not a database".repeat(1000));
    expect(() => openSqliteStore({ path: other, now: Date.now })).toThrow(StoreCorruptError);
    const foreign = join(directory, "foreign.db");
    const raw = new DatabaseSync(foreign);
    raw.exec("CREATE TABLE theirs (x)");
    raw.close();
    expect(() => openSqliteStore({ path: foreign, now: Date.now })).toThrow(/another program/);
    const damaged = join(directory, "damaged.db");
    const sound = readFileSync(path);
    writeFileSync(damaged, Buffer.concat([sound.subarray(0, 4096), Buffer.alloc(sound.length - 4096, 0x5a)]));
    expect(() => openSqliteStore({ path: damaged, now: Date.now })).toThrow(StoreCorruptError);
    store = open();
  });

  it("is not there to be created", () => {
    const missing = join(directory, "nowhere", "store.db");
    expect(() => openSqliteStore({ path: missing, now: Date.now })).toThrow(StoreUnavailableError);
  });

  it("was created for its owner alone", () => {
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});

describe("a full disk", () => {
  it("refuses the write with a typed error, keeps the others of its turn, and serves on", async () => {
    await store.close();
    store = openSqliteStore({ path, now: () => time, maxPages: 60 });
    const [small, large] = await Promise.allSettled([
      store.create("/small", "x"),
      store.create("/large", "x".repeat(400_000)),
    ]);
    expect(small.status).toBe("fulfilled");
    expect(large).toMatchObject({ status: "rejected", reason: expect.any(StoreFullError) });
    expect(store.get("/large")).toBeUndefined();
    expect(store.get("/small")?.value).toBe("x");
    expect(await store.update("/small", "y", 1)).toBe(2);
    await store.close();
    store = open();
    expect(await store.create("/large", "x".repeat(400_000))).toBe(3);
  });
});
