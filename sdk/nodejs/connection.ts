/** The cluster of a resource, where it is not the stack's: programs with machines on several clusters. */
import * as pulumi from "@pulumi/pulumi";
import { clusterDigest } from "../../provider/lifecycle/cluster-digest";
import { mapField } from "./inputs";

/**
 * Which cluster, and where on it. What is given here counts alone: a kubeconfig without a context means its current one. A
 * context without a kubeconfig is one of the stack's kubeconfig, and a namespace alone is on the stack's cluster.
 */
export interface Connection {
  /** Path of a kubeconfig, or its text. A secret in the state. */
  readonly kubeconfig?: pulumi.Input<string>;
  /** Context of the kubeconfig. Default: its current one. */
  readonly context?: pulumi.Input<string>;
  /** Namespace of objects that name none. Default: the context's. */
  readonly namespace?: pulumi.Input<string>;
}

export type ConnectionArgument = pulumi.Input<Connection> | undefined;

/** The argument as it goes to the engine; nothing where there is none. */
export function connectionProps(connection: ConnectionArgument): { readonly connection?: unknown } {
  if (connection === undefined) return {};
  return { connection: mapField(connection, "kubeconfig", (kubeconfig) => pulumi.secret(kubeconfig)) };
}

/** Where a preset is, in words that tell nothing of its kubeconfig. */
export function placeOf(connection: ConnectionArgument): { readonly cluster: unknown; readonly namespace?: unknown } {
  if (connection === undefined) return { cluster: clusterDigest(undefined) };
  const known: pulumi.OutputInstance<Connection> = pulumi.output(connection) as pulumi.OutputInstance<Connection>;
  const shown = (value: (of: Connection) => unknown) =>
    pulumi.unsecret(known.apply((of) => String(value(of) ?? "")) as pulumi.Output<string>);
  return { cluster: shown(clusterDigest), namespace: shown(({ namespace }) => namespace) };
}
