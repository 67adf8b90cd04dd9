import type * as pulumi from "@pulumi/pulumi";
import { type ConnectionArgument, connectionProps } from "./connection";
import { declaredPresets } from "./declaredPresets";
import { withSecretTemplateData } from "./inputs";
import { KubevirtResource, metadataOf } from "./resource";
import type * as inputs from "./types/input";
import type * as outputs from "./types/output";

const kind = "VirtualMachineReplicaSet";

export interface VirtualMachineReplicaSetArgs {
  /** Name, namespace, labels and annotations, as for a VirtualMachine. The machines' names begin with the name. */
  readonly metadata?: pulumi.Input<inputs.ObjectMeta>;
  /** Which machines there should be, and how many. Another selector replaces the set and its machines. */
  readonly spec: pulumi.Input<inputs.VirtualMachineReplicaSetSpec>;
  /** The cluster, where it is not the stack's. Another one later replaces nothing, and must lead to the same cluster. */
  readonly connection?: ConnectionArgument;
}

/**
 * As many equal virtual machines as asked for. `pulumi up` waits until all of them run; the annotations
 * `pulumi.com/skipAwait`, `pulumi.com/timeoutSeconds` and `pulumi.com/waitFor` work as for a VirtualMachine.
 */
export class VirtualMachineReplicaSet extends KubevirtResource {
  declare public readonly metadata: pulumi.Output<outputs.ObjectMeta>;
  /** The spec as it was sent, with the settings of the program's presets in its template. */
  declare public readonly spec: pulumi.Output<outputs.VirtualMachineReplicaSetSpec>;
  declare public readonly status: pulumi.Output<outputs.VirtualMachineReplicaSetStatus>;
  /** How many machines there are. */
  declare public readonly replicas: pulumi.Output<number>;
  /** How many of them run. */
  declare public readonly readyReplicas: pulumi.Output<number>;
  /** Whether there are as many as asked for, and all of them run. */
  declare public readonly ready: pulumi.Output<boolean>;

  constructor(name: string, args: VirtualMachineReplicaSetArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      kind,
      name,
      {
        metadata: metadataOf(kind, name, args.metadata, opts),
        spec: withSecretTemplateData(args.spec),
        ...connectionProps(args.connection),
        presets: declaredPresets(args.connection),
        status: undefined,
        replicas: undefined,
        readyReplicas: undefined,
        ready: undefined,
      },
      opts,
    );
  }
}
