/**
 * An object with the presets that concern it: a machine itself, or the template of one. What comes out is validated once
 * more, since presets that are sound by themselves may make a machine that is not.
 */
import type { VirtualMachine } from "../../api/v1alpha1/virtual-machine";
import type { VirtualMachinePreset } from "../../api/v1alpha1/virtual-machine-preset";
import type { VirtualMachineTemplateSpec } from "../../api/v1alpha1/virtual-machine-template";
import type { FieldError } from "../field-error";
import { child, childAt, isObject, type JsonObject, nothingUnknown } from "../json-tree";
import { validateObject } from "../validation";
import { type AppliedPresets, type ApplyPresetsOptions, applyPresets } from "./apply";
import { withOrigin } from "./origin";
import { applyPresetsToTemplate, templateField } from "./template";

export interface WithPresets {
  /** The object with its presets; the one that was given when there is a conflict. */
  readonly object: JsonObject;
  /** Conflicts, and what is wrong with the machine only now that it has its presets. */
  readonly faults: readonly FieldError[];
  readonly warnings: readonly FieldError[];
  /** Path of each setting that was given, from the object's root → name of the preset. */
  readonly provenance: Readonly<Record<string, string>>;
}

/** `object` has passed validation, and so have the presets. Undefined when no preset has a part in it. */
export function withPresets(
  object: JsonObject,
  presets: readonly VirtualMachinePreset[],
  options: ApplyPresetsOptions = {},
): WithPresets | undefined {
  // Metadata that is not known as a whole hides the labels by which presets choose, and cannot be annotated.
  if (presets.length === 0 || !isObject(child(object, "metadata"))) return undefined;
  if (isMachine(object)) {
    const { vm, ...applied } = applyPresets(object, presets, options);
    return judged({ given: object, merged: { ...vm }, machine: vm, prefix: "" }, applied, options);
  }
  const template = templateOf(object);
  const isUnknown = options.isUnknown ?? nothingUnknown;
  if (template === undefined || !isObject(template.spec) || isUnknown(template.metadata)) return undefined;
  const { template: filled, ...applied } = applyPresetsToTemplate(template, namespaceOf(object), presets, options);
  const merged = withTemplate(object, filled);
  return judged({ given: object, merged, machine: filled, prefix: `${templateField}.` }, applied, options);
}

interface Candidate {
  readonly given: JsonObject;
  readonly merged: JsonObject;
  /** What the presets' paths lead into. */
  readonly machine: unknown;
  /** Path of the machine from the object's root. */
  readonly prefix: string;
}

function judged(
  { given, merged, machine, prefix }: Candidate,
  { conflicts, applied, provenance }: Omit<AppliedPresets, "vm">,
  options: ApplyPresetsOptions,
): WithPresets | undefined {
  if (conflicts.length > 0) return { object: given, faults: conflicts, warnings: [], provenance: {} };
  if (applied.length === 0) return undefined;
  const { errors, warnings } = validateObject(merged, options);
  const faults = errors.map((error) => {
    const field = error.field.startsWith(prefix) ? error.field.slice(prefix.length) : error.field;
    return { ...withOrigin({ ...error, field }, { vm: machine, provenance }), field: error.field };
  });
  const places = Object.entries(provenance).map(([path, preset]) => [`${prefix}${path}`, preset]);
  return { object: merged, faults, warnings, provenance: Object.fromEntries(places) };
}

/** What has passed validation has the type of its kind. */
export function isMachine(object: JsonObject): object is JsonObject & VirtualMachine {
  return child(object, "kind") === "VirtualMachine";
}

export function templateOf(object: JsonObject): VirtualMachineTemplateSpec | undefined {
  const template = childAt(object, templateField.split("."));
  return isTemplate(template) ? template : undefined;
}

function isTemplate(value: unknown): value is VirtualMachineTemplateSpec {
  return isObject(value);
}

export function withTemplate(object: JsonObject, template: VirtualMachineTemplateSpec): JsonObject {
  const spec = child(object, "spec");
  return { ...object, spec: { ...(isObject(spec) ? spec : {}), template } };
}

export function namespaceOf(object: JsonObject): string | undefined {
  const namespace = childAt(object, ["metadata", "namespace"]);
  return typeof namespace === "string" ? namespace : undefined;
}
