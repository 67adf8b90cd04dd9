import { describe, expect, it } from "vitest";
import { validateObject } from "../../../../provider/core/validation";
import { buildReplicaSet, buildTemplate } from "../../../builders/owners";

const unknown = "<unknown>";
const isUnknown = (value: unknown) => value === unknown;
const fieldsOf = (object: unknown) => validateObject(object, { isUnknown }).errors.map(({ field }) => field);
const withSpec = (changes: object) => {
  const set = buildReplicaSet();
  return { ...set, spec: { ...set.spec, ...changes } };
};
const expression = (operator: string, values?: readonly string[]) => ({
  matchExpressions: [{ key: "app", operator, ...(values === undefined ? {} : { values }) }],
});

describe("a VirtualMachineReplicaSet", () => {
  it("is accepted without a number of replicas", () => {
    expect(validateObject(withSpec({ replicas: undefined }))).toEqual({ errors: [], warnings: [] });
    expect(fieldsOf(withSpec({ replicas: 0, paused: true }))).toEqual([]);
  });

  it.each([-1, 1.5, "2", 3_000_000_000])("refuses %s replicas", (replicas) => {
    expect(fieldsOf(withSpec({ replicas }))).toEqual(["spec.replicas"]);
  });

  it("needs a selector that is not empty", () => {
    expect(fieldsOf(withSpec({ selector: undefined }))).toEqual(["spec.selector"]);
    expect(fieldsOf(withSpec({ selector: {} }))).toEqual(["spec.selector"]);
    expect(fieldsOf(withSpec({ selector: { matchLabels: {}, matchExpressions: [] } }))).toEqual(["spec.selector"]);
  });

  it.each([
    { matchLabels: { app: "web" } },
    expression("In", ["web", "mail"]),
    expression("NotIn", ["mail"]),
    expression("Exists"),
  ])("accepts a selector that matches its template: %j", (selector) => {
    expect(fieldsOf(withSpec({ selector }))).toEqual([]);
  });

  it.each([
    { matchLabels: { app: "mail" } },
    { matchLabels: { app: "web", tier: "front" } },
    expression("NotIn", ["web"]),
    expression("DoesNotExist"),
  ])("refuses a selector that would not count its machines: %j", (selector) => {
    expect(fieldsOf(withSpec({ selector }))).toEqual(["spec.selector"]);
  });

  it("refuses a template without labels", () => {
    expect(fieldsOf(withSpec({ template: { spec: buildTemplate().spec } }))).toEqual(["spec.selector"]);
  });

  it("passes whatever a preview does not know yet", () => {
    expect(fieldsOf(withSpec({ selector: unknown }))).toEqual([]);
    expect(fieldsOf(withSpec({ selector: { matchLabels: { app: unknown } } }))).toEqual([]);
    expect(fieldsOf(withSpec({ template: buildTemplate({ metadata: { labels: { app: unknown } } }) }))).toEqual([]);
    expect(fieldsOf(withSpec({ template: { metadata: unknown, spec: buildTemplate().spec } }))).toEqual([]);
    expect(fieldsOf(withSpec({ replicas: unknown }))).toEqual([]);
  });
});
