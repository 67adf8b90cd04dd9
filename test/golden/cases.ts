/**
 * Hand-checked cases, one folder each: a machine (vm.yaml), perhaps presets (presets.yaml) and what is special about the
 * node (facts.yaml), and beside them what must come of it, byte by byte:
 *
 *   effective.yaml  the machine with its presets, where there are presets and no conflict
 *   domain.xml      the domain that the node agent defines
 *   errors.txt      or the faults for which there is none, one a line
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments, stringify } from "yaml";
import type { VirtualMachine } from "../../provider/api/v1alpha1/virtual-machine";
import type { VirtualMachinePreset } from "../../provider/api/v1alpha1/virtual-machine-preset";
import { convertVirtualMachine, type MachineFacts, printDomain } from "../../provider/core/convert";
import { renderFieldError } from "../../provider/core/field-error";
import { applyPresets } from "../../provider/core/presets/apply";
import { preparedVolumes } from "./areas/domain";

export const casesFolder = join(__dirname, "cases");

export const outcomeFiles = ["effective.yaml", "domain.xml", "errors.txt"] as const;
export type OutcomeFile = (typeof outcomeFiles)[number];
export type Outcome = Readonly<Partial<Record<OutcomeFile, string>>>;

export interface Case {
  readonly name: string;
  readonly vm: VirtualMachine;
  readonly presets: readonly VirtualMachinePreset[];
  readonly facts: MachineFacts;
}

export function readCases(): readonly Case[] {
  return readdirSync(casesFolder).sort().map(readCase);
}

function readCase(name: string): Case {
  const text = (file: string) => {
    const path = join(casesFolder, name, file);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  };
  const vm: VirtualMachine = parse(text("vm.yaml"));
  const { volumes, ...facts }: Partial<MachineFacts> = parse(text("facts.yaml")) ?? {};
  return {
    name,
    vm,
    presets: parseAllDocuments(text("presets.yaml")).map((document): VirtualMachinePreset => document.toJS()),
    facts: {
      domainType: "qemu",
      arch: "x86_64",
      clusterUid: "00000000-0000-4000-8000-000000000000",
      uuid: "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
      mac: "52:54:00:00:00:01",
      network: { kind: "network", name: "default" },
      ...facts,
      volumes: { ...preparedVolumes(vm.spec.volumes ?? [], {}), ...volumes },
    },
  };
}

export function outcomeOf({ vm, presets, facts }: Case): Outcome {
  const applied = applyPresets(vm, presets);
  if (applied.conflicts.length > 0) return { "errors.txt": lines(applied.conflicts.map(renderFieldError)) };
  const conversion = convertVirtualMachine(applied.vm, facts);
  return {
    ...(presets.length > 0 && { "effective.yaml": stringify(applied.vm) }),
    ...(conversion.ok
      ? { "domain.xml": printDomain(conversion.domain) }
      : { "errors.txt": lines(conversion.errors.map(renderFieldError)) }),
  };
}

/** The files that stand there. */
export function expectedOutcome({ name }: Case): Outcome {
  const found = outcomeFiles.flatMap((file) => {
    const path = join(casesFolder, name, file);
    return existsSync(path) ? [[file, readFileSync(path, "utf8")] as const] : [];
  });
  return Object.fromEntries(found);
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}
