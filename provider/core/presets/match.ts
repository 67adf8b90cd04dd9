/** Which presets concern a machine: those of its namespace whose selector matches its labels, in order of name. */
import type { FieldError } from "../field-error";
import { renderFieldErrors } from "../field-error";
import { child, type IsUnknown, isObject } from "../json-tree";
import { faultsOfSelector, matchesSelector } from "../selector-match";
import { FaultList } from "../validation/faults";
import { checkHostile, isHarmless } from "../validation/hostile";

/** Says that a preset was applied to a machine, so that it is not applied again. */
export const presetAnnotationPrefix = "virtualmachinepreset.kubevirt.io/";

/** Present on machines that were processed for good: no preset concerns them any more. */
export const presetsAppliedAnnotation = "presets.virtualmachines.kubevirt.io/presets-applied";

/** Set to "true" by a person who wants no presets on a machine. */
export const excludeAnnotation = "virtualmachinepresets.admission.kubevirt.io/exclude";

export interface MatchedPreset {
  readonly name: string;
  readonly domain: unknown;
}

export interface Matches {
  readonly matched: readonly MatchedPreset[];
  readonly invalid: readonly { readonly preset: string; readonly detail: string }[];
}

export function matchPresets(vm: unknown, presets: readonly unknown[], isUnknown: IsUnknown): Matches {
  const metadata = child(vm, "metadata");
  const annotations = child(metadata, "annotations");
  const labels = child(metadata, "labels");
  const namespace = namespaceOf(metadata);
  const appliedAlready = appliedPresets(annotations);
  const matched: MatchedPreset[] = [];
  const invalid: { preset: string; detail: string }[] = [];
  const settled =
    child(annotations, presetsAppliedAnnotation) !== undefined || child(annotations, excludeAnnotation) === "true";
  for (const preset of settled ? [] : presets) {
    const own = child(preset, "metadata");
    const spec = child(preset, "spec");
    const name = child(own, "name");
    if (typeof name !== "string" || namespaceOf(own) !== namespace || isUnknown(namespace)) continue;
    if (appliedAlready.has(name)) continue;
    const selector = child(spec, "selector");
    const faults = [...faultsOfSelector(selector, "spec.selector", isUnknown), ...hostileKeys(preset, isUnknown)];
    if (faults.length > 0) invalid.push({ preset: name, detail: renderFieldErrors(faults) });
    else if (matchesSelector(selector, labels, { isUnknown })) {
      const domain = child(spec, "domain");
      if (isObject(domain) || isUnknown(domain)) matched.push({ name, domain });
      else invalid.push({ preset: name, detail: "spec.domain: must be given: the settings" });
    }
  }
  matched.sort((left, right) => compareText(left.name, right.name));
  invalid.sort((left, right) => compareText(left.preset, right.preset));
  return { matched, invalid };
}

function hostileKeys(preset: unknown, isUnknown: IsUnknown): readonly FieldError[] {
  if (isHarmless(preset)) return [];
  const faults = new FaultList(isUnknown);
  checkHostile(faults, preset);
  return faults.errors;
}

/** Names of the presets whose mark a machine carries. */
function appliedPresets(annotations: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  for (const key of Object.keys(isObject(annotations) ? annotations : {})) {
    if (key.startsWith(presetAnnotationPrefix)) names.add(key.slice(presetAnnotationPrefix.length));
  }
  return names;
}

function namespaceOf(metadata: unknown): unknown {
  return child(metadata, "namespace") ?? "default";
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
