import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compactHistory, expireEvents, limits } from "../../../provider/apiserver/maintenance";
import { configMap, configMaps, type Harness, openHarness } from "./harness";

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
});
afterEach(() => harness.close());

const events = "/api/v1/namespaces/default/events";

function post(name: string, lastTimestamp?: string) {
  const involvedObject = { kind: "VirtualMachine", name: "web", namespace: "default" };
  return harness.call("POST", events, {
    metadata: { name },
    involvedObject,
    ...(lastTimestamp ? { lastTimestamp } : {}),
  });
}

describe("maintenance", () => {
  it("lets events go an hour after they were last seen", async () => {
    await post("untimed");
    await post("old", "2026-01-01T00:00:00Z");
    await post("recurring", "2026-01-01T00:30:00Z");
    harness.advance(limits.eventAgeMs);
    expect(await expireEvents(harness.context)).toBe(0);
    harness.advance(1);
    expect(await expireEvents(harness.context)).toBe(2);
    expect(await harness.list(events)).toEqual(["recurring"]);
  });

  it("compacts what is older than some minutes, and keeps the newest of everything", async () => {
    await harness.call("POST", configMaps, configMap("a"));
    await harness.call("PATCH", `${configMaps}/a`, { data: { x: "1" } }, "application/merge-patch+json");
    expect(await compactHistory(harness.context)).toBe(0);
    harness.advance(limits.historyMs + 1);
    expect(await compactHistory(harness.context)).toBe(1);
    expect((await harness.object("GET", `${configMaps}/a`)).data).toEqual({ a: "b", x: "1" });
    expect(harness.context.store.compacted).toBe(harness.context.store.revision);
  });
});
