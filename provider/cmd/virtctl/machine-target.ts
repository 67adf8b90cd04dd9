/** Which machine a command is about, and on which cluster: the flags that every such command has. */
import { type Command, InvalidArgumentError } from "commander";
import { KubeClient } from "../../kube/client";
import { loadConnection } from "../../kube/kubeconfig";

export interface MachineAddress {
  readonly namespace: string;
  readonly name: string;
}

export interface TargetFlags {
  readonly namespace?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
}

export function targeted(command: Command): Command {
  return command
    .option("-n, --namespace <namespace>", "its namespace (default: the context's)")
    .option("--kubeconfig <file>", "kubeconfig to use (default: what kubectl would use)")
    .option("--context <name>", "context of the kubeconfig (default: its current one)");
}

/** Connects as kubectl would, works, and closes the connection. */
export async function withTarget<T>(
  name: string,
  { kubeconfig, context, namespace }: TargetFlags,
  work: (client: KubeClient, address: MachineAddress) => Promise<T>,
): Promise<T> {
  const connection = await loadConnection({ kubeconfig, context, namespace });
  try {
    return await work(new KubeClient(connection, { fieldManager: "virtctl" }), {
      namespace: connection.namespace,
      name,
    });
  } finally {
    connection.close();
  }
}

/** A whole number of seconds, such as 90. */
export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!/^\d+$/.test(text) || seconds > 2_147_483) throw new InvalidArgumentError("must be a whole number of seconds.");
  return seconds;
}
