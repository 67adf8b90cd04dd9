/** What is installed on the cluster by the project's label, and that nothing of it is left. */
import { expect } from "vitest";
import { eventually } from "../../e2e/support/wait.ts";
import { kubectl, nodes, onNode, tryKubectl } from "./cluster.ts";

/** kubectl's flag for the control plane's objects. */
export const ours = "--selector=app.kubernetes.io/name=pulumi-kubevirt";

/** Every kind of object that the control plane consists of. */
export const controlPlaneKinds = [
  "namespaces",
  "customresourcedefinitions",
  "serviceaccounts",
  "clusterroles",
  "clusterrolebindings",
  "roles",
  "rolebindings",
  "validatingadmissionpolicies",
  "validatingadmissionpolicybindings",
  "deployments",
  "daemonsets",
  "services",
  "poddisruptionbudgets",
];

/** As TYPE/NAME, sorted. */
export const installed = async (kinds: readonly string[] = controlPlaneKinds): Promise<readonly string[]> =>
  (await kubectl("get", kinds.join(), "--all-namespaces", ours, "--output=name")).split("\n").filter(Boolean).sort();

/** Neither on the cluster, nor on the nodes, but for caches. */
export async function expectNothingInstalled(): Promise<void> {
  expect(await installed(controlPlaneKinds.filter((kind) => kind !== "namespaces"))).toEqual([]);
  await eventually("its namespace is gone", async () => {
    const { code: missing } = await tryKubectl(["get", "namespace", "kubevirt"]);
    return missing === 0 ? undefined : true;
  });
  expect(await kubectl("get", "nodes", "--selector=kubevirt.io/schedulable", "--output=name")).toBe("");
  for (const node of nodes) {
    expect(
      await onNode(
        node,
        "sh",
        "-c",
        "ls /var/lib/kubevirt/machines /var/lib/kubevirt/logs 2>/dev/null | grep -c '-' || true",
      ),
    ).toBe("0");
    expect(await onNode(node, "sh", "-c", "pgrep -c 'qemu-system|dnsmasq|libvirtd' || true")).toBe("0");
  }
}
