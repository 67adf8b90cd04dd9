import type * as pulumi from "@pulumi/pulumi";
import { type ConnectionArgument, connectionProps } from "./connection";
import { declaredPresets } from "./declaredPresets";
import { withSecretUserData } from "./inputs";
import { KubevirtResource, metadataOf } from "./resource";
import type * as inputs from "./types/input";
import type * as outputs from "./types/output";

const kind = "VirtualMachine";

export interface VirtualMachineArgs {
  /**
   * Name, namespace, labels and annotations. Without a name, the machine is called after the resource, with a suffix, or as
   * the stack's `pulumi:autonaming` wants it. Without a namespace, it is put in the connection's.
   */
  readonly metadata?: pulumi.Input<inputs.ObjectMeta>;
  /** The machine. A change of it replaces the machine. */
  readonly spec: pulumi.Input<inputs.VirtualMachineSpec>;
  /** The cluster, where it is not the stack's. Another one later replaces nothing, and must lead to the same cluster. */
  readonly connection?: ConnectionArgument;
}

/**
 * A virtual machine that runs once: when it has ended, it is not started again. `pulumi up` waits until it runs; set the
 * annotation `pulumi.com/skipAwait: "true"` not to wait, `pulumi.com/timeoutSeconds` to wait for longer or less than five
 * minutes, or `pulumi.com/waitFor` to wait for what the guest does, such as `tcp:22`.
 */
export class VirtualMachine extends KubevirtResource {
  declare public readonly metadata: pulumi.Output<outputs.ObjectMeta>;
  /** The spec as it was sent, with the settings of the program's presets in it. */
  declare public readonly spec: pulumi.Output<outputs.VirtualMachineSpec>;
  declare public readonly status: pulumi.Output<outputs.VirtualMachineStatus>;
  /** Address at which the guest can be reached; empty until it runs. */
  declare public readonly ipAddress: pulumi.Output<string>;
  /** Node that runs the machine; empty until there is one. */
  declare public readonly nodeName: pulumi.Output<string>;
  /** Pending, Scheduling, Scheduled, Running, Succeeded, Failed or Unknown. */
  declare public readonly phase: pulumi.Output<string>;
  /** Whether the guest runs. */
  declare public readonly ready: pulumi.Output<boolean>;

  constructor(name: string, args: VirtualMachineArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      kind,
      name,
      {
        metadata: metadataOf(kind, name, args.metadata, opts),
        spec: withSecretUserData(args.spec),
        ...connectionProps(args.connection),
        presets: declaredPresets(args.connection),
        status: undefined,
        ipAddress: undefined,
        nodeName: undefined,
        phase: undefined,
        ready: undefined,
      },
      opts,
    );
  }
}
