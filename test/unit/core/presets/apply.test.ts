import { describe, expect, it } from "vitest";
import { applyPresets, provenanceAnnotation } from "../../../../provider/core/presets/apply";
import { presetAnnotationPrefix } from "../../../../provider/core/presets/match";
import { validateObject } from "../../../../provider/core/validation";
import { buildPreset } from "../../../builders/preset";
import { buildVirtualMachine } from "../../../builders/virtual-machine";

const open = buildVirtualMachine({ domain: { resources: {} }, metadata: { labels: { size: "small" } } });
const small = buildPreset(
  "m1.small",
  { resources: { requests: { memory: "128Mi" } }, cpu: { cores: 1 } },
  { matchLabels: { size: "small" } },
);

describe("presets", () => {
  it("give what a machine leaves open, and say so", () => {
    const result = applyPresets(open, [small]);
    expect(result.vm.spec.domain).toEqual({ resources: { requests: { memory: "128Mi" } }, cpu: { cores: 1 } });
    expect(result.applied).toEqual(["m1.small"]);
    expect(result.provenance).toEqual({
      "spec.domain.cpu.cores": "m1.small",
      "spec.domain.resources.requests.memory": "m1.small",
    });
    expect(result.vm.metadata.annotations).toEqual({
      [`${presetAnnotationPrefix}m1.small`]: "kubevirt.io/v1alpha1",
      [provenanceAnnotation]: '{"spec.domain.cpu.cores":"m1.small","spec.domain.resources.requests.memory":"m1.small"}',
    });
    expect(validateObject(result.vm).errors).toEqual([]);
  });

  it("change nothing that they were given", () => {
    const [vm, preset] = [structuredClone(open), structuredClone(small)];
    applyPresets(vm, [preset]);
    expect(vm).toEqual(open);
    expect(preset).toEqual(small);
  });

  it("give way to the machine's own settings, and name them", () => {
    const own = buildVirtualMachine({ domain: { cpu: { cores: 4 }, resources: {} }, metadata: open.metadata });
    const result = applyPresets(own, [small]);
    expect(result.vm.spec.domain).toEqual({ cpu: { cores: 4 }, resources: { requests: { memory: "128Mi" } } });
    expect(result.overridden).toEqual([{ preset: "m1.small", field: "spec.domain.cpu.cores", ours: 4, theirs: 1 }]);
    expect(result.provenance).toEqual({ "spec.domain.resources.requests.memory": "m1.small" });
  });

  it("are in effect where the machine says the same", () => {
    const own = buildVirtualMachine({ domain: { resources: { requests: { memory: "131072Ki" } } } });
    const result = applyPresets(own, [buildPreset("p", { resources: { requests: { memory: "128Mi" } } })]);
    expect(result.overridden).toEqual([]);
    expect(result.applied).toEqual(["p"]);
    expect(result.vm.spec).toEqual(own.spec);
    expect(result.provenance).toEqual({});
  });

  it("are applied once", () => {
    const once = applyPresets(open, [small]);
    const again = applyPresets(once.vm, [buildPreset("m1.small", { cpu: { cores: 8 }, machine: { type: "pc" } })]);
    expect(again.vm).toBe(once.vm);
    expect(again.applied).toEqual([]);
  });

  it("keep an earlier note of provenance when another preset comes", () => {
    const once = applyPresets(open, [small]);
    const twice = applyPresets(once.vm, [buildPreset("pc", { machine: { type: "pc" } })]);
    expect(JSON.parse(twice.vm.metadata.annotations?.[provenanceAnnotation] ?? "")).toEqual({
      "spec.domain.cpu.cores": "m1.small",
      "spec.domain.machine.type": "pc",
      "spec.domain.resources.requests.memory": "m1.small",
    });
  });

  it("concern machines of their namespace only", () => {
    const elsewhere = { ...small, metadata: { ...small.metadata, namespace: "other" } };
    expect(applyPresets(open, [elsewhere]).vm).toBe(open);
  });

  it.each([
    ["presets.virtualmachines.kubevirt.io/presets-applied", "anything", []],
    ["virtualmachinepresets.admission.kubevirt.io/exclude", "true", []],
    ["virtualmachinepresets.admission.kubevirt.io/exclude", "false", ["m1.small"]],
  ])("heed the annotation %s: %s", (annotation, value, applied) => {
    const vm = buildVirtualMachine({
      domain: {},
      metadata: { ...open.metadata, annotations: { [annotation]: value } },
    });
    expect(applyPresets(vm, [small]).applied).toEqual(applied);
  });

  it("with a bad selector are left out, and the others apply", () => {
    const bad = buildPreset(
      "bad",
      { machine: { type: "pc" } },
      { matchExpressions: [{ key: "size", operator: "In", values: [] }] },
    );
    const result = applyPresets(open, [bad, small]);
    expect(result.invalid.map(({ preset }) => preset)).toEqual(["bad"]);
    expect(result.invalid[0]?.detail).toContain("spec.selector.matchExpressions[0].values");
    expect(result.applied).toEqual(["m1.small"]);
  });

  it("with hostile keys are left out and change no prototype", () => {
    const domain = JSON.parse('{"resources":{"requests":{"__proto__":{"polluted":true}}}}');
    const result = applyPresets(open, [buildPreset("evil", domain), small]);
    expect(result.invalid.map(({ preset }) => preset)).toEqual(["evil"]);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
    expect(result.applied).toEqual(["m1.small"]);
  });

  it("never make the controller crash, whatever the store holds", () => {
    const broken = JSON.parse(
      '[{"apiVersion":"x"},{"metadata":{"name":"a"},"spec":null},{"metadata":{"name":"b"},"spec":{"domain":7}}]',
    );
    expect(applyPresets(open, broken).invalid.map(({ preset }) => preset)).toEqual(["a", "b"]);
    expect(applyPresets(JSON.parse('{"spec":5}'), [small]).applied).toEqual([]);
  });
});

describe("presets that disagree", () => {
  const one = buildPreset("one", { cpu: { cores: 1 }, machine: { type: "pc" } });
  const two = buildPreset("two", { cpu: { cores: 2 }, clock: { utc: {} } });

  it("about an open setting are an error that names both, the path and the values, and nothing is applied", () => {
    const result = applyPresets(open, [two, one]);
    expect(result.vm).toBe(open);
    expect(result.applied).toEqual([]);
    expect(result.conflicts).toHaveLength(1);
    const [conflict] = result.conflicts;
    expect(conflict?.field).toBe("spec.domain.cpu.cores");
    expect(conflict?.detail).toContain("preset 'one' says 1, preset 'two' says 2");
  });

  it("about a setting that the machine has are no error", () => {
    const result = applyPresets(buildVirtualMachine({ domain: { cpu: { cores: 2 } } }), [one, two]);
    expect(result.conflicts).toEqual([]);
    expect(result.applied).toEqual(["one", "two"]);
    expect(result.overridden.map(({ preset }) => preset)).toEqual(["one"]);
  });

  it("in spelling only agree", () => {
    const spelled = (name: string, memory: string) => buildPreset(name, { resources: { requests: { memory } } });
    const result = applyPresets(buildVirtualMachine({ domain: { resources: {} } }), [
      spelled("b", "1024Mi"),
      spelled("a", "1Gi"),
    ]);
    expect(result.conflicts).toEqual([]);
    expect(result.vm.spec.domain.resources?.requests).toEqual({ memory: "1Gi" });
    expect(result.provenance).toEqual({ "spec.domain.resources.requests.memory": "a" });
    expect(result.applied).toEqual(["a", "b"]);
  });

  it.each([
    [{ features: { acpi: {} } }, { features: { acpi: { enabled: true } } }, true],
    [{ features: { acpi: {} } }, { features: { acpi: { enabled: false } } }, false],
    [{ features: { apic: {} } }, { features: { apic: { endOfInterrupt: false } } }, true],
    [{ clock: { timer: { hpet: {} } } }, { clock: { timer: { hpet: { present: true } } } }, true],
    [{ clock: { timer: { hpet: {} } } }, { clock: { timer: { hpet: { present: false } } } }, false],
    [
      { devices: { watchdog: { name: "w" } } },
      { devices: { watchdog: { name: "w", i6300esb: { action: "reset" as const } } } },
      true,
    ],
    [{ devices: { watchdog: { name: "w" } } }, { watchdog: { name: "w" } }, true],
    [{ devices: { watchdog: { name: "w" } } }, { watchdog: { name: "x" } }, false],
    [{ clock: { timezone: "UTC" } }, { clock: { utc: {} } }, false],
    [{ clock: { utc: {} } }, { clock: { timer: { kvm: {} } } }, true],
    [
      { devices: { disks: [{ name: "d", volumeName: "d", cdrom: {} }] } },
      { devices: { disks: [{ name: "d", volumeName: "d", cdrom: { readonly: false } }] } },
      false,
    ],
    [
      { devices: { disks: [{ name: "d", volumeName: "d" }] } },
      { devices: { disks: [{ name: "e", volumeName: "e" }] } },
      true,
    ],
  ])("%j and %j agree: %s", (left, right, agree) => {
    const vm = buildVirtualMachine({ domain: {} });
    expect(applyPresets(vm, [buildPreset("a", left), buildPreset("b", right)]).conflicts.length === 0).toBe(agree);
  });
});

describe("values not known yet", () => {
  const isUnknown = (value: unknown) => value === "?";
  const preset = (name: string, domain: unknown) => buildPreset(name, JSON.parse(JSON.stringify(domain)));
  const machine = (domain: unknown) => buildVirtualMachine(JSON.parse(JSON.stringify({ domain })));

  it("conflict with nothing, and a known value is shown before them", () => {
    const result = applyPresets(
      machine({}),
      [preset("a", { machine: { type: "?" } }), preset("b", { machine: { type: "pc" } })],
      { isUnknown },
    );
    expect(result.conflicts).toEqual([]);
    expect(result.vm.spec.domain.machine).toEqual({ type: "pc" });
  });

  it("in place of an object of the machine keep its settings closed", () => {
    const vm = machine({ resources: "?", cpu: "?" });
    const result = applyPresets(vm, [preset("a", { cpu: { cores: 2 }, machine: { type: "pc" } })], { isUnknown });
    expect(result.vm.spec.domain).toEqual({ resources: "?", cpu: "?", machine: { type: "pc" } });
    expect(result.overridden).toEqual([]);
  });

  it("in place of a whole domain leave the machine as it is", () => {
    const vm = JSON.parse(JSON.stringify({ ...buildVirtualMachine(), spec: { domain: "?" } }));
    expect(applyPresets(vm, [preset("a", { cpu: { cores: 2 } })], { isUnknown }).vm).toBe(vm);
    expect(applyPresets(machine({}), [preset("a", "?")], { isUnknown }).conflicts).toEqual([]);
  });
});
