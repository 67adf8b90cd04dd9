/** What the controller asks of a cluster's API, and so all that its account may do there. Secrets are none of it. */
import type { Permission } from "../core/permission";
import {
  offlineVirtualMachines,
  virtualMachinePresets,
  virtualMachineReplicaSets,
  virtualMachines,
} from "../core/resources";

const nodes = { group: "", plural: "nodes" };
const pods = { group: "", plural: "pods" };
const events = { group: "", plural: "events" };
const claims = { group: "", plural: "persistentvolumeclaims" };
const leases = { group: "coordination.k8s.io", plural: "leases" };

export const controllerPermissions: readonly Permission[] = [
  // Machines: marks and presets are written into them, and those of an owner are made, adopted, released and removed.
  { resource: virtualMachines, verbs: ["get", "list", "watch", "create", "update", "patch", "delete"] },
  { resource: virtualMachines, subresource: "status", verbs: ["update"] },
  { resource: virtualMachinePresets, verbs: ["list"] },
  // Owners are looked after; what they ask for is theirs.
  { resource: offlineVirtualMachines, verbs: ["list", "watch"] },
  { resource: offlineVirtualMachines, subresource: "status", verbs: ["update"] },
  { resource: virtualMachineReplicaSets, verbs: ["list", "watch"] },
  { resource: virtualMachineReplicaSets, subresource: "status", verbs: ["update"] },
  // Launcher pods hold the machines' places.
  { resource: pods, verbs: ["get", "list", "watch", "create", "patch", "delete"] },
  // Whether a claim is a file system or a device decides how its pod has it.
  { resource: claims, verbs: ["get"] },
  // Nodes are marked as taking machines or not.
  { resource: nodes, verbs: ["get", "list", "watch", "patch"] },
  { resource: events, verbs: ["create", "patch"] },
  // Who leads, and which agents are alive.
  { resource: leases, verbs: ["get", "list", "watch", "create", "update"], namespace: "system" },
  // Which kubelets are alive.
  { resource: leases, verbs: ["get", "list", "watch"], namespace: "kube-node-lease" },
];
