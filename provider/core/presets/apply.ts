/**
 * Applies presets to one machine. The machine's own settings win; settings it leaves open come from the presets that
 * match it; presets that disagree about an open setting are a conflict, and then nothing is applied at all. The order
 * of the presets does not matter. The same function serves a program's preview and the controller.
 */

import { apiVersion } from "../../api/v1alpha1/group";
import type { VirtualMachine } from "../../api/v1alpha1/virtual-machine";
import type { VirtualMachinePreset } from "../../api/v1alpha1/virtual-machine-preset";
import type { FieldError } from "../field-error";
import { childAt, type IsUnknown, isObject, nothingUnknown, parsedOrNothing } from "../json-tree";
import { conflictOf, type Offer } from "./conflicts";
import { type MatchedPreset, matchPresets, presetAnnotationPrefix } from "./match";
import { withDomain, withSettings } from "./merge";
import { sameMeaning } from "./same-meaning";
import { isHiddenByUnknown, type Setting, settingsOf } from "./settings";

/** Tells, as a JSON object, which preset gave which setting. */
export const provenanceAnnotation = "presets.virtualmachines.kubevirt.io/provenance";

export interface ApplyPresetsOptions {
  /** Recognises the marker of a value that is not known yet. */
  readonly isUnknown?: IsUnknown;
}

/** A setting of a preset that gave way to the machine's own. */
export interface OverriddenSetting {
  readonly preset: string;
  readonly field: string;
  /** The machine's value. */
  readonly ours: unknown;
  /** The preset's value. */
  readonly theirs: unknown;
}

export interface AppliedPresets {
  /** The machine with its presets; the one that was given when there is a conflict or nothing to apply. */
  readonly vm: VirtualMachine;
  /** Names of the presets of which at least one setting is in effect, in order. */
  readonly applied: readonly string[];
  readonly overridden: readonly OverriddenSetting[];
  /** Presets that could not be used, with the reason; the others are used without them. */
  readonly invalid: readonly { readonly preset: string; readonly detail: string }[];
  readonly conflicts: readonly FieldError[];
  /** Path of each setting that was given → name of the preset that gave it. */
  readonly provenance: Readonly<Record<string, string>>;
}

export function applyPresets(
  vm: VirtualMachine,
  presets: readonly VirtualMachinePreset[],
  options: ApplyPresetsOptions = {},
): AppliedPresets {
  const isUnknown = options.isUnknown ?? nothingUnknown;
  const domain = childAt(vm, ["spec", "domain"]);
  const { matched, invalid } = matchPresets(vm, presets, isUnknown);
  const nothing = { vm, applied: [], overridden: [], invalid, conflicts: [], provenance: {} };
  if (isUnknown(domain) || !isObject(domain) || matched.length === 0) return nothing;

  const { inEffect, overridden, open } = compare(domain, matched, isUnknown);
  const conflicts: FieldError[] = [];
  const given: Offer[] = [];
  for (const offers of open.values()) {
    const conflict = conflictOf(offers, isUnknown);
    if (conflict !== undefined) conflicts.push(conflict);
    given.push(...chosen(offers, isUnknown));
    for (const offer of offers) inEffect.add(offer.preset);
  }
  if (conflicts.length > 0) return { ...nothing, overridden, conflicts };
  if (inEffect.size === 0) return { ...nothing, overridden };

  const applied = [...inEffect].sort();
  const provenance = provenanceOf(given);
  const merged = withSettings(domain, given);
  return { vm: withPresets(vm, merged, applied, provenance), applied, overridden, invalid, conflicts, provenance };
}

interface Comparison {
  /** Presets that say what the machine says already. */
  readonly inEffect: Set<string>;
  readonly overridden: readonly OverriddenSetting[];
  /** Slots that the machine leaves open, with what is offered for them. */
  readonly open: ReadonlyMap<string, readonly Offer[]>;
}

function compare(domain: unknown, presets: readonly MatchedPreset[], isUnknown: IsUnknown): Comparison {
  const own = new Map<string, Setting>();
  for (const setting of settingsOf(domain)) own.set(setting.slot, setting);
  const inEffect = new Set<string>();
  const overridden: OverriddenSetting[] = [];
  const open = new Map<string, Offer[]>();
  for (const { name: preset, domain: theirs } of presets) {
    for (const setting of settingsOf(theirs)) {
      const ours = own.get(setting.slot);
      if (ours !== undefined) {
        if (sameMeaning(ours, setting, isUnknown)) inEffect.add(preset);
        else overridden.push({ preset, field: setting.field, ours: ours.value, theirs: setting.value });
      } else if (!isHiddenByUnknown(domain, setting, isUnknown)) {
        const offers = open.get(setting.slot);
        const offer = { preset, setting };
        if (offers === undefined) open.set(setting.slot, [offer]);
        else offers.push(offer);
      }
    }
  }
  return { inEffect, overridden, open };
}

/** Among offers that mean the same: one that is known, of the first preset by name. */
function chosen(offers: readonly Offer[], isUnknown: IsUnknown): readonly Offer[] {
  if (offers.length === 1) return offers;
  const offer = offers.find(({ setting }) => !isUnknown(setting.value)) ?? offers[0];
  return offer === undefined ? [] : [offer];
}

/** Path of each setting, in order → the preset that gave it. */
function provenanceOf(given: readonly Offer[]): Readonly<Record<string, string>> {
  const provenance: Record<string, string> = {};
  const inOrder = [...given].sort((left, right) => (left.setting.field < right.setting.field ? -1 : 1));
  for (const { setting, preset } of inOrder) provenance[setting.field] = preset;
  return provenance;
}

/** The machine with its domain and the notes about where that came from. */
function withPresets(
  vm: VirtualMachine,
  domain: unknown,
  applied: readonly string[],
  provenance: Readonly<Record<string, string>>,
): VirtualMachine {
  const notes: Record<string, string> = {};
  for (const name of applied) notes[`${presetAnnotationPrefix}${name}`] = apiVersion;
  if (Object.keys(provenance).length > 0) {
    const earlier = earlierProvenance(vm);
    const all = earlier === undefined ? provenance : sortedByKey({ ...earlier, ...provenance });
    notes[provenanceAnnotation] = JSON.stringify(all);
  }
  return withDomain(vm, domain, notes);
}

/** What an earlier application noted, if one did. A note that is no JSON object is somebody else's and is replaced. */
function earlierProvenance(vm: VirtualMachine): Readonly<Record<string, unknown>> | undefined {
  const note = childAt(vm, ["metadata", "annotations", provenanceAnnotation]);
  if (typeof note !== "string") return undefined;
  const parsed = parsedOrNothing(note);
  return isObject(parsed) ? parsed : undefined;
}

function sortedByKey(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1)));
}
