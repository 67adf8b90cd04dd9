/** What the manifest commands make of an object: its defaults filled in, and the machine that it is or makes. */
import type { VirtualMachine } from "../../api/v1alpha1/virtual-machine";
import type { VirtualMachinePreset } from "../../api/v1alpha1/virtual-machine-preset";
import type { VirtualMachineTemplateSpec } from "../../api/v1alpha1/virtual-machine-template";
import { effectiveVirtualMachine } from "../../core/defaults";
import { child, childAt, type JsonObject } from "../../core/json-tree";
import { isMachine, namespaceOf, templateOf, withTemplate } from "../../core/presets/object";
import { templateField } from "../../core/presets/template";

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
