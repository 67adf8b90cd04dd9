/** VirtualMachinePreset: settings that every machine with matching labels gets unless it has its own. */
import { z } from "zod";
import type { DeepReadonly } from "../deep-readonly";
import { LabelSelector } from "../label-selector";
import { ObjectMeta } from "../meta";
import { DomainSpec } from "./domain-spec";
import { apiVersion } from "./group";

export const VirtualMachinePresetSpec = z.strictObject({
  selector: LabelSelector.optional().describe(
    "Machines that get the settings, by their labels. Default: every machine of the namespace.",
  ),
  domain: DomainSpec.describe("The settings."),
});
export type VirtualMachinePresetSpec = DeepReadonly<z.infer<typeof VirtualMachinePresetSpec>>;

export const VirtualMachinePreset = z.strictObject({
  apiVersion: z.literal(apiVersion).describe("`kubevirt.io/v1alpha1`."),
  kind: z.literal("VirtualMachinePreset").describe("`VirtualMachinePreset`."),
  metadata: ObjectMeta.describe("Name, namespace, labels and annotations."),
  spec: VirtualMachinePresetSpec.describe("Which machines get which settings."),
});
export type VirtualMachinePreset = DeepReadonly<z.infer<typeof VirtualMachinePreset>>;
