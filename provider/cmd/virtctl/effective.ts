/** An object of a manifest with the manifest's presets in it: a machine itself, or the template of one. */
import type { VirtualMachine } from "../../api/v1alpha1/virtual-machine";
import type { VirtualMachinePreset } from "../../api/v1alpha1/virtual-machine-preset";
import type { VirtualMachineTemplateSpec } from "../../api/v1alpha1/virtual-machine-template";
import { effectiveVirtualMachine } from "../../core/defaults";
import type { FieldError } from "../../core/field-error";
import { child, childAt, isObject, type JsonObject } from "../../core/json-tree";
import { type AppliedPresets, applyPresets } from "../../core/presets/apply";
import { withOrigin } from "../../core/presets/origin";
import { applyPresetsToTemplate, templateField } from "../../core/presets/template";
import { validateObject } from "../../core/validation";

export interface WithPresets {
  readonly object: JsonObject;
  /** Conflicts, and what is wrong with the machine only now that it has its presets. */
  readonly faults: readonly FieldError[];
  readonly warnings: readonly FieldError[];
  /** Path of each setting that was given, from the object's root → name of the preset. */
  readonly provenance: Readonly<Record<string, string>>;
}

/** `object` has passed validation, and so have the presets. Undefined when no preset has a part in it. */
export function withPresets(object: JsonObject, presets: readonly VirtualMachinePreset[]): WithPresets | undefined {
  if (isMachine(object)) {
    const applied = applyPresets(object, presets);
    return judged({ ...applied.vm }, "", applied);
  }
  const template = templateOf(object);
  if (template === undefined) return undefined;
  const { template: merged, ...applied } = applyPresetsToTemplate(template, namespaceOf(object), presets);
  return judged(withTemplate(object, merged), `${templateField}.`, { ...applied, vm: machineOf(object, merged) });
}

/** The object with every default filled in. `object` has passed validation. */
export function withDefaults(object: JsonObject): JsonObject {
  if (isMachine(object)) return { ...effectiveVirtualMachine(object) };
  const template = templateOf(object);
  if (template === undefined) return object;
  return withTemplate(object, { ...template, spec: effectiveVirtualMachine(machineOf(object, template)).spec });
}

/** The machine that an object is or makes; undefined for other objects. `object` has passed validation. */
export function machineIn(object: JsonObject): VirtualMachine | undefined {
  if (isMachine(object)) return object;
  const template = templateOf(object);
  return template === undefined ? undefined : machineOf(object, template);
}

/** Path from the object's root of a path from the root of its machine. */
export function fieldInObject(object: JsonObject, field: string): string {
  return templateOf(object) === undefined ? field : `${templateField}.${field}`;
}

/** What has passed validation has the type of its kind. */
export function isPreset(object: JsonObject): object is JsonObject & VirtualMachinePreset {
  return child(object, "kind") === "VirtualMachinePreset";
}

function isMachine(object: JsonObject): object is JsonObject & VirtualMachine {
  return child(object, "kind") === "VirtualMachine";
}

function isTemplate(value: unknown): value is VirtualMachineTemplateSpec {
  return isObject(value);
}

function templateOf(object: JsonObject): VirtualMachineTemplateSpec | undefined {
  const template = childAt(object, templateField.split("."));
  return isTemplate(template) ? template : undefined;
}

function withTemplate(object: JsonObject, template: VirtualMachineTemplateSpec): JsonObject {
  const spec = child(object, "spec");
  return { ...object, spec: { ...(isObject(spec) ? spec : {}), template } };
}

function namespaceOf(object: JsonObject): string | undefined {
  const namespace = childAt(object, ["metadata", "namespace"]);
  return typeof namespace === "string" ? namespace : undefined;
}

/** Named like its owner, as the machine of an OfflineVirtualMachine is. */
function machineOf(owner: JsonObject, template: VirtualMachineTemplateSpec): VirtualMachine {
  const name = childAt(owner, ["metadata", "name"]);
  const namespace = namespaceOf(owner);
  return {
    apiVersion: "kubevirt.io/v1alpha1",
    kind: "VirtualMachine",
    metadata: {
      ...template.metadata,
      ...(typeof name === "string" ? { name } : {}),
      ...(namespace === undefined ? {} : { namespace }),
    },
    spec: template.spec,
  };
}

function judged(object: JsonObject, prefix: string, applied: AppliedPresets): WithPresets | undefined {
  const { conflicts, applied: names } = applied;
  if (conflicts.length > 0) return { object, faults: conflicts, warnings: [], provenance: {} };
  if (names.length === 0) return undefined;
  const { errors, warnings } = validateObject(object);
  const faults = errors.map((error) => {
    const own = error.field.startsWith(prefix) ? error.field.slice(prefix.length) : error.field;
    return { ...withOrigin({ ...error, field: own }, applied), field: error.field };
  });
  const provenance = Object.fromEntries(
    Object.entries(applied.provenance).map(([path, name]) => [`${prefix}${path}`, name]),
  );
  return { object, faults, warnings, provenance };
}
