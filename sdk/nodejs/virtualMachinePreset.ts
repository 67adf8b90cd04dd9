import * as pulumi from "@pulumi/pulumi";
import { declarePreset } from "./declaredPresets";
import { virtualMachinePresetForwarder } from "./forwarder";
import { namedMetadata } from "./inputs";
import { resourceOptions, urnOf } from "./options";
import type * as inputs from "./types/input";
import type * as outputs from "./types/output";

const type = "VirtualMachinePreset";

export interface VirtualMachinePresetArgs {
  /** Name, namespace, labels and annotations, as for a VirtualMachine. */
  readonly metadata?: pulumi.Input<inputs.ObjectMeta>;
  /** Which machines get which settings. Without a selector, all of the namespace do. */
  readonly spec: pulumi.Input<inputs.VirtualMachinePresetSpec>;
}

/**
 * Settings for every machine whose labels match. A machine's own settings win; two presets that give one setting
 * different values are an error that a preview shows. Machines that run already are not changed.
 */
export class VirtualMachinePreset extends pulumi.dynamic.Resource {
  declare public readonly metadata: pulumi.Output<outputs.ObjectMeta>;
  declare public readonly spec: pulumi.Output<outputs.VirtualMachinePresetSpec>;

  constructor(name: string, args: VirtualMachinePresetArgs, opts?: pulumi.CustomResourceOptions) {
    const urn = urnOf(name, type, opts);
    const declared = { metadata: namedMetadata(args.metadata, { name, urn }), spec: args.spec };
    declarePreset(declared);
    super(virtualMachinePresetForwarder, name, { ...declared }, resourceOptions(opts), "kubevirt", type);
  }
}
