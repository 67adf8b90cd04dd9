/**
 * The check verb: presets merged, the namespace filled in, every fault found, before anything is created. What it
 * returns is what the preview shows and what create sends.
 */
import type { VirtualMachine } from "../api/v1alpha1/virtual-machine";
import type { VirtualMachinePreset } from "../api/v1alpha1/virtual-machine-preset";
import { type FieldError, renderFieldError } from "../core/field-error";
import { applyPresets } from "../core/presets/apply";
import { withOrigin } from "../core/presets/origin";
import { type ValidationResult, validateObject } from "../core/validation";
import {
  autonamedAnnotation,
  type Fields,
  isFields,
  isUnknown,
  metadataOf,
  stringMap,
  toObject,
  unknownKeys,
} from "./inputs";

export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

export interface CheckResult {
  readonly inputs: Fields;
  readonly failures: readonly CheckFailure[];
  /** One line each, for the engine's log. */
  readonly warnings: readonly string[];
}

export interface CheckContext {
  readonly kind: string;
  /** Namespace of the connection. */
  readonly defaultNamespace: string;
}

/** `olds` are the inputs of the last update, empty for a new resource. */
export function check(context: CheckContext, olds: Fields, news: Fields): CheckResult {
  const errors: FieldError[] = [...unknownKeys(news)];
  let object = withKeptName(olds, withNamespace(toObject(context.kind, news), context.defaultNamespace));
  const presets = context.kind === "VirtualMachine" ? presetsFor(news, context.defaultNamespace) : [];
  const own = validateObject(object, { isUnknown });
  errors.push(...own.errors);

  let warnings = errors.length === 0 ? own.warnings : [];
  // Metadata that is not known as a whole hides the labels by which presets choose, and cannot be annotated.
  if (isSound<VirtualMachine>("VirtualMachine", object, own) && presets.length > 0 && isFields(object.metadata)) {
    const merged = applyPresets(object, presets, { isUnknown });
    errors.push(...merged.conflicts);
    if (merged.conflicts.length === 0) {
      object = { ...merged.vm };
      const effective = validateObject(object, { isUnknown });
      errors.push(...effective.errors.map((error) => withOrigin(error, merged)));
      warnings = effective.warnings;
    }
  }
  const subject = `${context.kind} ${String(metadataOf(object).name ?? "")}`.trim();
  return {
    inputs: { metadata: object.metadata, spec: object.spec },
    // Without a property: the engine would look the path up as one top-level key and print an empty value for it.
    failures: errors.map((error) => ({ property: "", reason: renderFieldError(error) })),
    warnings: warnings.map((warning) => `${subject}: ${renderFieldError(warning)}`),
  };
}

function withNamespace(object: Fields, defaultNamespace: string): Fields {
  if (!isFields(object.metadata)) return object;
  const namespace = object.metadata.namespace ?? defaultNamespace;
  return { ...object, metadata: { ...object.metadata, namespace } };
}

/** A stack that is renamed, or a resource that is moved, makes another name; the machine is the same and keeps its own. */
function withKeptName(olds: Fields, object: Fields): Fields {
  const before = metadataOf(olds);
  const after = metadataOf(object);
  const made = (metadata: Fields) => stringMap(metadata.annotations)[autonamedAnnotation] === "true";
  if (!made(before) || !made(after) || typeof before.name !== "string") return object;
  return { ...object, metadata: { ...after, name: before.name } };
}

/** The presets that the program declares and that are valid; a faulty one is reported by its own resource. */
function presetsFor(news: Fields, defaultNamespace: string): readonly VirtualMachinePreset[] {
  if (!Array.isArray(news.presets)) return [];
  return news.presets
    .filter(isFields)
    .map((preset) => withNamespace(toObject("VirtualMachinePreset", preset), defaultNamespace))
    .filter((preset): preset is Fields & VirtualMachinePreset =>
      isSound<VirtualMachinePreset>("VirtualMachinePreset", preset, validateObject(preset, { isUnknown })),
    );
}

/** What validation has passed has the type of its kind, but for the markers that a preview puts anywhere. */
function isSound<T extends { readonly kind: string }>(
  kind: T["kind"],
  object: Fields,
  { errors }: ValidationResult,
): object is Fields & T {
  return object.kind === kind && errors.length === 0;
}
