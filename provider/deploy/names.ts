/** What the parts of the control plane are called on a cluster. */
import { group } from "../api/v1alpha1/group";

export const controllerName = "virt-controller";
export const agentName = "virt-agent";
export const launcherImageName = "virt-launcher";
export const metricsServiceName = "virt-metrics";

export const controllerMetricsPort = 8080;
export const agentMetricsPort = 9090;

/** A cluster's own roles are in no namespace: a prefix keeps them apart from others'. */
export const controllerRoleName = `${group}:controller`;
export const agentRoleName = `${group}:agent`;

/** How an API server calls a service account. */
export const userName = (namespace: string, account: string): string => `system:serviceaccount:${namespace}:${account}`;
