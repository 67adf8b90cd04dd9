/** Compares domain documents by what they say of the machine. */
import type { VirtualMachine } from "../../../provider/api/v1alpha1/virtual-machine";
import type { Volume } from "../../../provider/api/v1alpha1/volumes";
import { type Conversion, convertVirtualMachine, printDomain } from "../../../provider/core/convert";
import type { VolumeSource } from "../../../provider/core/convert/volume-source";
import { parseXml } from "../../../provider/core/domain-xml/parse";
import { child, childAt, isObject, items } from "../../../provider/core/json-tree";
import { differencesOf } from "../difference";
import { type RecordedLine, recordedLines } from "../recorded-line";
import { domainRules } from "../rules/domain";
import type { Area } from "./area";
import { type DomainSummary, summarize } from "./domain-summary";

export interface DomainCase {
  readonly id: string;
  readonly vm: VirtualMachine;
  readonly kvm: boolean;
  /** Volume → suffixes of the image files that were found for it. */
  readonly registryDisks: unknown;
  readonly answer:
    | { readonly is: "document"; readonly summary: DomainSummary }
    | { readonly is: "refusal"; readonly reason: string }
    | { readonly is: "crash" };
  /** Whether a real libvirt defined the recorded document. */
  readonly defines: boolean | undefined;
  /** Whether defaults had been filled in before. */
  readonly defaulted: boolean;
}

export const domainArea: Area<DomainCase> = {
  name: "domain",
  read: readDomainCase,
  compare(recorded) {
    const conversion = convertRecorded(recorded);
    const { answer } = recorded;
    if (answer.is === "crash")
      return [{ at: "answer", ours: conversion.ok ? "a domain" : "a refusal", theirs: "a crash" }];
    if (!conversion.ok) {
      if (answer.is === "refusal") return [];
      return conversion.errors.map(({ field, detail }) => ({
        at: `refusal at ${field}`,
        ours: detail,
        theirs: undefined,
      }));
    }
    if (answer.is === "refusal") return [{ at: "answer", ours: "a domain", theirs: `a refusal: ${answer.reason}` }];
    return differencesOf(summaryOf(printDomain(conversion.domain)) ?? new Map(), answer.summary);
  },
  rules: domainRules,
};

export function readDomainCase({ id, input, expect, defines }: RecordedLine): DomainCase | undefined {
  const { vm, context } = input;
  const { xml, error, panic } = expect;
  if (!isObject(vm) || !isObject(context)) return undefined;
  const shared = {
    id,
    vm: vm as unknown as VirtualMachine,
    kvm: context.kvm === true,
    registryDisks: context.registryDisks,
    defines,
    defaulted: input.applyDefaults === true,
  };
  if (panic !== undefined) return { ...shared, answer: { is: "crash" } };
  if (typeof error === "string") return { ...shared, answer: { is: "refusal", reason: error } };
  const summary = typeof xml === "string" ? summaryOf(xml) : undefined;
  return summary === undefined ? undefined : { ...shared, answer: { is: "document", summary } };
}

/** The recorded machine on a node like the one it was recorded on. */
export function convertRecorded({
  vm,
  kvm,
  registryDisks,
}: Pick<DomainCase, "vm" | "kvm" | "registryDisks">): Conversion {
  return convertVirtualMachine(vm, {
    domainType: kvm ? "kvm" : "qemu",
    arch: "x86_64",
    clusterUid: "cluster",
    uuid: vm.metadata.uid ?? "",
    mac: "52:54:00:00:00:01",
    network: { kind: "network", name: "default" },
    volumes: preparedVolumes(items(childAt(vm, ["spec", "volumes"])) as readonly Volume[], registryDisks),
  });
}

/** Every recorded machine of this project's own lines. */
export function recordedMachines(): readonly DomainCase[] {
  return recordedLines("domain").flatMap((line) => readDomainCase(line) ?? []);
}

/** Where a node would keep the volumes of a machine; images from registries only where a file was found. */
export function preparedVolumes(
  volumes: readonly Volume[],
  registryDisks: unknown,
): Readonly<Record<string, VolumeSource>> {
  const sources: Record<string, VolumeSource> = {};
  for (const volume of volumes) {
    const file = { kind: "file", path: `/images/${volume.name}` } as const;
    const suffix = items(child(registryDisks, volume.name))[0];
    if (volume.persistentVolumeClaim || volume.cloudInitNoCloud) sources[volume.name] = { ...file, format: "raw" };
    else if (volume.ephemeral) {
      sources[volume.name] = { ...file, format: "qcow2", backing: { path: "/images/below", format: "raw" } };
    } else if (volume.emptyDisk) sources[volume.name] = { ...file, format: "qcow2" };
    else if (suffix !== undefined) {
      sources[volume.name] = { ...file, format: String(suffix).includes("qcow2") ? "qcow2" : "raw" };
    }
  }
  return sources;
}

function summaryOf(xml: string): DomainSummary | undefined {
  const node = parseXml(xml);
  return node === undefined ? undefined : summarize(node);
}
