import type * as pulumi from "@pulumi/pulumi";
import { type ConnectionArgument, connectionProps } from "./connection";
import { declarePreset } from "./declaredPresets";
import { KubevirtResource, metadataOf } from "./resource";
import type * as inputs from "./types/input";
import type * as outputs from "./types/output";

const kind = "VirtualMachinePreset";

export interface VirtualMachinePresetArgs {
  /** Name, namespace, labels and annotations, as for a VirtualMachine. */
  readonly metadata?: pulumi.Input<inputs.ObjectMeta>;
  /** Which machines get which settings. Without a selector, all of the namespace do. */
  readonly spec: pulumi.Input<inputs.VirtualMachinePresetSpec>;
  /** The cluster, where it is not the stack's. It concerns machines with the same kubeconfig and context alone. */
  readonly connection?: ConnectionArgument;
}

/**
 * Settings for every machine whose labels match. A machine's own settings win; two presets that give one setting
 * different values are an error that a preview shows. Machines that run already are not changed.
 */
export class VirtualMachinePreset extends KubevirtResource {
  declare public readonly metadata: pulumi.Output<outputs.ObjectMeta>;
  declare public readonly spec: pulumi.Output<outputs.VirtualMachinePresetSpec>;

  constructor(name: string, args: VirtualMachinePresetArgs, opts?: pulumi.CustomResourceOptions) {
    const declared = { metadata: metadataOf(kind, name, args.metadata, opts), spec: args.spec };
    declarePreset({ ...declared, connection: args.connection });
    super(kind, name, { ...declared, ...connectionProps(args.connection) }, opts);
  }
}
