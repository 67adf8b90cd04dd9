/** What is looked at of a cluster before, while and after a control plane is installed. */
import { group, kinds } from "../../api/v1alpha1/kinds";
import type { KubeObject, ResourceKind } from "../../kube/resource";

export const customResourceDefinitions = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  namespaced: false,
} as const satisfies ResourceKind;

export const deployments = {
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  namespaced: true,
} as const satisfies ResourceKind;

export const daemonSets = {
  group: "apps",
  version: "v1",
  kind: "DaemonSet",
  plural: "daemonsets",
  namespaced: true,
} as const satisfies ResourceKind;

export interface DefinitionObject extends KubeObject {
  readonly spec?: { readonly versions?: readonly { readonly name: string; readonly served?: boolean }[] };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

export const definitionNames: readonly string[] = kinds.map(({ plural }) => `${plural}.${group}`);
