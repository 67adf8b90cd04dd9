import { describe, expect, it } from "vitest";
import { runStrategyOf } from "../../../../provider/api/v1alpha1/offline-virtual-machine";
import { validateObject } from "../../../../provider/core/validation";
import { buildOfflineVirtualMachine, buildTemplate } from "../../../builders/owners";
import { buildVirtualMachine, claimDisk } from "../../../builders/virtual-machine";

const unknown = "<unknown>";
const isUnknown = (value: unknown) => value === unknown;
const fieldsOf = (object: unknown) => validateObject(object, { isUnknown }).errors.map(({ field }) => field);
const withSpec = (changes: object) => {
  const ovm = buildOfflineVirtualMachine();
  return { ...ovm, spec: { ...ovm.spec, ...changes } };
};

describe("an OfflineVirtualMachine", () => {
  it("is accepted with either spelling of its strategy", () => {
    expect(validateObject(buildOfflineVirtualMachine())).toEqual({ errors: [], warnings: [] });
    expect(validateObject(buildOfflineVirtualMachine({ running: true }))).toEqual({ errors: [], warnings: [] });
  });

  it("needs a strategy, in one spelling", () => {
    expect(fieldsOf(withSpec({ runStrategy: undefined }))).toEqual(["spec.runStrategy"]);
    expect(fieldsOf(withSpec({ running: false }))).toEqual(["spec.running"]);
    expect(fieldsOf(withSpec({ running: unknown }))).toEqual([]);
    expect(fieldsOf(withSpec({ runStrategy: "Sometimes" }))).toEqual(["spec.runStrategy"]);
    expect(fieldsOf(withSpec({ runStrategy: undefined, running: "true" }))).toEqual(["spec.running"]);
  });

  it("means the same by both spellings", () => {
    expect(runStrategyOf({ running: true })).toBe("Always");
    expect(runStrategyOf({ running: false })).toBe("Halted");
    expect(runStrategyOf({ runStrategy: "Halted" })).toBe("Halted");
    expect(runStrategyOf({})).toBeUndefined();
  });

  it("needs a template", () => {
    expect(fieldsOf(withSpec({ template: undefined }))).toEqual(["spec.template"]);
    const { spec: _spec, ...bare } = buildOfflineVirtualMachine();
    expect(fieldsOf(bare)).toEqual(["spec", "spec.template"]);
    expect(fieldsOf(withSpec({ template: {} }))).toEqual(["spec.template.spec"]);
    expect(fieldsOf(withSpec({ template: unknown }))).toEqual([]);
    expect(fieldsOf(withSpec({ template: { spec: unknown } }))).toEqual([]);
  });

  it("has faults of its machine told with the template's path", () => {
    const [disk] = claimDisk("root");
    const spec = { ...buildVirtualMachine({ domain: { cpu: { cores: 0 }, devices: { disks: [disk] } } }).spec };
    expect(fieldsOf(withSpec({ template: buildTemplate({ metadata: { labels: { "a b": "" } }, spec }) }))).toEqual([
      "spec.template.spec.domain.cpu.cores",
      "spec.template.metadata.labels",
      "spec.template.spec.domain.devices.disks[0].volumeName",
    ]);
  });

  it("is warned about what has no effect and about missing memory", () => {
    const template = { metadata: { namespace: "elsewhere" }, spec: { domain: {} } };
    expect(validateObject(withSpec({ template })).warnings.map(({ field }) => field)).toEqual([
      "spec.template.metadata.namespace",
      "spec.template.spec.domain.resources.requests.memory",
    ]);
  });
});
