import { describe, expect, it } from "vitest";
import { type Call, isPermitted, type Permission, resourceText } from "../../../provider/core/permission";

const leases = { group: "coordination.k8s.io", plural: "leases" };
const nodes = { group: "", plural: "nodes" };
const pods = { group: "", plural: "pods" };
const permissions: readonly Permission[] = [
  { resource: pods, verbs: ["get", "list"] },
  { resource: pods, subresource: "status", verbs: ["update"] },
  { resource: leases, verbs: ["update"], namespace: "system" },
  { resource: leases, verbs: ["list"], namespace: "kube-node-lease" },
  { resource: nodes, verbs: ["get", "list"], names: ["node1"] },
];
const allows = (call: Call) => isPermitted(permissions, call, "virt");

describe("permissions", () => {
  it("hold in every namespace, and for all of them, where they name none", () => {
    expect(allows({ verb: "get", resource: pods, namespace: "shop" })).toBe(true);
    expect(allows({ verb: "list", resource: pods })).toBe(true);
  });

  it("tell verbs, groups and subresources apart", () => {
    expect(allows({ verb: "delete", resource: pods, namespace: "shop" })).toBe(false);
    expect(allows({ verb: "get", resource: { group: "metrics.k8s.io", plural: "pods" } })).toBe(false);
    expect(allows({ verb: "update", resource: pods, namespace: "shop" })).toBe(false);
    expect(allows({ verb: "update", resource: pods, subresource: "status", namespace: "shop" })).toBe(true);
  });

  it("hold in their one namespace alone, where `system` is the control plane's own", () => {
    expect(allows({ verb: "update", resource: leases, namespace: "virt" })).toBe(true);
    expect(allows({ verb: "update", resource: leases, namespace: "system" })).toBe(false);
    expect(allows({ verb: "list", resource: leases, namespace: "kube-node-lease" })).toBe(true);
    expect(allows({ verb: "list", resource: leases, namespace: "virt" })).toBe(false);
    expect(allows({ verb: "list", resource: leases })).toBe(false);
  });

  it("hold for the objects that they name alone", () => {
    expect(allows({ verb: "get", resource: nodes, name: "node1" })).toBe(true);
    expect(allows({ verb: "get", resource: nodes, name: "node2" })).toBe(false);
    expect(allows({ verb: "list", resource: nodes })).toBe(false);
  });

  it("are spelled as in roles", () => {
    expect(resourceText({ resource: pods })).toBe("pods");
    expect(resourceText({ resource: pods, subresource: "status" })).toBe("pods/status");
  });
});
