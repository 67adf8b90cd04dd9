import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { chooseDomainType, probeAcceleration } from "../../../provider/agent/acceleration";
import { FakeHypervisor } from "../../fakes/hypervisor";

const intel = "processor\t: 0\nflags\t\t: fpu vme vmx sse\n\nprocessor\t: 1\nflags\t\t: fpu vme vmx sse\n";
const amd = "flags\t\t: fpu svm";
/** A guest without nested virtualization; "svm_lock" and the vmx line of newer kernels are not the flag. */
const neither = "flags\t\t: fpu vme svm_lock hypervisor\nvmx flags\t: vnmi\n";

const able = { cpuinfo: intel, kvmDeviceFault: undefined, emulatorOffersKvm: true };

describe("chooseDomainType", () => {
  it("chooses kvm when the CPU, the device and the emulator are all there", () => {
    expect(chooseDomainType(able)).toMatchObject({ domainType: "kvm", reason: expect.stringContaining("vmx") });
    expect(chooseDomainType({ ...able, cpuinfo: amd })).toMatchObject({ domainType: "kvm" });
  });

  it("chooses qemu without vmx and svm, although the device opens and the emulator offers kvm", () => {
    expect(chooseDomainType({ ...able, cpuinfo: neither })).toEqual({
      domainType: "qemu",
      reason: "the CPU has neither vmx nor svm, so guests are emulated",
    });
    expect(chooseDomainType({ ...able, cpuinfo: "" }).domainType).toBe("qemu");
  });

  it("chooses qemu when the device cannot be opened, and says why and what helps", () => {
    const choice = chooseDomainType({ ...able, kvmDeviceFault: "EACCES: permission denied" });
    expect(choice.domainType).toBe("qemu");
    expect(choice.reason).toContain("EACCES: permission denied");
    expect(choice.reason).toContain("group kvm");
  });

  it("chooses qemu when the emulator does not offer kvm", () => {
    expect(chooseDomainType({ ...able, emulatorOffersKvm: false }).domainType).toBe("qemu");
  });
});

describe("probeAcceleration", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "kubevirt-kvm-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("looks at the CPU, the device and the emulator", async () => {
    const paths = { cpuinfo: join(folder, "cpuinfo"), kvm: join(folder, "kvm") };
    await writeFile(paths.cpuinfo, intel);
    const hypervisor = new FakeHypervisor({ domainTypes: ["kvm", "qemu"] });
    expect((await probeAcceleration(hypervisor, paths)).reason).toContain("ENOENT");
    await writeFile(paths.kvm, "");
    expect((await probeAcceleration(hypervisor, paths)).domainType).toBe("kvm");
    expect((await probeAcceleration(new FakeHypervisor(), paths)).domainType).toBe("qemu");
  });
});
