/** Nodes that have a libvirt of their own: the agent uses it, and none runs in its pod. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, guestAnswer } from "../e2e/support/wait.ts";
import { guestsOn, install, kubectl, Namespace, nodes, onNode } from "./support/cluster.ts";
import { addressOf, launcherOf, machine, running } from "./support/machines.ts";

let space: Namespace;

const start = (node: string) =>
  onNode(
    node,
    "sh",
    "-c",
    "virtlogd --daemon --pid-file /run/libvirt/virtlogd.pid && libvirtd --daemon --pid-file /run/libvirt/libvirtd.pid",
  );

/** Only those that this test has started: their numbers are in the node's own folder. */
const stop = (node: string) =>
  onNode(
    node,
    "sh",
    "-c",
    'for name in libvirtd virtlogd; do f=/run/libvirt/$name.pid; [ ! -e $f ] || { kill "$(cat $f)"; rm -f $f; }; done',
  );

beforeAll(async () => {
  for (const node of nodes) await start(node);
  await install("--libvirt", "host");
  space = await Namespace.create("host-libvirt");
});

afterAll(async () => {
  await space?.remove();
  for (const node of nodes) await stop(node);
  await install();
});

describe("a node with a libvirt of its own", () => {
  test("has no other one in the agent's pod", async () => {
    const containers = await kubectl(
      "--namespace=kubevirt",
      "get",
      "daemonset",
      "virt-agent",
      "--output=jsonpath={.spec.template.spec.containers[*].name}",
    );
    expect(containers).toBe("agent");
  });

  test("runs a machine in its launcher pod, with the pod's address and in the pod's cgroup", async () => {
    await space.apply(await machine("web"));
    const vm = await running(space, "web");
    const node = String(vm.status?.nodeName);
    expect(await guestAnswer(addressOf(vm))).toBe(`guest ${addressOf(vm)}`);
    expect(await onNode(node, "virsh", "--quiet", "--connect", "qemu:///system", "list", "--name")).toContain(
      "host-libvirt_web",
    );
    const pid = (await guestsOn(node)).get("host-libvirt_web");
    const pod = await launcherOf(space, vm);
    expect(await onNode(node, "cat", `/proc/${pid}/cgroup`)).toContain(`pod${pod?.metadata.uid}/virt-machine`);
    await space.kubectl("delete", "vm", "web", "--timeout=60s");
    await eventually("nothing of it is left", async () =>
      (await onNode(node, "virsh", "--quiet", "--connect", "qemu:///system", "list", "--all", "--name")).trim() === ""
        ? true
        : undefined,
    );
  });
});
