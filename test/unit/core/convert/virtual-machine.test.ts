import { describe, expect, it } from "vitest";
import type { DomainSpec } from "../../../../provider/api/v1alpha1/domain-spec";
import type { VirtualMachine } from "../../../../provider/api/v1alpha1/virtual-machine";
import { convertVirtualMachine, type Domain, type MachineFacts, printDomain } from "../../../../provider/core/convert";
import { readOwner } from "../../../../provider/core/convert/owner";
import { buildMachineFacts, rawFiles } from "../../../builders/machine-facts";
import { buildVirtualMachine, builtUid, claimDisk, machineWithDisks } from "../../../builders/virtual-machine";

function convert(vm: VirtualMachine, facts: Partial<MachineFacts> = {}): Domain {
  const conversion = convertVirtualMachine(vm, buildMachineFacts(facts));
  if (!conversion.ok) throw new Error(JSON.stringify(conversion.errors));
  return conversion.domain;
}

function refusals(vm: VirtualMachine, facts: Partial<MachineFacts> = {}): readonly string[] {
  const conversion = convertVirtualMachine(vm, buildMachineFacts(facts));
  return conversion.ok ? [] : conversion.errors.map(({ field }) => field);
}

const withDomain = (domain: DomainSpec) => buildVirtualMachine({ domain });

describe("identity", () => {
  it("is the name, the engine's UUID and an owner that anybody can read back", () => {
    const domain = convert(buildVirtualMachine());
    expect(domain.name).toBe("default_web");
    expect(domain.uuid).toBe(builtUid);
    expect(readOwner(printDomain(domain))).toEqual({
      uid: builtUid,
      namespace: "default",
      name: "web",
      clusterUid: "cluster-1",
      gracePeriodSeconds: 30,
    });
  });

  it("keeps the grace period that the machine asks for, zero too", () => {
    const domain = convert(buildVirtualMachine({ spec: { terminationGracePeriodSeconds: 0 } }));
    expect(readOwner(printDomain(domain))?.gracePeriodSeconds).toBe(0);
  });

  it("is not that of the firmware, so that two machines may have one firmware UUID", () => {
    const domain = convert(withDomain({ firmware: { uuid: "E4686D2C-6e8d-4335-b8fd-81bee22f4814" } }));
    expect(domain.uuid).toBe(builtUid);
    expect(domain.commandLine?.arguments.map(({ value }) => value)).toEqual([
      "-smbios",
      "type=1,uuid=e4686d2c-6e8d-4335-b8fd-81bee22f4814",
    ]);
  });

  it("must come from an API server", () => {
    const vm = buildVirtualMachine();
    const { uid: _uid, ...metadata } = vm.metadata;
    expect(refusals({ ...vm, metadata })).toEqual(["metadata.uid"]);
  });
});

describe("memory and processor", () => {
  it.each([
    ["64M", 62_500n],
    ["128Mi", 131_072n],
    ["1", 1n],
    ["1025", 2n],
    ["1Ti", 1_073_741_824n],
  ])("%s is %s KiB", (memory, kibibytes) => {
    expect(convert(withDomain({ resources: { requests: { memory } } })).memory).toEqual({
      unit: "KiB",
      value: kibibytes,
    });
  });

  it("are refused past what libvirt can count", () => {
    const memory = "spec.domain.resources.requests.memory";
    expect(refusals(withDomain({ resources: { requests: { memory: "8Ei" } } }))).toEqual([memory]);
    expect(refusals(withDomain({ resources: { requests: { memory: "9223372036854774784" } } }))).toEqual([]);
  });

  it("name no processor model under emulation, and the host's under KVM", () => {
    expect(convert(buildVirtualMachine())).toMatchObject({ vcpu: { value: 1 } });
    expect(convert(buildVirtualMachine()).cpu).toBeUndefined();
    expect(convert(withDomain({ cpu: { cores: 4 } })).cpu).toEqual({ topology: { sockets: 1, cores: 4, threads: 1 } });
    const kvm = convert(withDomain({ cpu: { cores: 4 } }), { domainType: "kvm" });
    expect(kvm.type).toBe("kvm");
    expect(kvm.cpu?.mode).toBe("host-model");
    expect(kvm.vcpu.value).toBe(4);
  });
});

describe("disks", () => {
  it("share the names of their prefix without collision", () => {
    const buses = ["sata", "virtio", "scsi", "usb", "virtio"] as const;
    const vm = machineWithDisks(...buses.map((bus, index) => claimDisk(`d${index}`, { disk: { bus } })));
    const { devices } = convert(vm, { volumes: rawFiles("d0", "d1", "d2", "d3", "d4") });
    expect(devices.disks.map(({ target }) => target.dev)).toEqual(["sda", "vda", "sdb", "sdc", "vdb"]);
    expect(devices.controllers).toEqual([{ type: "scsi", index: 0, model: "virtio-scsi" }]);
  });

  it("are named past the alphabet's end", () => {
    const names = Array.from({ length: 28 }, (_, index) => `d${index}`);
    const vm = machineWithDisks(...names.map((name) => claimDisk(name, { disk: { bus: "virtio" as const } })));
    const devs = convert(vm, { volumes: rawFiles(...names) }).devices.disks.map(({ target }) => target.dev);
    expect(devs.slice(24)).toEqual(["vdy", "vdz", "vdaa", "vdab"]);
    expect(new Set(devs).size).toBe(28);
  });

  it("have a controller for every fifteen names on the scsi bus", () => {
    const names = Array.from({ length: 16 }, (_, index) => `d${index}`);
    const vm = machineWithDisks(...names.map((name) => claimDisk(name, { disk: { bus: "scsi" as const } })));
    expect(convert(vm, { volumes: rawFiles(...names) }).devices.controllers.map(({ index }) => index)).toEqual([0, 1]);
  });

  it("boot in their order, CD-ROMs last", () => {
    const vm = machineWithDisks(claimDisk("seed", { cdrom: {} }), claimDisk("root"), claimDisk("data"));
    const { disks } = convert(vm, { volumes: rawFiles("seed", "root", "data") }).devices;
    expect(disks.map(({ boot }) => boot?.order)).toEqual([3, 1, 2]);
  });

  it("name their format and end their chain, so that nothing is probed", () => {
    const vm = machineWithDisks(claimDisk("root"), claimDisk("data"));
    const volumes: MachineFacts["volumes"] = {
      root: { kind: "file", path: "/a.qcow2", format: "qcow2", backing: { path: "/b.raw", format: "raw" } },
      data: { kind: "block", path: "/dev/x", format: "raw" },
    };
    const [root, data] = convert(vm, { volumes }).devices.disks;
    expect(root?.driver.type).toBe("qcow2");
    expect(root?.backingStore).toEqual({
      type: "file",
      format: { type: "raw" },
      source: { file: "/b.raw" },
      end: true,
    });
    expect(data).toMatchObject({ type: "block", source: { dev: "/dev/x" }, backingStore: { end: false } });
  });

  it("carry aliases that no two devices share", () => {
    const [disk, volume] = claimDisk("w");
    const vm = buildVirtualMachine({
      domain: { devices: { disks: [disk], watchdog: { name: "w" } } },
      spec: { volumes: [volume] },
    });
    const { disks, watchdogs } = convert(vm, { volumes: rawFiles("w") }).devices;
    expect(disks[0]?.alias?.name).toBe("ua-w");
    expect(watchdogs[0]?.alias?.name).toBe("ua-watchdog_w");
  });

  const target = "spec.domain.devices.disks[0]";
  it.each([
    ["ide on q35", "q35", { disk: { bus: "ide" as const } }, [`${target}.disk.bus`]],
    ["ide on pc", "pc", { disk: { bus: "ide" as const } }, []],
    ["a CD-ROM on virtio", "q35", { cdrom: { bus: "virtio" as const } }, [`${target}.cdrom.bus`]],
    ["a LUN on a file", "q35", { lun: {} }, [`${target}.lun`]],
    ["a LUN on sata", "q35", { lun: { bus: "sata" as const } }, [`${target}.lun.bus`, `${target}.lun`]],
    ["a read-only sata disk", "q35", { disk: { bus: "sata" as const, readonly: true } }, [`${target}.disk.bus`]],
    ["a read-only disk on the default bus", "q35", { disk: { readonly: true } }, [`${target}.disk.bus`]],
    ["a read-only virtio disk", "q35", { disk: { bus: "virtio" as const, readonly: true } }, []],
    ["a floppy", "q35", { floppy: {} }, []],
  ])("%s on %s is answered before libvirt is asked", (_name, type, kind, fields) => {
    const [disk, volume] = claimDisk("d", kind);
    const vm = buildVirtualMachine({
      domain: { machine: { type }, devices: { disks: [disk] } },
      spec: { volumes: [volume] },
    });
    expect(refusals(vm, { volumes: rawFiles("d") })).toEqual(fields);
  });

  it("pass SCSI commands to a block device", () => {
    const volumes: MachineFacts["volumes"] = { d: { kind: "block", path: "/dev/x", format: "raw" } };
    const { devices } = convert(machineWithDisks(claimDisk("d", { lun: {} })), { volumes });
    expect(devices.disks[0]).toMatchObject({ device: "lun", type: "block", target: { bus: "scsi", dev: "sda" } });
  });

  it("are as read-only as their volume", () => {
    const volumes: MachineFacts["volumes"] = { d: { kind: "file", path: "/x", format: "raw", readOnly: true } };
    expect(
      convert(machineWithDisks(claimDisk("d", { disk: { bus: "virtio" } })), { volumes }).devices.disks[0]?.readonly,
    ).toBe(true);
    expect(refusals(machineWithDisks(claimDisk("d", { disk: { bus: "sata" } })), { volumes })).toEqual([
      `${target}.disk.bus`,
    ]);
  });

  it("are refused when the node has not prepared their volume, or a bus is full", () => {
    expect(refusals(machineWithDisks(claimDisk("d")))).toEqual([`${target}.volumeName`]);
    const names = ["a", "b", "c"];
    const floppies = machineWithDisks(...names.map((name) => claimDisk(name, { floppy: {} })));
    expect(refusals(floppies, { volumes: rawFiles(...names) })).toEqual(["spec.domain.devices.disks[2].floppy"]);
    const many = Array.from({ length: 221 }, (_, index) => `d${index}`);
    const virtio = machineWithDisks(...many.map((name) => claimDisk(name, { disk: { bus: "virtio" as const } })));
    expect(refusals(virtio, { volumes: rawFiles(...many) })).toEqual(["spec.domain.devices.disks[220].disk.bus"]);
  });
});

describe("clock", () => {
  it.each([
    [undefined, { offset: "utc" }],
    [{ utc: {} }, { offset: "utc", adjustment: "reset" }],
    [{ utc: { offsetSeconds: -3600 } }, { offset: "utc", adjustment: "-3600" }],
    [{ timezone: "Europe/Prague" }, { offset: "timezone", timezone: "Europe/Prague" }],
  ])("%j", (clock, expected) => {
    expect(convert(withDomain(clock === undefined ? {} : { clock })).clock).toEqual({ ...expected, timers: [] });
  });

  it("lists timers in one order", () => {
    const timer = {
      hyperv: {},
      hpet: { present: false },
      kvm: {},
      rtc: { track: "wall" as const, tickPolicy: "catchup" as const },
      pit: { tickPolicy: "delay" as const },
    };
    expect(convert(withDomain({ clock: { timer } })).clock.timers).toEqual([
      { name: "rtc", track: "wall", tickpolicy: "catchup", present: true },
      { name: "pit", tickpolicy: "delay", present: true },
      { name: "kvmclock", present: true },
      { name: "hpet", present: false },
      { name: "hypervclock", present: true },
    ]);
  });
});

describe("features", () => {
  const hyperv = "spec.domain.features.hyperv";

  it("carry end-of-interrupt, and leave out what is off", () => {
    expect(convert(withDomain({ features: { apic: { endOfInterrupt: true } } })).features.apic).toEqual({ eoi: true });
    const off = convert(withDomain({ features: { acpi: { enabled: false }, apic: { enabled: false } } }));
    expect(off.features).toEqual({ acpi: false });
  });

  it("need KVM where the kernel does the work", () => {
    const features = { hyperv: { vpindex: {}, synic: {}, synictimer: {} } };
    const clock = { timer: { hyperv: {} } };
    expect(refusals(withDomain({ features, clock }))).toEqual([
      `${hyperv}.vpindex`,
      `${hyperv}.synic`,
      `${hyperv}.synictimer`,
    ]);
    expect(refusals(withDomain({ features, clock }), { domainType: "kvm" })).toEqual([]);
    expect(
      refusals(withDomain({ features: { hyperv: { relaxed: {}, vapic: {}, runtime: {}, reset: {}, spinlocks: {} } } })),
    ).toEqual([]);
  });

  it("bring what they need", () => {
    const { features, clock } = convert(withDomain({ features: { hyperv: { synictimer: {} } } }), {
      domainType: "kvm",
    });
    const on = { state: true };
    expect(features.hyperv).toEqual({ stimer: on, synic: on, vpindex: on });
    expect(clock.timers).toEqual([{ name: "hypervclock", present: true }]);
    const off = convert(withDomain({ features: { hyperv: { synictimer: { enabled: false } } } }));
    expect(off.features.hyperv).toEqual({ stimer: { state: false } });
    expect(off.clock.timers).toEqual([]);
  });

  it("are refused when what they need is switched off, or has no value", () => {
    const off = { enabled: false };
    const refused = (features: NonNullable<DomainSpec["features"]>["hyperv"], clock: DomainSpec["clock"] = {}) =>
      refusals(withDomain({ features: { hyperv: features }, clock }), { domainType: "kvm" });
    expect(refused({ synic: {}, vpindex: off })).toEqual([`${hyperv}.synic`]);
    expect(refused({ synictimer: {}, synic: off })).toEqual([`${hyperv}.synictimer`]);
    expect(refused({ synictimer: {}, vpindex: off })).toEqual([`${hyperv}.synictimer`]);
    expect(refused({ synictimer: {} }, { timer: { hyperv: { present: false } } })).toEqual([`${hyperv}.synictimer`]);
    expect(refused({ vendorid: {} })).toEqual([`${hyperv}.vendorid.vendorid`]);
    expect(refused({ synic: off })).toEqual([]);
  });
});

describe("the machine type", () => {
  const type = "spec.domain.machine.type";
  const cores = "spec.domain.cpu.cores";

  it.each([
    ["q35", 255, []],
    ["pc-q35-7.2", 256, [cores]],
    ["pc-i440fx-2.10", 255, []],
    ["isapc", 1, [type]],
    ["virt", 300, [type, cores]],
  ])("%s with %i cores is answered before libvirt is asked", (machine, count, fields) => {
    expect(refusals(withDomain({ machine: { type: machine }, cpu: { cores: count } }))).toEqual(fields);
  });

  it("is another machine's affair on another architecture", () => {
    expect(refusals(withDomain({ machine: { type: "virt" } }), { arch: "aarch64" })).toEqual([]);
  });
});

describe("a machine that nobody validated", () => {
  it.each([
    '{"kind":"VirtualMachine"}',
    '{"spec":7}',
    "[]",
    "null",
    '{"kind":"VirtualMachine","spec":{"domain":{"devices":{"disks":[null]}}}}',
  ])("comes back as errors: %s", (text) => {
    expect(convertVirtualMachine(JSON.parse(text), buildMachineFacts()).ok).toBe(false);
  });
});

describe("the network card", () => {
  it.each([
    [
      { kind: "network", name: "default" },
      { type: "network", source: { network: "default" } },
    ],
    [
      { kind: "bridge", name: "br-vm1" },
      { type: "bridge", source: { bridge: "br-vm1" } },
    ],
    [
      { kind: "direct", device: "eth0" },
      { type: "direct", source: { dev: "eth0", mode: "passthrough" } },
    ],
  ] as const)("is plugged into %j", (network, expected) => {
    expect(convert(buildVirtualMachine(), { network }).devices.interfaces).toEqual([
      expect.objectContaining({ ...expected, mac: { address: "52:54:00:12:34:56" }, model: { type: "virtio" } }),
    ]);
  });
});

describe("consoles", () => {
  it("are logged when a place is given, and open no TCP port", () => {
    expect(convert(buildVirtualMachine()).devices.serials).toEqual([{ type: "pty", target: { port: 0 } }]);
    const logged = convert(buildVirtualMachine(), { consoleLogPath: "/log/x" });
    expect(logged.devices.serials[0]?.log).toEqual({ file: "/log/x", append: true });
    expect(printDomain(logged)).not.toMatch(/port="-1"|autoport|listen="/);
  });
});
