/**
 * Applies presets to the template of an object that makes machines. A template is the machine to be: its labels choose
 * the presets, and the marks of what was applied go into its annotations, so that nothing is applied to the machine again.
 */
import { apiVersion } from "../../api/v1alpha1/group";
import type { VirtualMachinePreset } from "../../api/v1alpha1/virtual-machine-preset";
import type { VirtualMachineTemplateSpec } from "../../api/v1alpha1/virtual-machine-template";
import { type AppliedPresets, type ApplyPresetsOptions, applyPresets } from "./apply";

/** Where the objects that make machines keep their template. */
export const templateField = "spec.template";

export interface PresetsOfTemplate extends Omit<AppliedPresets, "vm"> {
  /** The template with its presets; the one that was given when there is a conflict or nothing to apply. */
  readonly template: VirtualMachineTemplateSpec;
}

/**
 * `namespace` is the owner's. Conflicts have paths from the owner's root; overridden settings and the provenance have
 * paths from the machine's, as in the machine's own annotation.
 */
export function applyPresetsToTemplate(
  template: VirtualMachineTemplateSpec,
  namespace: string | undefined,
  presets: readonly VirtualMachinePreset[],
  options: ApplyPresetsOptions = {},
): PresetsOfTemplate {
  const { namespace: own, ...metadata } = template.metadata ?? {};
  const { vm, conflicts, ...rest } = applyPresets(
    {
      apiVersion,
      kind: "VirtualMachine",
      metadata: { ...metadata, ...(namespace === undefined ? {} : { namespace }) },
      spec: template.spec,
    },
    presets,
    options,
  );
  if (rest.applied.length === 0) {
    const field = (path: string) => `${templateField}.${path}`;
    return { ...rest, template, conflicts: conflicts.map((error) => ({ ...error, field: field(error.field) })) };
  }
  const { namespace: _owners, ...annotated } = vm.metadata;
  return {
    ...rest,
    conflicts,
    template: {
      ...template,
      metadata: { ...annotated, ...(own === undefined ? {} : { namespace: own }) },
      spec: vm.spec,
    },
  };
}
