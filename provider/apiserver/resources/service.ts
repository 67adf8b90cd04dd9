/**
 * Services, of which this engine has none: its machines are reached at their own addresses. They can be asked for, since
 * `kubectl cluster-info` looks for those of the cluster before it tells the server's address.
 */
import type { ResourceDefinition } from "../registry";
import { anything } from "../schema/shorthand";
import { coreResource } from "./core";

export const services: ResourceDefinition = coreResource({
  kind: "Service",
  description: "An address in front of pods. There are none here: machines are reached at their own addresses.",
  fields: { spec: anything, status: anything },
  plural: "services",
  singular: "service",
  shortNames: ["svc"],
  verbs: ["get", "list", "watch"],
});
