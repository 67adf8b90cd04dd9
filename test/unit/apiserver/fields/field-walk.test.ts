import { describe, expect, it } from "vitest";
import { compareValues, fieldsOf } from "../../../../provider/apiserver/fields/field-walk";
import { mergeApplied, withoutFields } from "../../../../provider/apiserver/fields/merge";
import type { Schema } from "../../../../provider/apiserver/schema/schema";

const schema: Schema = {
  properties: {
    labels: { additionalProperties: { type: "string" } },
    disks: {
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      items: { properties: { name: {}, size: {} } },
    },
    finalizers: { "x-kubernetes-list-type": "set" },
    selector: { "x-kubernetes-map-type": "atomic" },
    plain: { type: "array" },
  },
};

const disk = (name: string, size = 1) => ({ name, size });

describe("the fields of a value", () => {
  it("are its leaves, the elements of keyed lists, and what is taken whole", () => {
    const value = {
      labels: { a: "b" },
      disks: [disk("x")],
      finalizers: ["f"],
      selector: { a: 1 },
      plain: [1],
      open: { a: 1 },
    };
    expect(fieldsOf(value, schema)).toEqual({
      "f:labels": { "f:a": {} },
      "f:disks": { 'k:{"name":"x"}': { ".": {}, "f:name": {}, "f:size": {} } },
      "f:finalizers": { 'v:"f"': {} },
      "f:selector": {},
      "f:plain": {},
      "f:open": { ".": {}, "f:a": {} },
    });
    expect(fieldsOf({ labels: {} }, schema)).toEqual({ "f:labels": {} });
  });

  it("that changed are told with the places that are new, apart from those that went", () => {
    const before = { labels: { a: "b", c: "d" }, disks: [disk("x")], selector: { a: 1 } };
    const after = { labels: { a: "z" }, disks: [disk("x", 2), disk("y")], selector: { a: 2 }, open: { a: 1 } };
    expect(compareValues(before, after, schema)).toEqual({
      changed: {
        "f:labels": { "f:a": {} },
        "f:disks": {
          'k:{"name":"x"}': { "f:size": {} },
          'k:{"name":"y"}': { ".": {}, "f:name": {}, "f:size": {} },
        },
        "f:selector": {},
        "f:open": { ".": {}, "f:a": {} },
      },
      removed: { "f:labels": { "f:c": {} } },
    });
    expect(compareValues(after, structuredClone(after), schema)).toEqual({ changed: {}, removed: {} });
    expect(compareValues({ labels: { a: "b" } }, {}, schema).removed).toEqual({ "f:labels": { ".": {}, "f:a": {} } });
  });
});

describe("a configuration", () => {
  const names = (value: unknown) => (value as { disks: { name: string }[] }).disks.map(({ name }) => name).join("");
  const disks = (...all: string[]) => ({ disks: all.map((name) => disk(name)) });

  it("orders the elements that it gives, and leaves the others between them", () => {
    expect(names(mergeApplied(disks("a", "b"), disks("c"), schema))).toBe("abc");
    expect(names(mergeApplied(disks("a", "b", "c"), disks("c", "a"), schema))).toBe("bca");
    expect(names(mergeApplied(disks("a", "x", "b"), disks("b", "n", "a"), schema))).toBe("xbna");
    expect(names(mergeApplied(disks("a", "b", "c"), disks("a", "c"), schema))).toBe("abc");
  });

  it("changes what it mentions of an element, and replaces what is taken whole", () => {
    const current = { disks: [disk("a", 1)], selector: { a: 1 }, plain: [1, 2] };
    expect(mergeApplied(current, { disks: [{ name: "a", size: 2 }], selector: { b: 1 }, plain: [3] }, schema)).toEqual({
      disks: [disk("a", 2)],
      selector: { b: 1 },
      plain: [3],
    });
  });

  it("loses the fields that nobody gives any more, elements with all that is in them", () => {
    const set = { "f:disks": { 'k:{"name":"a"}': {} }, "f:labels": { "f:a": {} } };
    expect(withoutFields({ disks: [disk("a"), disk("b")], labels: { a: "b", c: "d" } }, set, schema)).toEqual({
      disks: [disk("b")],
      labels: { c: "d" },
    });
  });
});
