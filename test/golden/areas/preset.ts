/**
 * Compares presets setting by setting: which settings the machine ends with, whose presets are in effect, which gave way
 * or could not be used, and what is in conflict.
 */
import type { VirtualMachine } from "../../../provider/api/v1alpha1/virtual-machine";
import type { VirtualMachinePreset } from "../../../provider/api/v1alpha1/virtual-machine-preset";
import { effectiveVirtualMachine } from "../../../provider/core/defaults";
import { child, childAt, isObject, items } from "../../../provider/core/json-tree";
import { type AppliedPresets, applyPresets } from "../../../provider/core/presets/apply";
import { type Difference, differencesOf } from "../difference";
import type { RecordedLine } from "../recorded-line";
import { presetRules } from "../rules/preset";
import type { Area } from "./area";
import { type Merge, mergeByDefinition, type NamedDomain, settingsByDefinition } from "./preset-definition";

export interface PresetCase {
  readonly vm: VirtualMachine;
  readonly presets: readonly VirtualMachinePreset[];
  /** The domains of the presets that match, and of the machine. */
  readonly matched: readonly NamedDomain[];
  readonly domain: unknown;
  /** The machine is marked as one that wants no presets. */
  readonly excluded: boolean;
  /** What the definition of a setting makes of it. */
  readonly merge: Merge;
  /** Undefined where the original crashed. */
  readonly answer: RecordedAnswer | undefined;
  /** The release filled in defaults after presets. */
  readonly defaulted: boolean;
}

interface RecordedAnswer {
  readonly domain: unknown;
  readonly applied: readonly string[];
  readonly invalid: readonly string[];
  /** `preset group` of each setting, or group of settings, that gave way. */
  readonly overridden: readonly string[];
  readonly conflicts: readonly string[];
}

export const presetArea: Area<PresetCase> = {
  name: "preset",
  read: readCase,
  compare(recorded) {
    const result = applyPresets(recorded.vm, recorded.presets);
    const { answer } = recorded;
    if (answer === undefined) return [{ at: "answer", ours: "an answer", theirs: "a crash" }];
    return [...differencesOfDefinition(recorded, result), ...differencesOfAnswer(recorded, answer, result)];
  },
  rules: presetRules,
};

function readCase({ input, expect, release }: RecordedLine): PresetCase | undefined {
  const { vm, presets } = input;
  if (!isObject(vm) || !Array.isArray(presets)) return undefined;
  const crashed = child(expect, "panic") !== undefined;
  const answer = crashed ? undefined : readAnswer(expect);
  if (answer === undefined && !crashed) return undefined;
  const names = items(child(expect, "matched"));
  const annotation = childAt(vm, ["metadata", "annotations", "virtualmachinepresets.admission.kubevirt.io/exclude"]);
  const excluded = annotation === "true";
  const matched = presets
    .map((preset) => ({
      name: String(childAt(preset, ["metadata", "name"])),
      domain: childAt(preset, ["spec", "domain"]),
    }))
    .filter(({ name }) => names.includes(name));
  const domain = childAt(vm, ["spec", "domain"]);
  return {
    vm: vm as unknown as VirtualMachine,
    presets: presets as unknown as VirtualMachinePreset[],
    matched,
    domain,
    excluded,
    merge: mergeByDefinition(domain, excluded ? [] : matched),
    answer,
    defaulted: release !== "v0.5.0" && child(expect, "success") === true && !excluded,
  };
}

function readAnswer(expect: RecordedLine["expect"]): RecordedAnswer | undefined {
  const vm = child(expect, "vmCanonical") ?? child(expect, "vm");
  if (!isObject(vm)) return undefined;
  const events = items(child(expect, "events")).map((event) => ({
    named: /'([^']+)'/.exec(String(child(event, "message")))?.[1] ?? "",
    reason: child(event, "reason"),
    groups: items(child(event, "conflictFields")).map((field) => groupOf(String(field).replace(/^spec\./, ""))),
  }));
  const failed = events.filter(({ reason }) => reason === "PresetFailed");
  return {
    domain: childAt(vm, ["spec", "domain"]),
    applied: items(child(expect, "annotated")).map(String),
    invalid: failed.filter(({ groups }) => groups.length === 0).map(({ named }) => named),
    overridden: events
      .filter(({ reason }) => reason === "Override")
      .flatMap(({ named, groups }) => groups.map((group) => `${named} ${group}`)),
    conflicts: failed.flatMap(({ groups }) => groups),
  };
}

/**
 * What the original compared as one: `features` for every feature, `clock.timer` for every timer. Takes its own names
 * (`clock.clockoffset`, `resources.requests[memory]`) and this project's paths below the domain.
 */
export function groupOf(path: string): string {
  const request = /^resources\.requests(?:\.|\[)(.+?)\]?$/.exec(path)?.[1];
  if (request !== undefined) return `resources.requests.${request}`;
  if (/^clock\.(clockoffset|timezone|utc|offset)/.test(path)) return "clock.offset";
  return /^(features|clock\.timer|cpu|firmware|devices\.watchdog)\b/.exec(path)?.[0] ?? path;
}

/** Nothing explains a difference from the definition. */
function differencesOfDefinition({ merge }: PresetCase, result: AppliedPresets): readonly Difference[] {
  const applied = merge.claims.filter(({ fate }) => merge.conflicts.length === 0 && fate !== "overridden");
  const expected = new Map([
    ...[...merge.settings].map(([path, text]) => [path, text] as const),
    ...merge.conflicts.map((path) => [`conflict ${path}`, "yes"] as const),
    ...applied.map(({ preset }) => [`applied ${preset}`, "yes"] as const),
  ]);
  const ours = new Map([
    ...settingsByDefinition(childAt(result.vm, ["spec", "domain"])),
    ...result.conflicts.map(({ field }) => [`conflict ${settingPath(field)}`, "yes"] as const),
    ...result.applied.map((name) => [`applied ${name}`, "yes"] as const),
  ]);
  return differencesOf(ours, expected).map(({ at, ...rest }) => ({ at: `by definition, ${at}`, ...rest }));
}

/** Path of a setting below the domain, as the definition has it. */
function settingPath(field: string): string {
  const path = field
    .replace(/^spec\.domain\./, "")
    .replace(/\[name=(.*)\]$/, "[$1]")
    .replace(/\["(.*)"\]$/, ".$1");
  if (path === "clock.timezone" || path === "clock.utc") return "clock.offset";
  return path === "watchdog" ? "devices.watchdog" : path;
}

/** Where one answer is a conflict and the other none, that is the difference; the rest follows from it. */
function differencesOfAnswer(
  { defaulted }: PresetCase,
  answer: RecordedAnswer,
  result: AppliedPresets,
): readonly Difference[] {
  const conflicts = differencesOf(
    marks(
      "conflict",
      result.conflicts.map(({ field }) => groupOf(settingPath(field))),
    ),
    marks("conflict", answer.conflicts),
  );
  const bothAgree = result.conflicts.length > 0 === answer.conflicts.length > 0;
  if (!bothAgree || result.conflicts.length > 0) return conflicts;
  const vm = defaulted ? effectiveVirtualMachine(result.vm) : result.vm;
  const overridden = result.overridden.map(({ preset, field }) => `${preset} ${groupOf(settingPath(field))}`);
  return [
    ...differencesOf(settingsByDefinition(childAt(vm, ["spec", "domain"])), settingsByDefinition(answer.domain)).filter(
      (difference) => !isPlainAcpi(difference),
    ),
    ...differencesOf(marks("applied", result.applied), marks("applied", answer.applied)),
    ...differencesOf(marks("override", overridden), marks("override", answer.overridden)),
    ...differencesOf(
      marks(
        "invalid",
        result.invalid.map(({ preset }) => preset),
      ),
      marks("invalid", answer.invalid),
    ),
  ];
}

/** An empty `acpi` and none mean the same, and recorded objects do not tell them apart. */
function isPlainAcpi({ at, ours, theirs }: Difference): boolean {
  return at === "features.acpi" && [ours, theirs].every((text) => text === undefined || text === '{"enabled":true}');
}

function marks(what: string, names: readonly string[]): ReadonlyMap<string, string> {
  return new Map(names.map((name) => [`${what} ${name}`, "yes"]));
}
