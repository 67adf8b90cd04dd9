/** The commands of virtctl about one machine, on whatever engine kubectl would talk to. */
import type { Command } from "commander";
import type { RunStrategy } from "../../api/v1alpha1/offline-virtual-machine";
import { KubeClient } from "../../kube/client";
import { loadConnection } from "../../kube/kubeconfig";
import { switchPower } from "./power";

interface TargetFlags {
  readonly namespace?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
}

export function addPowerCommands(root: Command, print: (text: string) => void): void {
  const add = (verb: string, description: string, wanted: RunStrategy) =>
    root
      .command(verb)
      .description(description)
      .argument("<name>", "name of the OfflineVirtualMachine")
      .option("-n, --namespace <namespace>", "its namespace (default: the context's)")
      .option("--kubeconfig <file>", "kubeconfig to use (default: what kubectl would use)")
      .option("--context <name>", "context of the kubeconfig (default: its current one)")
      .action(async (name: string, flags: TargetFlags) => print(await power(name, flags, wanted)));
  add("start", "start an OfflineVirtualMachine: runStrategy Always", "Always");
  add("stop", "stop an OfflineVirtualMachine: runStrategy Halted", "Halted");
}

async function power(
  name: string,
  { kubeconfig, context, namespace }: TargetFlags,
  wanted: RunStrategy,
): Promise<string> {
  const connection = await loadConnection({ kubeconfig, context, namespace });
  try {
    const client = new KubeClient(connection, { fieldManager: "virtctl" });
    return await switchPower(client, { namespace: connection.namespace, name }, wanted);
  } finally {
    connection.close();
  }
}
