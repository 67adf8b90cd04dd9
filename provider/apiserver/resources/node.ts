/** Nodes: the machines whose agents take part. */
import { isRecord, type KubeObject, textAt, valueAt } from "../object";
import type { ResourceDefinition } from "../registry";
import { nodeFields } from "../schema/node";
import { ageColumn, pathColumn, textColumn } from "./columns";
import { coreResource } from "./core";

export const nodes: ResourceDefinition = coreResource({
  kind: "Node",
  description: "A computer that machines run on.",
  fields: nodeFields,
  plural: "nodes",
  singular: "node",
  shortNames: ["no"],
  namespaced: false,
  subresources: { status: true },
  columns: [
    textColumn("Status", "Whether the node's agent is ready.", statusOf),
    textColumn("Roles", "Roles from its labels.", rolesOf),
    ageColumn,
    pathColumn({
      name: "Version",
      type: "string",
      jsonPath: ".status.nodeInfo.kubeletVersion",
      description: "Version of the agent.",
    }),
    textColumn("Internal-IP", "Address within the cluster.", addressOf, 1),
    textColumn(
      "OS-Image",
      "Operating system.",
      (object) => textAt(object, "status", "nodeInfo", "osImage") || "<unknown>",
      1,
    ),
    textColumn(
      "Kernel-Version",
      "Kernel.",
      (object) => textAt(object, "status", "nodeInfo", "kernelVersion") || "<unknown>",
      1,
    ),
  ],
  selectableFields: {
    "spec.unschedulable": (object) => String(valueAt(object, "spec", "unschedulable") === true),
  },
});

function statusOf(object: KubeObject): string {
  const conditions = valueAt(object, "status", "conditions");
  const ready = (Array.isArray(conditions) ? conditions : []).find((each) => isRecord(each) && each.type === "Ready");
  const state = ready === undefined ? "Unknown" : textAt(ready, "status") === "True" ? "Ready" : "NotReady";
  return valueAt(object, "spec", "unschedulable") === true ? `${state},SchedulingDisabled` : state;
}

function rolesOf(object: KubeObject): string {
  const prefix = "node-role.kubernetes.io/";
  const roles = Object.keys(object.metadata.labels ?? {}).filter((key) => key.startsWith(prefix));
  return (
    roles
      .map((key) => key.slice(prefix.length))
      .sort()
      .join(",") || "<none>"
  );
}

function addressOf(object: KubeObject): string {
  const addresses = valueAt(object, "status", "addresses");
  const found = (Array.isArray(addresses) ? addresses : []).find(
    (each) => isRecord(each) && each.type === "InternalIP",
  );
  return textAt(found, "address") || "<none>";
}
