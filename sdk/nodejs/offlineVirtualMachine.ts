import type * as pulumi from "@pulumi/pulumi";
import { type ConnectionArgument, connectionProps } from "./connection";
import { declaredPresets } from "./declaredPresets";
import { withSecretTemplateData } from "./inputs";
import { KubevirtResource, metadataOf } from "./resource";
import type * as inputs from "./types/input";
import type * as outputs from "./types/output";

const kind = "OfflineVirtualMachine";

export interface OfflineVirtualMachineArgs {
  /** Name, namespace, labels and annotations, as for a VirtualMachine. The machine has the same name. */
  readonly metadata?: pulumi.Input<inputs.ObjectMeta>;
  /** The machine, and whether it should run. A change of the template takes effect when it is next started. */
  readonly spec: pulumi.Input<inputs.OfflineVirtualMachineSpec>;
  /** The cluster, where it is not the stack's. Another one later replaces nothing, and must lead to the same cluster. */
  readonly connection?: ConnectionArgument;
}

/**
 * A virtual machine that is made again whenever it has ended, was deleted or lost its node, as long as its strategy is
 * `Always`. `pulumi up` waits until it runs, or until it has stopped when the strategy is `Halted`; the annotations
 * `pulumi.com/skipAwait`, `pulumi.com/timeoutSeconds` and `pulumi.com/waitFor` work as for a VirtualMachine.
 */
export class OfflineVirtualMachine extends KubevirtResource {
  declare public readonly metadata: pulumi.Output<outputs.ObjectMeta>;
  /** The spec as it was sent, with the settings of the program's presets in its template. */
  declare public readonly spec: pulumi.Output<outputs.OfflineVirtualMachineSpec>;
  declare public readonly status: pulumi.Output<outputs.OfflineVirtualMachineStatus>;
  /** Address at which the guest can be reached; empty while there is none. */
  declare public readonly ipAddress: pulumi.Output<string>;
  /** Node that runs the machine; empty while none does. */
  declare public readonly nodeName: pulumi.Output<string>;
  /** Whether its VirtualMachine is there. */
  declare public readonly created: pulumi.Output<boolean>;
  /** Whether its VirtualMachine runs. */
  declare public readonly ready: pulumi.Output<boolean>;

  constructor(name: string, args: OfflineVirtualMachineArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      kind,
      name,
      {
        metadata: metadataOf(kind, name, args.metadata, opts),
        spec: withSecretTemplateData(args.spec),
        ...connectionProps(args.connection),
        presets: declaredPresets(args.connection),
        status: undefined,
        ipAddress: undefined,
        nodeName: undefined,
        created: undefined,
        ready: undefined,
      },
      opts,
    );
  }
}
