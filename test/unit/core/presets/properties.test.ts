import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DomainSpec } from "../../../../provider/api/v1alpha1/domain-spec";
import { applyPresets } from "../../../../provider/core/presets/apply";
import { settingsOf } from "../../../../provider/core/presets/settings";
import { buildPreset } from "../../../builders/preset";
import { buildVirtualMachine } from "../../../builders/virtual-machine";

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const memory = fc.constantFrom("64M", "1Gi", "1024Mi");

const domain: fc.Arbitrary<DomainSpec> = fc
  .record({
    cpu: maybe(fc.record({ cores: fc.integer({ min: 1, max: 2 }) })),
    machine: maybe(fc.record({ type: fc.constantFrom("q35", "pc") })),
    resources: maybe(
      fc.record({ requests: maybe(fc.record({ memory: maybe(memory), cpu: maybe(fc.constantFrom("1", "1000m")) })) }),
    ),
    clock: maybe(
      fc.oneof(fc.constant({ utc: {} }), fc.constant({ timezone: "UTC" }), fc.constant({ timer: { kvm: {} } })),
    ),
    features: maybe(fc.record({ acpi: maybe(fc.record({ enabled: fc.boolean() })), apic: maybe(fc.constant({})) })),
    devices: maybe(
      fc.record({
        disks: maybe(
          fc
            .uniqueArray(fc.constantFrom("a", "b", "c"), { maxLength: 3 })
            .map((names) => names.map((name) => ({ name, volumeName: name }))),
        ),
      }),
    ),
  })
  .map((value): DomainSpec => JSON.parse(JSON.stringify(value)));

const presets = fc
  .array(domain, { maxLength: 4 })
  .map((domains) => domains.map((one, index) => buildPreset(`p${index}`, one)));

describe("presets, for any machine", () => {
  it("do not depend on their order", () => {
    fc.assert(
      fc.property(domain, presets, fc.infiniteStream(fc.nat()), (own, list, random) => {
        const vm = buildVirtualMachine({ domain: own });
        const shuffled = list
          .map((preset) => ({ preset, key: random.next().value }))
          .sort((left, right) => left.key - right.key)
          .map(({ preset }) => preset);
        expect(JSON.stringify(applyPresets(vm, shuffled))).toBe(JSON.stringify(applyPresets(vm, list)));
      }),
    );
  });

  it("change nothing when applied a second time", () => {
    fc.assert(
      fc.property(domain, presets, (own, list) => {
        const first = applyPresets(buildVirtualMachine({ domain: own }), list);
        const second = applyPresets(first.vm, list);
        expect(second.vm).toEqual(first.vm);
        expect(second.provenance).toEqual(first.conflicts.length > 0 ? first.provenance : {});
      }),
    );
  });

  it("never mutate, keep every setting of the machine, and give each new one its provenance", () => {
    fc.assert(
      fc.property(domain, presets, (own, list) => {
        const vm = buildVirtualMachine({ domain: own });
        const before = JSON.stringify([vm, list]);
        const result = applyPresets(vm, list);
        expect(JSON.stringify([vm, list])).toBe(before);
        const kept = settingsOf(vm.spec.domain).map(({ field, value }) => [field, value]);
        const after = new Map(settingsOf(result.vm.spec.domain).map(({ field, value }) => [field, value]));
        for (const [field, value] of kept) expect(after.get(String(field))).toEqual(value);
        expect(after.size - kept.length).toBe(Object.keys(result.provenance).length);
        for (const field of Object.keys(result.provenance)) expect(after.has(field)).toBe(true);
      }),
    );
  });
});
