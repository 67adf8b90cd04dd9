/**
 * What is installed on a cluster: a list of Kubernetes objects from a description. Knows no cluster; the component, the
 * command line and people's own tools apply it.
 */
export { controlPlaneManifests, definitions } from "./control-plane";
export { customResourceDefinition } from "./custom-resource-definition";
export type { Manifest } from "./manifest";
export { type ControlPlaneOptions, ControlPlaneOptionsError, controlPlaneFaults, defaultNamespace } from "./options";
