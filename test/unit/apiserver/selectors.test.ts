import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../provider/apiserver/object";
import { defaultRegistry } from "../../../provider/apiserver/resources";
import { parseFieldSelector, parseLabelSelector } from "../../../provider/apiserver/selectors";
import { ApiError } from "../../../provider/apiserver/status";

function labelled(labels?: Record<string, string>): KubeObject {
  return { apiVersion: "v1", kind: "X", metadata: { name: "x", ...(labels ? { labels } : {}) } };
}

describe("label selectors", () => {
  it.each([
    ["", {}, true],
    ["a", { a: "" }, true],
    ["a", {}, false],
    ["!a", {}, true],
    ["!a", { a: "b" }, false],
    ["a=b", { a: "b" }, true],
    ["a==b", { a: "b" }, true],
    ["a = b", { a: "b" }, true],
    ["a=", { a: "" }, true],
    ["a=", {}, false],
    ["a!=b", { a: "c" }, true],
    ["a!=b", {}, true],
    ["a in (b, c)", { a: "c" }, true],
    ["a in (b,c)", { a: "d" }, false],
    ["a notin (b,c)", {}, true],
    ["a notin (b,c)", { a: "b" }, false],
    ["a in (b,c),d=e", { a: "b", d: "e" }, true],
    ["a in (b,c),d=e", { a: "b" }, false],
    ["size>3", { size: "4" }, true],
    ["size<3", { size: "4" }, false],
    ["x.io/a=b", { "x.io/a": "b" }, true],
    ["constructor", {}, false],
  ])("%s on %j is %s", (selector, labels, selected) => {
    expect(parseLabelSelector(selector)(labelled(labels))).toBe(selected);
  });

  it("selects an object without labels by absence alone", () => {
    expect(parseLabelSelector("!a")(labelled())).toBe(true);
    expect(parseLabelSelector("a")(labelled())).toBe(false);
  });

  it.each(["a b", "=b", "a in b", "a in (b", "-a=b", "a=b c", "a=(", "!"])("refuses %j", (selector) => {
    expect(() => parseLabelSelector(selector)).toThrow(ApiError);
  });
});

describe("field selectors", () => {
  const events = defaultRegistry().find("", "v1", "events");
  if (events === undefined) throw new Error("no events");
  const event: KubeObject = {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "e", namespace: "n" },
    involvedObject: { kind: "VirtualMachine", name: "web", uid: "u" },
    type: "Normal",
    reason: "Started",
  };

  it.each([
    ["", true],
    ["metadata.name=e", true],
    ["metadata.namespace!=n", false],
    ["involvedObject.name=web,involvedObject.uid=u", true],
    ["involvedObject.name=web,involvedObject.uid=other", false],
    ["type!=Warning,reason==Started", true],
    ["involvedObject.fieldPath=", true],
  ])("%s is %s", (selector, selected) => {
    expect(parseFieldSelector(selector, events)(event)).toBe(selected);
  });

  it("refuses fields that the resource does not offer, and names those it does", () => {
    expect(() => parseFieldSelector("spec.x=y", events)).toThrow(
      /is not a known field selector.*"involvedObject.kind"/,
    );
    expect(() => parseFieldSelector("constructor=y", events)).toThrow(ApiError);
    expect(() => parseFieldSelector("metadata.name", events)).toThrow(ApiError);
  });
});
