import { describe, expect, it } from "vitest";
import { keyFaults, nullFaults, typeFaults } from "../../../../provider/apiserver/fields/typed";
import type { Schema } from "../../../../provider/apiserver/schema/schema";

const schema: Schema = {
  type: "object",
  properties: {
    metadata: { type: "object", properties: { labels: { type: "object", additionalProperties: { type: "string" } } } },
    cores: { type: "integer" },
    memory: { type: "string", "x-kubernetes-int-or-string": true },
    key: { type: "string", format: "byte" },
    tags: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
    volumes: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      items: { type: "object", properties: { name: { type: "string" } } },
    },
    free: { "x-kubernetes-preserve-unknown-fields": true },
  },
};

describe("typeFaults", () => {
  it("names every value of another type, without telling it", () => {
    const value = { metadata: { labels: { a: 1 } }, cores: "two", volumes: [{ name: [] }], key: "pass word" };
    expect(typeFaults(value, schema)).toEqual([
      ".metadata.labels.a: expected string, got number",
      ".cores: expected number, got string",
      ".volumes[0].name: expected string, got list",
      ".key: is not base64",
    ]);
  });

  it("takes null, what is not declared, and either form of what has two", () => {
    expect(typeFaults({ cores: null, memory: 5, free: { a: [1] }, other: 1, key: "Yg=\n=" }, schema)).toEqual([]);
    expect(typeFaults({ memory: "5Gi" }, schema)).toEqual([]);
  });
});

describe("keyFaults", () => {
  it("names elements without a key, and keys that come twice", () => {
    const volumes = [{ name: "a" }, "b", {}, null, { name: "a" }, { name: "a" }];
    expect(keyFaults({ tags: ["x", "y", "x"], volumes }, schema)).toEqual([
      '.tags: duplicate entries for key [="x"]',
      ".volumes: element 1: expected map, got string",
      '.volumes: element 2: omits all key fields ["name"]',
      ".volumes: element 3: expected map, got null",
      '.volumes: duplicate entries for key [name="a"]',
    ]);
  });

  it("goes through a very long list in no time", () => {
    const tags = Array.from({ length: 200_000 }, (_, index) => String(index));
    expect(keyFaults({ tags }, schema)).toEqual([]);
  });
});

describe("nullFaults", () => {
  it("names nulls in place of values, but for those of metadata", () => {
    const value = { metadata: { labels: null }, cores: null, free: null, volumes: [{ name: null }] };
    expect(nullFaults(value, schema).map(({ field }) => field)).toEqual(["cores", "volumes[0].name"]);
  });
});
