import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ObjectList } from "../../../../provider/apiserver/context";
import { configMap, configMaps, type Harness, machine, machines, openHarness } from "../harness";

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
});
afterEach(() => harness.close());

async function page(path: string): Promise<ObjectList> {
  const answer = await harness.call("GET", path);
  if (answer.type !== "list") throw new Error("not a list");
  return answer.list;
}

describe("list", () => {
  it("answers one namespace or all of them", async () => {
    await harness.call("POST", "/api/v1/namespaces", { metadata: { name: "other" } });
    await harness.call("POST", configMaps, configMap("a"));
    await harness.call("POST", "/api/v1/namespaces/other/configmaps", configMap("b"));
    expect(await harness.list(configMaps)).toEqual(["a"]);
    expect(await harness.list("/api/v1/configmaps")).toEqual(["a", "b"]);
  });

  it("selects by labels and fields", async () => {
    await harness.call("POST", machines, machine("a", { metadata: { labels: { size: "small" } } }));
    await harness.call("POST", machines, machine("b", { metadata: { labels: { size: "big" } } }));
    await harness.call(
      "PATCH",
      `${machines}/b/status`,
      { status: { phase: "Running" } },
      "application/merge-patch+json",
    );
    expect(await harness.list(`${machines}?labelSelector=size!=small`)).toEqual(["b"]);
    expect(await harness.list(`${machines}?fieldSelector=status.phase=Running`)).toEqual(["b"]);
    expect(await harness.list(`${machines}?fieldSelector=metadata.name=a`)).toEqual(["a"]);
    expect((await harness.refusal("GET", `${machines}?fieldSelector=spec.colour=red`)).code).toBe(400);
    expect((await harness.refusal("GET", `${machines}?labelSelector=a b`)).code).toBe(400);
  });

  it("pages through the moment of its first page", async () => {
    for (let index = 0; index < 5; index++) await harness.call("POST", configMaps, configMap(`c${index}`));
    const first = await page(`${configMaps}?limit=2`);
    expect(first.remaining).toBe(3);
    expect(first.items().map(({ metadata }) => metadata.name)).toEqual(["c0", "c1"]);
    expect(first.texts().map((text) => JSON.parse(text))).toEqual(first.items());
    await harness.call("POST", configMaps, configMap("c11"));
    await harness.call("DELETE", `${configMaps}/c3`);
    const second = await page(`${configMaps}?limit=2&continue=${first.continueToken}`);
    expect(second.items().map(({ metadata }) => metadata.name)).toEqual(["c2", "c3"]);
    const third = await page(`${configMaps}?limit=2&continue=${second.continueToken}`);
    expect(third.items().map(({ metadata }) => metadata.name)).toEqual(["c4"]);
    expect(third.continueToken).toBeUndefined();
    expect(third.resourceVersion).toBe(first.resourceVersion);
  });

  it("fills its pages when a selector leaves out most", async () => {
    for (let index = 0; index < 9; index++) {
      await harness.call("POST", configMaps, configMap(`c${index}`, { labels: { third: String(index % 3 === 0) } }));
    }
    const first = await page(`${configMaps}?limit=2&labelSelector=third=true`);
    expect(first.items().map(({ metadata }) => metadata.name)).toEqual(["c0", "c3"]);
    const second = await page(`${configMaps}?limit=2&labelSelector=third=true&continue=${first.continueToken}`);
    expect(second.items().map(({ metadata }) => metadata.name)).toEqual(["c6"]);
    expect(second.continueToken).toBeUndefined();
  });

  it("answers 410 for a page whose moment was compacted, and 400 for a token that is none", async () => {
    for (const name of ["a", "b", "c"]) await harness.call("POST", configMaps, configMap(name));
    const first = await page(`${configMaps}?limit=1`);
    await harness.call("DELETE", `${configMaps}/b`);
    await harness.context.store.compact(harness.context.store.revision);
    await expect(page(`${configMaps}?limit=1&continue=${first.continueToken}`)).rejects.toThrow(/no longer kept/);
    for (const token of ["rubbish", Buffer.from('{"revision":"x"}').toString("base64url")]) {
      expect((await harness.refusal("GET", `${configMaps}?continue=${token}`)).code).toBe(400);
    }
  });

  it("answers an exact revision, and refuses one that is not there yet", async () => {
    await harness.call("POST", configMaps, configMap("a"));
    const { revision } = harness.context.store;
    await harness.call("POST", configMaps, configMap("b"));
    expect(await harness.list(`${configMaps}?resourceVersion=${revision}&resourceVersionMatch=Exact`)).toEqual(["a"]);
    expect(await harness.list(`${configMaps}?resourceVersion=${revision}`)).toEqual(["a", "b"]);
    const refusal = await harness.refusal("GET", `${configMaps}?resourceVersion=${revision + 100}`);
    expect(refusal.details?.causes?.[0]?.reason).toBe("ResourceVersionTooLarge");
    expect((await harness.refusal("GET", `${configMaps}?resourceVersion=x`)).code).toBe(400);
  });
});
