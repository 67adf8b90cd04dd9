/**
 * Kinds that clients ask for and of which this engine has no object: its machines are started by the agent itself, and
 * reached at their own addresses. What is asked for is answered with the empty list.
 */
import { anything } from "../schema/shorthand";
import { coreResource } from "./core";

const fields = { spec: anything, status: anything };

/** Left out of discovery; `kubectl describe` of claims and nodes stops when it cannot ask for pods. */
export const pods = coreResource({
  kind: "Pod",
  description: "A pod of containers. There are none here.",
  fields,
  plural: "pods",
  singular: "pod",
  verbs: ["list", "watch"],
  listed: false,
  selectableFields: { "spec.nodeName": () => "", "status.phase": () => "" },
});

/** `kubectl cluster-info` looks for those of the cluster before it tells the server's address. */
export const services = coreResource({
  kind: "Service",
  description: "An address in front of pods. There are none here: machines are reached at their own addresses.",
  fields,
  plural: "services",
  singular: "service",
  shortNames: ["svc"],
  verbs: ["get", "list", "watch"],
});
