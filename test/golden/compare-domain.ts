/**
 * Compares domain documents by what they say of the machine. Where the recorded document is one that libvirt would not
 * define, a refusal is an answer as good as a repair. Differences that follow one rule are rules here; single ones are
 * in differences.md.
 */
import { parseQuantity, quantityToBytes } from "../../provider/api/quantity";
import type { VirtualMachine } from "../../provider/api/v1alpha1/virtual-machine";
import type { Volume } from "../../provider/api/v1alpha1/volumes";
import { type Conversion, convertVirtualMachine, printDomain } from "../../provider/core/convert";
import type { VolumeSource } from "../../provider/core/convert/volume-source";
import { defaultGracePeriodSeconds, defaultMemory } from "../../provider/core/defaults";
import { parseXml } from "../../provider/core/domain-xml/parse";
import { type DomainSummary, summarize } from "./domain-summary";
import type { DomainCase } from "./recorded";

/** The recorded machine on a node like the one it was recorded on. */
export function convertRecorded(recorded: DomainCase): Conversion {
  const vm = recorded.vm as VirtualMachine;
  return convertVirtualMachine(vm, {
    domainType: recorded.context.kvm ? "kvm" : "qemu",
    arch: "x86_64",
    clusterUid: "cluster",
    uuid: vm.metadata.uid ?? "",
    mac: "52:54:00:00:00:01",
    network: { kind: "network", name: "default" },
    volumes: preparedVolumes(vm.spec.volumes ?? [], recorded),
  });
}

export function compareDomain(recorded: DomainCase): readonly string[] {
  const vm = recorded.vm as VirtualMachine;
  const conversion = convertRecorded(recorded);
  const { expect } = recorded;
  if (!conversion.ok) {
    if (!("xml" in expect) || recorded.defines === false) return [];
    return conversion.errors.map(({ field, detail }) => `refused: ${field}: ${detail}`);
  }
  if (!("xml" in expect))
    return ["error" in expect ? `converted, not refused: ${expect.error}` : "converted, no crash"];
  const ours = summaryOf(printDomain(conversion.domain));
  const theirs = expectedSummary(summaryOf(expect.xml), vm);
  return (Object.keys(ours) as (keyof DomainSummary)[])
    .filter((key) => JSON.stringify(ours[key]) !== JSON.stringify(theirs[key]))
    .map((key) => `${key}: ${JSON.stringify(ours[key])}, not ${JSON.stringify(theirs[key])}`);
}

function preparedVolumes(volumes: readonly Volume[], { context }: DomainCase): Readonly<Record<string, VolumeSource>> {
  const sources: Record<string, VolumeSource> = {};
  for (const volume of volumes) {
    const file = { kind: "file", path: `/images/${volume.name}` } as const;
    const suffix = context.registryDisks?.[volume.name]?.[0];
    if (volume.persistentVolumeClaim || volume.cloudInitNoCloud) sources[volume.name] = { ...file, format: "raw" };
    else if (volume.ephemeral) {
      sources[volume.name] = { ...file, format: "qcow2", backing: { path: "/images/below", format: "raw" } };
    } else if (volume.emptyDisk) sources[volume.name] = { ...file, format: "qcow2" };
    else if (suffix !== undefined)
      sources[volume.name] = { ...file, format: suffix.includes("qcow2") ? "qcow2" : "raw" };
  }
  return sources;
}

function summaryOf(xml: string): DomainSummary {
  const node = parseXml(xml);
  if (node === undefined) throw new Error(`the recorded document cannot be read: ${xml.slice(0, 80)}`);
  return summarize(node);
}

/** The recorded summary with this project's rules in place of the recorded implementation's. */
function expectedSummary(theirs: DomainSummary, { metadata, spec }: VirtualMachine): DomainSummary {
  const { domain } = spec;
  const { apic, acpi } = domain.features ?? {};
  const eoi = apic?.endOfInterrupt === undefined ? "" : `eoi=${apic.endOfInterrupt ? "on" : "off"}`;
  const acpiMissing = acpi === undefined && !theirs.features.includes("acpi ");
  return {
    ...theirs,
    // A machine without a namespace is in the default one.
    name: metadata.namespace === undefined ? `default${theirs.name}` : theirs.name,
    // Exactly what was asked for, in kibibytes, not rounded to megabytes; a size that works when nothing was asked for.
    memoryBytes: requestedBytes(domain),
    // What a pod gets; recorded as 0, an immediate kill.
    gracePeriodSeconds: spec.terminationGracePeriodSeconds ?? defaultGracePeriodSeconds,
    // The zone's name, which was lost.
    clock: domain.clock?.timezone === undefined ? theirs.clock : `timezone ${domain.clock.timezone}`,
    // endOfInterrupt, which was lost; ACPI also where no defaults had been filled in.
    features: [
      ...(acpiMissing ? ["acpi "] : []),
      ...theirs.features.map((feature) => (feature === "apic " ? `apic ${eoi}` : feature)),
    ],
  };
}

function requestedBytes({ resources }: VirtualMachine["spec"]["domain"]): number {
  const exact = parseQuantity(resources?.requests?.memory ?? resources?.limits?.memory ?? defaultMemory);
  if (exact === undefined) throw new Error("the recorded machine asks for an unreadable amount of memory");
  return Number(((quantityToBytes(exact) + 1023n) / 1024n) * 1024n);
}
