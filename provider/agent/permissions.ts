/**
 * What the agent asks of a cluster's API, and so all that its account may do there. That it concerns its own node alone
 * is the business of the admission policies in provider/deploy. Secrets reach a node with the launcher pods.
 */
import type { Permission } from "../core/permission";
import { virtualMachines } from "../core/resources";

const namespaces = { group: "", plural: "namespaces" };
const pods = { group: "", plural: "pods" };
const events = { group: "", plural: "events" };
const leases = { group: "coordination.k8s.io", plural: "leases" };

export const agentPermissions: readonly Permission[] = [
  { resource: virtualMachines, verbs: ["get", "list", "watch"] },
  { resource: virtualMachines, subresource: "status", verbs: ["update"] },
  // The launcher pods of its node.
  { resource: pods, verbs: ["list", "watch"] },
  { resource: events, verbs: ["create", "patch"] },
  // The uid of kube-system, by which the cluster's machines are told from those of others on the same libvirt.
  { resource: namespaces, verbs: ["get"], names: ["kube-system"] },
  // Its sign of life.
  { resource: leases, verbs: ["get", "create", "update"], namespace: "system" },
];
