/** The cluster of a resource, where it is not the stack's: programs with machines on several clusters. */
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
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
  const known: pulumi.OutputInstance<unknown> = pulumi.output<unknown>(connection ?? {});
  const field = (value: unknown, name: string): unknown =>
    typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  return {
    cluster: pulumi.unsecret(
      known.apply((value) => digestOf(field(value, "kubeconfig"), field(value, "context"))) as pulumi.Output<string>,
    ),
    ...(connection === undefined
      ? {}
      : { namespace: pulumi.unsecret(known.apply((value) => field(value, "namespace")) as pulumi.Output<string>) }),
  };
}

/** The same as clusterDigest in provider/lifecycle/own-connection.ts, which programs do not load. */
function digestOf(kubeconfig: unknown, context: unknown): string {
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return createHash("sha256")
    .update(JSON.stringify([text(kubeconfig), text(context)]))
    .digest("hex");
}
