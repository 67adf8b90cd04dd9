import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { WatchPlan } from "../../../../provider/apiserver/context";
import { translateEvent } from "../../../../provider/apiserver/watch-stream";
import { configMap, configMaps, type Harness, openHarness } from "../harness";

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
});
afterEach(() => harness.close());

const merge = "application/merge-patch+json";

async function plan(query: string): Promise<WatchPlan> {
  const answer = await harness.call("GET", `${configMaps}?watch=1${query}`);
  if (answer.type !== "watch") throw new Error("not a watch");
  return answer.plan;
}

async function take(watched: WatchPlan, count: number): Promise<readonly string[]> {
  const seen = watched.initial.map((object) => `ADDED ${object.metadata.name}`);
  if (seen.length >= count) return seen;
  for await (const item of watched.watch) {
    const event = item.kind === "event" ? translateEvent(item.event, watched) : undefined;
    if (event !== undefined) seen.push(`${event.type} ${event.object.metadata.name}`);
    if (seen.length >= count) break;
  }
  return seen;
}

describe("watch", () => {
  it("starts with what is there when no revision is given", async () => {
    await harness.call("POST", configMaps, configMap("a"));
    const watched = await plan("");
    await harness.call("POST", configMaps, configMap("b"));
    expect(await take(watched, 2)).toEqual(["ADDED a", "ADDED b"]);
  });

  it("continues after a revision", async () => {
    await harness.call("POST", configMaps, configMap("a"));
    const { revision } = harness.context.store;
    await harness.call("PATCH", `${configMaps}/a`, { data: { x: "y" } }, merge);
    await harness.call("DELETE", `${configMaps}/a`);
    expect(await take(await plan(`&resourceVersion=${revision}`), 2)).toEqual(["MODIFIED a", "DELETED a"]);
  });

  it("shows an object that enters or leaves the selection as added or deleted", async () => {
    const watched = await plan(`&resourceVersion=${harness.context.store.revision}&labelSelector=on`);
    await harness.call("POST", configMaps, configMap("a"));
    await harness.call("PATCH", `${configMaps}/a`, { metadata: { labels: { on: "1" } } }, merge);
    await harness.call("PATCH", `${configMaps}/a`, { metadata: { labels: { on: "2" } } }, merge);
    await harness.call("PATCH", `${configMaps}/a`, { metadata: { labels: null } }, merge);
    await harness.call("DELETE", `${configMaps}/a`);
    await harness.call("POST", configMaps, configMap("z", { labels: { on: "" } }));
    expect(await take(watched, 4)).toEqual(["ADDED a", "MODIFIED a", "DELETED a", "ADDED z"]);
  });

  it("refuses a revision that was compacted, and one from another store", async () => {
    await harness.call("POST", configMaps, configMap("a"));
    await harness.call("DELETE", `${configMaps}/a`);
    await harness.context.store.compact(harness.context.store.revision);
    await expect(plan("&resourceVersion=1")).rejects.toThrow(/no longer kept/);
    expect((await harness.refusal("GET", `${configMaps}?watch=1&resourceVersion=99999`)).code).toBe(410);
  });

  it("sends initial events when they are asked for properly, and refuses when not", async () => {
    await harness.call("POST", configMaps, configMap("a"));
    const proper = "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    expect(await plan(proper)).toMatchObject({
      announceInitialEnd: true,
      bookmarks: true,
      initial: [{ kind: "ConfigMap" }],
    });
    expect((await harness.refusal("GET", `${configMaps}?watch=1&sendInitialEvents=true`)).code).toBe(422);
  });

  it("watches one name by the old path", async () => {
    const answer = await harness.call("GET", "/api/v1/watch/namespaces/default/configmaps/b");
    if (answer.type !== "watch") throw new Error("not a watch");
    await harness.call("POST", configMaps, configMap("a"));
    await harness.call("POST", configMaps, configMap("b"));
    expect(await take(answer.plan, 1)).toEqual(["ADDED b"]);
  });

  it("marks the end of what was there for who takes bookmarks", async () => {
    expect((await plan("&allowWatchBookmarks=1")).announceInitialEnd).toBe(true);
    expect((await plan("")).announceInitialEnd).toBe(false);
    const { revision } = harness.context.store;
    expect((await plan(`&allowWatchBookmarks=1&resourceVersion=${revision}`)).announceInitialEnd).toBe(false);
  });
});
