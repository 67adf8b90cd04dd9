/**
 * The machine as it is meant: the defaults of its domain filled in, after presets. The result is for whoever builds the
 * machine; it is never written back into a spec that a person owns. Nothing random is made here: the firmware's UUID
 * comes from the node agent. The number of cores and the time to shut down stay open, as they do in every object that
 * other tools of this API fill in; whoever needs them takes the figures below.
 */
import type { Timer } from "../api/v1alpha1/clock";
import type { Devices } from "../api/v1alpha1/devices";
import type { Disk, DiskBus } from "../api/v1alpha1/disks";
import type { DomainSpec } from "../api/v1alpha1/domain-spec";
import type { FeatureHyperv, Features } from "../api/v1alpha1/features";
import { leastSpinlockRetries } from "../api/v1alpha1/features";
import type { Machine } from "../api/v1alpha1/machine";
import type { Resources } from "../api/v1alpha1/resources";
import type { VirtualMachine, VirtualMachineSpec } from "../api/v1alpha1/virtual-machine";
import type { Watchdog } from "../api/v1alpha1/watchdog";

/** The least with which today's general-purpose cloud images start and serve; a guest that needs less says so. */
export const defaultMemory = "512Mi";
export const defaultMachineType = "q35";
export const defaultCores = 1;
/** Seconds between the power button and the plug: Kubernetes' own figure for pods. */
export const defaultGracePeriodSeconds = 30;

export interface EffectiveDomain extends DomainSpec {
  readonly machine: Machine;
  readonly features: Features;
  readonly resources: Resources;
}
export interface EffectiveSpec extends VirtualMachineSpec {
  readonly domain: EffectiveDomain;
}
export interface EffectiveVirtualMachine extends VirtualMachine {
  readonly spec: EffectiveSpec;
}

export function effectiveVirtualMachine(vm: VirtualMachine): EffectiveVirtualMachine {
  return { ...vm, spec: { ...vm.spec, domain: effectiveDomain(vm.spec.domain) } };
}

function effectiveDomain(domain: DomainSpec): EffectiveDomain {
  const { watchdog, clock, devices, ...rest } = domain;
  const machine = { type: domain.machine?.type || defaultMachineType };
  return {
    ...rest,
    machine,
    resources: effectiveResources(domain.resources),
    features: effectiveFeatures(domain.features),
    ...(clock === undefined
      ? {}
      : { clock: clock.timer === undefined ? clock : { ...clock, timer: effectiveTimer(clock.timer) } }),
    ...(devices === undefined && watchdog === undefined
      ? {}
      : { devices: effectiveDevices(devices ?? {}, watchdog, machine.type) }),
  };
}

function effectiveResources(resources: Resources = {}): Resources {
  const memory = resources.requests?.memory ?? resources.limits?.memory ?? defaultMemory;
  return { ...resources, requests: { ...resources.requests, memory } };
}

function effectiveTimer(timer: Timer): Timer {
  return {
    ...timer,
    ...(timer.hpet && { hpet: { present: true, ...timer.hpet } }),
    ...(timer.hyperv && { hyperv: { present: true, ...timer.hyperv } }),
    ...(timer.kvm && { kvm: { present: true, ...timer.kvm } }),
    ...(timer.pit && { pit: { present: true, ...timer.pit } }),
    ...(timer.rtc && { rtc: { present: true, ...timer.rtc } }),
  };
}

function effectiveFeatures(features: Features = {}): Features {
  return {
    ...features,
    acpi: { enabled: true, ...features.acpi },
    ...(features.apic && { apic: { enabled: true, ...features.apic } }),
    ...(features.hyperv && { hyperv: effectiveHyperv(features.hyperv) }),
  };
}

function effectiveHyperv(hyperv: FeatureHyperv): FeatureHyperv {
  const spinlocks = hyperv.spinlocks && { enabled: true, ...hyperv.spinlocks };
  const on = { enabled: true };
  return {
    ...hyperv,
    ...(hyperv.relaxed && { relaxed: { ...on, ...hyperv.relaxed } }),
    ...(hyperv.reset && { reset: { ...on, ...hyperv.reset } }),
    ...(hyperv.runtime && { runtime: { ...on, ...hyperv.runtime } }),
    ...(hyperv.synic && { synic: { ...on, ...hyperv.synic } }),
    ...(hyperv.synictimer && { synictimer: { ...on, ...hyperv.synictimer } }),
    ...(hyperv.vapic && { vapic: { ...on, ...hyperv.vapic } }),
    ...(hyperv.vendorid && { vendorid: { ...on, ...hyperv.vendorid } }),
    ...(hyperv.vpindex && { vpindex: { ...on, ...hyperv.vpindex } }),
    ...(spinlocks && { spinlocks: spinlocks.enabled ? { spinlocks: leastSpinlockRetries, ...spinlocks } : spinlocks }),
  };
}

function effectiveDevices(devices: Devices, elsewhere: Watchdog | undefined, machineType: string): Devices {
  const watchdog = devices.watchdog ?? elsewhere;
  return {
    ...devices,
    ...(devices.disks && { disks: devices.disks.map((disk) => effectiveDisk(disk, machineType)) }),
    ...(watchdog && { watchdog: { ...watchdog, i6300esb: { action: "reset", ...watchdog.i6300esb } } }),
  };
}

function effectiveDisk(disk: Disk, machineType: string): Disk {
  const bus = defaultBus(machineType);
  if (disk.lun) return { ...disk, lun: { bus: "scsi", ...disk.lun } };
  if (disk.floppy) return { ...disk, floppy: { tray: "closed", ...disk.floppy } };
  if (disk.cdrom) return { ...disk, cdrom: { bus, readonly: true, tray: "closed", ...disk.cdrom } };
  return { ...disk, disk: { bus, ...disk.disk } };
}

/** q35 machines have no IDE controller; others have no SATA controller of their own. */
export function defaultBus(machineType: string): DiskBus {
  return isQ35(machineType) ? "sata" : "ide";
}

export function isQ35(machineType: string): boolean {
  return machineType.startsWith("q35") || machineType.startsWith("pc-q35");
}
