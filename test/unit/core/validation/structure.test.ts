import { describe, expect, it } from "vitest";
import { renderFieldError } from "../../../../provider/core/field-error";
import { validateObject } from "../../../../provider/core/validation";
import { buildVirtualMachine } from "../../../builders/virtual-machine";

const errorsOf = (object: unknown) => validateObject(object).errors.map(renderFieldError);
const withDomain = (domain: unknown) => ({ ...buildVirtualMachine(), spec: { domain } });

describe("structure", () => {
  it("passes a small machine", () => {
    expect(validateObject(buildVirtualMachine())).toEqual({ errors: [], warnings: [] });
  });

  it("names the field that was probably meant", () => {
    expect(errorsOf(withDomain({ cpu: { core: 2 } }))).toEqual([
      "spec.domain.cpu.core: 2: unknown field; did you mean `cores`?",
    ]);
    expect(errorsOf(withDomain({ feature: {} }))[0]).toContain("did you mean `features`?");
    expect(errorsOf(withDomain({ xyzzy: {} }))[0]).toContain("known: clock, cpu, devices");
  });

  it("lists what an enumeration supports", () => {
    const disk = { name: "root", volumeName: "root", disk: { bus: "vertio" } };
    const vm = {
      ...buildVirtualMachine(),
      spec: { domain: { devices: { disks: [disk] } }, volumes: [{ name: "root", emptyDisk: { capacity: "1Gi" } }] },
    };
    expect(errorsOf(vm)).toEqual([
      'spec.domain.devices.disks[0].disk.bus: "vertio": must be one of: virtio, sata, scsi, usb, ide; did you mean `virtio`?',
    ]);
  });

  it.each([
    [{ cpu: { cores: "2" } }, 'spec.domain.cpu.cores: "2": must be a whole number: write 2 without quotes'],
    [{ cpu: { cores: 1.5 } }, "spec.domain.cpu.cores: 1.5: must be a whole number"],
    [{ cpu: { cores: 0 } }, "spec.domain.cpu.cores: 0: must be at least 1"],
    [{ cpu: null }, "spec.domain.cpu: null: null is no value; leave the field out"],
    [{ cpu: [] }, "spec.domain.cpu: []: must be an object"],
    [
      { features: { acpi: { enabled: "true" } } },
      'spec.domain.features.acpi.enabled: "true": must be true or false: write true without quotes',
    ],
    [{ machine: {} }, "spec.domain.machine.type: must be given: text"],
    [{ devices: { disks: {} } }, "spec.domain.devices.disks: {}: must be a list"],
  ])("says what would be right: %j", (domain, expected) => {
    expect(errorsOf(withDomain(domain))).toEqual([expected]);
  });

  it("asks for an object of a known kind", () => {
    expect(validateObject(undefined).errors).toHaveLength(1);
    expect(validateObject([]).errors[0]?.type).toBe("FieldValueTypeInvalid");
    expect(errorsOf({})[0]).toContain("kind: must be one of: VirtualMachine");
    expect(errorsOf({ kind: "VirtualMachin" })[0]).toContain("did you mean `VirtualMachine`?");
    expect(errorsOf({ kind: "constructor" })).toHaveLength(1);
  });

  it("tells every fault at once, each with its path", () => {
    const vm = {
      ...buildVirtualMachine(),
      spec: {
        domain: { cpu: { cores: 0 }, devices: { disks: [{ name: "root", volumeName: "root" }] } },
        volumes: [
          { name: "data", emptyDisk: { capacity: "1Gi" } },
          { name: "seed", cloudInitNoCloud: { userData: "x" } },
        ],
      },
    };
    expect(validateObject(vm).errors).toEqual([
      { type: "FieldValueInvalid", field: "spec.domain.cpu.cores", badValue: 0, detail: "must be at least 1" },
      {
        type: "FieldValueInvalid",
        field: "spec.domain.devices.disks[0].volumeName",
        badValue: "root",
        detail: "names no volume in spec.volumes (volumes: data, seed)",
      },
    ]);
  });
});
