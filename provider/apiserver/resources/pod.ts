/**
 * Pods, of which this engine has none: its machines are started by the agent itself. The empty list is answered, and
 * left out of discovery, since `kubectl describe` of claims and nodes stops when it cannot ask for pods.
 */
import type { ResourceDefinition } from "../registry";
import { anything } from "../schema/shorthand";
import { coreResource } from "./core";

export const pods: ResourceDefinition = coreResource({
  kind: "Pod",
  description: "A pod of containers. There are none here.",
  fields: { spec: anything, status: anything },
  plural: "pods",
  singular: "pod",
  verbs: ["list", "watch"],
  listed: false,
  selectableFields: { "spec.nodeName": () => "", "status.phase": () => "" },
});
