import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findDuplicateKeys } from "../../../provider/apiserver/json-duplicates";
import { valueAt } from "../../../provider/apiserver/object";
import { configMap, configMaps, type Harness, machine, machines, openHarness } from "./harness";

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
});
afterEach(() => harness.close());

const misspelt = { ...machine("web"), spec: { domain: { cpuu: {}, devices: { disks: null } }, volumes: [] } };

describe("field validation", () => {
  it("refuses unknown fields strictly, and names the field that was probably meant", async () => {
    const refusal = await harness.refusal("POST", `${machines}?fieldValidation=Strict`, misspelt);
    expect(refusal.code).toBe(400);
    expect(refusal.message).toContain('unknown field "spec.domain.cpuu"; did you mean "cpu"?');
  });

  it("warns of them unless it is asked to ignore them, and stores neither them nor nulls", async () => {
    const warned = await harness.call("POST", machines, misspelt);
    expect(warned).toMatchObject({ warnings: expect.arrayContaining(['unknown field "spec.domain.cpuu"']) });
    const stored = await harness.object("GET", `${machines}/web`);
    expect(stored.spec).toEqual({ domain: { devices: {} }, volumes: [] });
    const ignored = await harness.call("POST", `${machines}?fieldValidation=Ignore`, {
      ...misspelt,
      metadata: { name: "other" },
    });
    expect(ignored).not.toMatchObject({ warnings: expect.arrayContaining(['unknown field "spec.domain.cpuu"']) });
  });

  it("finds them in lists, metadata and patches", async () => {
    const odd = {
      ...machine("web", { metadata: { odd: 1 } }),
      spec: { domain: {}, volumes: [{ name: "a", emptyDisk: { capacity: "1Gi" }, odd: 1 }] },
    };
    const refusal = await harness.refusal("POST", `${machines}?fieldValidation=Strict`, odd);
    expect(refusal.message).toContain('unknown field "metadata.odd", unknown field "spec.volumes[0].odd"');
    await harness.call("POST", machines, machine("web"));
    const merge = "application/merge-patch+json";
    const patch = { spec: { odd: 1 } };
    expect((await harness.refusal("PATCH", `${machines}/web?fieldValidation=Strict`, patch, merge)).code).toBe(422);
    expect(valueAt(await harness.object("PATCH", `${machines}/web`, patch, merge), "spec", "odd")).toBeUndefined();
  });

  it("takes null in a map of texts for the empty text", async () => {
    const { data } = await harness.object("POST", configMaps, { ...configMap("c"), data: { a: null } });
    expect(data).toEqual({ a: "" });
  });
});

describe("keys that are given twice", () => {
  it("are told by their paths, each once", () => {
    const text = '{"a": {"b": 1, "b": [{"c": "{\\"x\\": 1}", "c": 2}], "b": 3}, "d": [], "a" : {}}';
    expect(findDuplicateKeys(text)).toEqual(["a.b", "a.b[0].c", "a"]);
    expect(findDuplicateKeys('[{"a": 1}, {"a": 1, "é,:": "a"}]')).toEqual([]);
  });
});
