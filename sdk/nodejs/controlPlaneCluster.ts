/**
 * Which cluster a control plane is installed on, and whether it may be. The objects, the look at what is there and the
 * machines of the program must all go to the same one.
 */
import { homedir } from "node:os";
import * as pulumi from "@pulumi/pulumi";
import type { Kubernetes } from "./controlPlaneObjects";
import { isHostedByPlugin } from "./hosting";
import { valueIfKnown } from "./known";

/** Empty when the environment tells. */
interface ClusterSettings {
  readonly kubeconfig?: pulumi.Input<string | undefined>;
  readonly context?: pulumi.Input<string | undefined>;
}

/** The engine tells a plugin the name of a provider, and not what is in it. */
const unseenProvider =
  "the cluster of a Kubernetes provider cannot be seen from the plugin: leave that provider out, and say which cluster it is by the stack config kubevirt:kubeconfig and kubevirt:context, or by an explicit provider of kubevirt (pulumi:providers:kubevirt)";

export interface Cluster {
  /** For the objects; undefined for the one that children have anyhow. */
  readonly provider: pulumi.ProviderResource | undefined;
  /** Where the guard finds the cluster again; empty when the stack's settings or the environment tell. */
  readonly guardSettings: ClusterSettings;
  /** Rejects with a ResourceError; a cluster that cannot be seen is warned of. */
  refuseOtherKubevirt(options: { readonly adopt: boolean }): Promise<void>;
}

/** Makes a provider, as a child of the component, where the stack config of the machines names a cluster. */
export function clusterOf(component: pulumi.Resource, name: string, kubernetes: Kubernetes): Cluster {
  const given = component.getProvider("kubernetes:core/v1:Namespace");
  if (given !== undefined && isHostedByPlugin()) throw new pulumi.ResourceError(unseenProvider, component, true);
  if (given !== undefined) return cluster(component, settingsOf(given), {});
  const own = configured("kubevirt");
  if (own !== undefined) {
    const provider = new kubernetes.Provider(`${name}-cluster`, own, { parent: component });
    // As machines do, the guard takes the stack's settings: a kubeconfig need not be in its state as well.
    return cluster(component, own, { provider, guardSettings: {} });
  }
  return cluster(component, configured("kubernetes") ?? {}, {});
}

function cluster(component: pulumi.Resource, settings: ClusterSettings, more: Partial<Cluster>): Cluster {
  return {
    provider: undefined,
    guardSettings: settings,
    refuseOtherKubevirt: async ({ adopt }) => {
      const known = await valueIfKnown(pulumi.output<unknown>(settings) as pulumi.OutputInstance<unknown>);
      // A cluster that the program itself makes is not there yet, and has nothing that could be overwritten.
      if (known === undefined) return;
      const { lookForOtherKubevirt } = await import("../../provider/lifecycle/index.js");
      const found = await lookForOtherKubevirt(known as { kubeconfig?: string; context?: string }, { adopt });
      switch (found.kind) {
        case "clear":
          return;
        case "unseen": {
          const text = `whether another KubeVirt is on the cluster could not be looked at: ${found.why}`;
          return pulumi.log.warn(text, component);
        }
        case "refused":
          throw new pulumi.ResourceError(found.message, component, true);
      }
    },
    ...more,
  };
}

function configured(project: string): { kubeconfig?: pulumi.Output<string>; context?: string } | undefined {
  const config = new pulumi.Config(project);
  const kubeconfig = config.getSecret("kubeconfig")?.apply(withHome);
  const context = config.get("context");
  if (kubeconfig === undefined && context === undefined) return undefined;
  return { ...(kubeconfig === undefined ? {} : { kubeconfig }), ...(context === undefined ? {} : { context }) };
}

/** A path in the home folder, written as for a shell, for who takes it as it is. A kubeconfig itself stays as it is. */
function withHome(kubeconfig: string): string {
  return kubeconfig.replace(/^~(?=\/)/, homedir());
}

/** A provider's arguments are its outputs too, which its class does not declare. */
function settingsOf(provider: pulumi.ProviderResource): ClusterSettings {
  const { kubeconfig, context } = provider as pulumi.ProviderResource & ClusterSettings;
  return { ...(kubeconfig === undefined ? {} : { kubeconfig }), ...(context === undefined ? {} : { context }) };
}
