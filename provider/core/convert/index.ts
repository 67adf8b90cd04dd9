/**
 * VirtualMachine and what the node offers → libvirt domain. Each section of the document has its own file; here one
 * literal puts them together in the order in which the XML reads. Whatever this libvirt or the acceleration cannot do
 * is refused with the field's path, so that nobody has to decode libvirt's answer. Presets are merged already;
 * defaults are filled in here.
 */
import type { VirtualMachine } from "../../api/v1alpha1/virtual-machine";
import { defaultGracePeriodSeconds, effectiveVirtualMachine } from "../defaults";
import type { Domain } from "../domain-xml/domain";
import type { FieldError } from "../field-error";
import { validateObject } from "../validation";
import { convertChannels } from "./channels";
import { convertClock } from "./clock";
import { convertConsoles } from "./consoles";
import { convertDisks } from "./disks";
import { convertFeatures, timersWithNeeds } from "./features";
import { convertFirmware } from "./firmware";
import { convertProcessorLimit } from "./limits";
import { faultsOfMachine } from "./machine";
import type { MachineFacts } from "./machine-facts";
import { convertMemory } from "./memory";
import { convertNetwork } from "./network";
import { convertOwnership } from "./ownership";
import { convertProcessor } from "./processor";
import { convertWatchdog } from "./watchdog";

export { type Domain, parseDomain, printDomain } from "../domain-xml/domain";
export { memoryLimitOf } from "./limits";
export type { MachineFacts, NetworkAttachment } from "./machine-facts";
export { domainName } from "./ownership";

export type Conversion =
  | { readonly ok: true; readonly domain: Domain }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/** Never throws: an object that nobody validated comes back as errors. */
export function convertVirtualMachine(vm: VirtualMachine, facts: MachineFacts): Conversion {
  const { errors } = validateObject(vm);
  return errors.length > 0 ? { ok: false, errors } : convertValid(vm, facts);
}

function convertValid(vm: VirtualMachine, facts: MachineFacts): Conversion {
  const { domain: spec, terminationGracePeriodSeconds: grace } = effectiveVirtualMachine(vm).spec;
  const ownership = convertOwnership(vm.metadata, facts.clusterUid, grace ?? defaultGracePeriodSeconds);
  const memory = convertMemory(spec.resources);
  const features = convertFeatures(spec.features, spec.clock?.timer, facts.domainType);
  const disks = convertDisks(spec.devices?.disks ?? [], facts.volumes, spec.machine.type);
  const timer = timersWithNeeds(spec.clock?.timer, spec.features);
  const errors = [
    ...ownership.errors,
    ...faultsOfMachine(spec.machine.type, spec.cpu?.cores, facts),
    ...[memory, features, disks].flatMap((section) => section.errors),
  ];
  if (errors.length > 0) return { ok: false, errors };
  const commandLine = convertFirmware(spec.firmware);
  return {
    ok: true,
    domain: {
      type: facts.domainType,
      ...ownership.value,
      uuid: facts.uuid,
      memory: memory.value,
      ...(facts.limitedBy === "pod" ? {} : convertProcessorLimit(spec.resources)),
      ...convertProcessor(spec.cpu, facts.domainType),
      os: { type: { arch: facts.arch, machine: spec.machine.type, kind: "hvm" } },
      features: features.value,
      clock: convertClock(timer === undefined ? spec.clock : { ...spec.clock, timer }),
      onPoweroff: "destroy",
      onReboot: "restart",
      onCrash: "destroy",
      devices: {
        ...disks.value,
        interfaces: [convertNetwork(facts)],
        ...convertConsoles(facts.consoleLogPath),
        channels: convertChannels(vm.metadata),
        watchdogs: convertWatchdog(spec.devices?.watchdog),
      },
      ...(commandLine === undefined ? {} : { commandLine }),
    },
  };
}
