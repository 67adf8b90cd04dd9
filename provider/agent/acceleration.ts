/**
 * Whether this node's guests run on the CPU (kvm) or are emulated (qemu). /dev/kvm alone tells nothing: it exists on
 * machines whose CPU cannot virtualize, and there libvirt offers kvm all the same and every guest fails to start.
 */
import { constants } from "node:fs";
import { open, readFile } from "node:fs/promises";
import type { Hypervisor } from "../libvirt/hypervisor";

export interface AccelerationFacts {
  /** Content of /proc/cpuinfo. */
  readonly cpuinfo: string;
  /** Why /dev/kvm cannot be opened; undefined when it can. */
  readonly kvmDeviceFault: string | undefined;
  /** Whether the emulator says that it can run kvm domains. */
  readonly emulatorOffersKvm: boolean;
}

export interface Acceleration {
  readonly domainType: "kvm" | "qemu";
  /** For people: why it is this one. */
  readonly reason: string;
}

/** Intel's and AMD's names for hardware virtualization, as flags of a CPU. */
const virtualizationFlag = /^flags[ \t]*:.*[ \t](vmx|svm)([ \t]|$)/m;

export function chooseDomainType(facts: AccelerationFacts): Acceleration {
  const flag = virtualizationFlag.exec(facts.cpuinfo)?.[1];
  if (flag === undefined) {
    return { domainType: "qemu", reason: "the CPU has neither vmx nor svm, so guests are emulated" };
  }
  if (facts.kvmDeviceFault !== undefined) {
    return {
      domainType: "qemu",
      reason: `the CPU has ${flag}, but /dev/kvm cannot be used (${facts.kvmDeviceFault}), so guests are emulated; load kvm_intel or kvm_amd and give this user the group kvm`,
    };
  }
  if (!facts.emulatorOffersKvm) {
    return {
      domainType: "qemu",
      reason: `the CPU has ${flag} and /dev/kvm opens, but the emulator does not offer kvm, so guests are emulated`,
    };
  }
  return { domainType: "kvm", reason: `the CPU has ${flag}, /dev/kvm opens and the emulator offers kvm` };
}

async function deviceFault(path: string): Promise<string | undefined> {
  try {
    const handle = await open(path, constants.O_RDWR);
    await handle.close();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export async function probeAcceleration(
  hypervisor: Pick<Hypervisor, "describeEmulator">,
  paths: { cpuinfo: string; kvm: string } = { cpuinfo: "/proc/cpuinfo", kvm: "/dev/kvm" },
): Promise<Acceleration> {
  const [cpuinfo, kvmDeviceFault, emulator] = await Promise.all([
    readFile(paths.cpuinfo, "utf8"),
    deviceFault(paths.kvm),
    hypervisor.describeEmulator("kvm"),
  ]);
  return chooseDomainType({ cpuinfo, kvmDeviceFault, emulatorOffersKvm: emulator !== undefined });
}
