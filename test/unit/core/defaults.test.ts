import { describe, expect, it } from "vitest";
import type { DomainSpec } from "../../../provider/api/v1alpha1/domain-spec";
import { effectiveVirtualMachine } from "../../../provider/core/defaults";
import { buildVirtualMachine } from "../../builders/virtual-machine";

const effective = (domain: DomainSpec) =>
  effectiveVirtualMachine(buildVirtualMachine({ domain: { resources: {}, ...domain } })).spec.domain;

describe("defaults", () => {
  it("fill in an empty domain", () => {
    expect(effective({})).toEqual({
      machine: { type: "q35" },
      resources: { requests: { memory: "512Mi" } },
      features: { acpi: { enabled: true } },
    });
  });

  it("leave the given machine as it was", () => {
    const vm = buildVirtualMachine({ domain: { resources: {}, features: { apic: {} } } });
    const before = structuredClone(vm);
    effectiveVirtualMachine(vm);
    expect(vm).toEqual(before);
  });

  it("take the memory limit for the memory when nothing is requested, and keep other requests", () => {
    expect(effective({ resources: { limits: { memory: "1Gi" } } }).resources.requests).toEqual({ memory: "1Gi" });
    expect(effective({ resources: { requests: { cpu: "2" } } }).resources.requests).toEqual({
      cpu: "2",
      memory: "512Mi",
    });
  });

  it.each([
    ["q35", "sata"],
    ["pc-q35-7.2", "sata"],
    ["pc", "ide"],
    ["pc-i440fx-2.10", "ide"],
    ["", "sata"],
  ])("connect disks of machine type %j by %s", (type, bus) => {
    const disks = [
      { name: "a", volumeName: "a" },
      { name: "b", volumeName: "b", cdrom: {} },
    ];
    expect(effective({ machine: { type }, devices: { disks } }).devices?.disks).toEqual([
      { name: "a", volumeName: "a", disk: { bus } },
      { name: "b", volumeName: "b", cdrom: { bus, readonly: true, tray: "closed" } },
    ]);
  });

  it("connect a LUN by scsi and close a floppy's tray", () => {
    const disks = [
      { name: "a", volumeName: "a", lun: {} },
      { name: "b", volumeName: "b", floppy: { tray: "open" as const } },
    ];
    expect(effective({ devices: { disks } }).devices?.disks?.map(({ lun, floppy }) => lun ?? floppy)).toEqual([
      { bus: "scsi" },
      { tray: "open" },
    ]);
  });

  it("turn on what is named, and give enabled spinlocks their retries", () => {
    const { features } = effective({
      features: { apic: {}, hyperv: { relaxed: {}, spinlocks: {}, vapic: { enabled: false } } },
    });
    expect(features).toEqual({
      acpi: { enabled: true },
      apic: { enabled: true },
      hyperv: { relaxed: { enabled: true }, spinlocks: { enabled: true, spinlocks: 4096 }, vapic: { enabled: false } },
    });
    expect(effective({ features: { hyperv: { spinlocks: { enabled: false } } } }).features.hyperv).toEqual({
      spinlocks: { enabled: false },
    });
  });

  it("find the watchdog in either place", () => {
    const expected = { name: "w", i6300esb: { action: "reset" } };
    expect(effective({ watchdog: { name: "w" } }).devices?.watchdog).toEqual(expected);
    expect(effective({ devices: { watchdog: { name: "w" } } }).devices?.watchdog).toEqual(expected);
  });

  it("are the same when applied twice", () => {
    const once = effectiveVirtualMachine(
      buildVirtualMachine({
        domain: {
          resources: {},
          watchdog: { name: "w" },
          clock: { timer: { rtc: {} } },
          features: { hyperv: { spinlocks: {} } },
        },
      }),
    );
    expect(effectiveVirtualMachine(once)).toEqual(once);
  });
});
