import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { VirtualMachine, VirtualMachineStatus } from "../../../provider/api/v1alpha1/virtual-machine";
import { HeartbeatWatch } from "../../../provider/controller/heartbeat-watch";
import { LauncherPlacement } from "../../../provider/controller/launcher-placement";
import type { NodeObject } from "../../../provider/controller/node";
import { kubeletLeaseNamespace } from "../../../provider/controller/node-heartbeats";
import { createdByLabel } from "../../../provider/core/plan/launcher-pod";
import { virtualMachines } from "../../../provider/core/resources";
import { ApiError } from "../../../provider/kube/errors";
import { Informer } from "../../../provider/kube/informer";
import type { Lease } from "../../../provider/kube/leader-election";
import { Recorder } from "../../../provider/kube/recorder";
import { coreResources, type KubeObject } from "../../../provider/kube/resource";
import { systemClock, timestamp } from "../../../provider/runtime/clock";
import { silentLogger } from "../../../provider/runtime/log";
import { buildPod } from "../../builders/launcher-pod";
import { buildVirtualMachine } from "../../builders/virtual-machine";
import { settled } from "../../fakes/clock";
import { ClusterApi } from "../../fakes/cluster-api";

const mark = "kubevirt.io/schedulable";
const start = Date.parse("2026-01-01T00:00:00Z");

let cluster: ClusterApi;
let nodes: Informer<NodeObject>;
let placement: LauncherPlacement;
let machines: VirtualMachine[];
let looked: string[];

beforeEach(async () => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"],
    now: start,
  });
  cluster = await ClusterApi.open();
  for (const name of ["kubevirt", kubeletLeaseNamespace]) {
    const known = await cluster.list(coreResources.namespaces);
    if (!known.some(({ metadata }) => metadata.name === name)) {
      await cluster.create(coreResources.namespaces, { metadata: { name } });
    }
  }
  machines = [];
  looked = [];
  const { client } = cluster;
  nodes = new Informer<NodeObject>({ client, resource: coreResources.nodes, log: silentLogger });
  placement = newPlacement();
});

function newPlacement(heartbeats?: HeartbeatWatch): LauncherPlacement {
  const { client } = cluster;
  const log = silentLogger;
  return new LauncherPlacement({
    client,
    log,
    clock: systemClock,
    recorder: new Recorder({ client, log, component: "test" }),
    launcher: { image: "registry.example.com/virt-launcher:1" },
    systemNamespace: "kubevirt",
    ...(heartbeats && { heartbeats }),
    machine: (key) => machines.find(({ metadata }) => `${metadata.namespace}/${metadata.name}` === key),
    machines: () => machines,
    nodes,
    written: () => undefined,
    enqueue: (key) => looked.push(key),
  });
}

afterEach(async () => {
  await placement.stop();
  await nodes.stop();
  await cluster.close();
  vi.useRealTimers();
});

async function begin(): Promise<void> {
  nodes.start();
  await nodes.synced();
  await placement.start();
  cluster.takeCalls();
}

async function pass(seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 1) {
    placement.contact();
    vi.advanceTimersByTime(1_000);
    await settled();
  }
}

const addNode = (name: string, labels: Record<string, string> = {}) =>
  cluster.create(coreResources.nodes, { metadata: { name, labels } });
const markOf = async (name: string) => (await cluster.get(coreResources.nodes, name)).metadata.labels?.[mark];

/** The lease of a node's agent, or of its kubelet, written now, or so many seconds ago. */
async function renew(name: string, secondsAgo = 0): Promise<void> {
  const namespace = name.startsWith("virt-agent-") ? "kubevirt" : kubeletLeaseNamespace;
  const renewTime = new Date(Date.now() - secondsAgo * 1000).toISOString().replace("Z", "000Z");
  const lease: Lease = { metadata: { namespace, name }, spec: { holderIdentity: name, renewTime } };
  const known = await cluster.list(coreResources.leases);
  if (!known.some(({ metadata }) => metadata.name === name)) await cluster.create(coreResources.leases, lease);
  else {
    await cluster.api.direct({
      method: "PATCH",
      target: `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${name}`,
      body: { spec: lease.spec },
      contentType: "application/merge-patch+json",
    });
  }
}

async function makeMachine(): Promise<VirtualMachine> {
  const { metadata, ...vm } = buildVirtualMachine();
  const { uid: _, ...others } = metadata;
  return (await cluster.create(virtualMachines, { ...vm, metadata: others })) as VirtualMachine;
}

const machineOn = (
  nodeName: string,
  name: string,
  status: VirtualMachineStatus = { phase: "Running" },
  metadata = {},
) => ({
  ...buildVirtualMachine({ metadata: { name, uid: `uid-${name}`, ...metadata } }),
  status: { ...status, nodeName },
});

describe("nodes", () => {
  it("are marked by their agents' signs of life, once for each change", async () => {
    await addNode("node-1");
    await begin();
    await pass(4);
    expect(await markOf("node-1")).toBeUndefined();
    await renew("virt-agent-node-1");
    await pass(4);
    expect(await markOf("node-1")).toBe("true");
    expect(cluster.takeCalls("writes")).toHaveLength(1);
    for (let times = 0; times < 6; times += 1) {
      await pass(10);
      await renew("virt-agent-node-1");
    }
    expect(cluster.takeCalls("writes")).toEqual([]);
    await pass(44);
    expect(await markOf("node-1")).toBe("false");
    expect(cluster.takeCalls("writes")).toHaveLength(1);
    await renew("virt-agent-node-1");
    await pass(4);
    expect(await markOf("node-1")).toBe("true");
  });

  it("are not marked for their kubelets' sake", async () => {
    await addNode("node-1");
    await begin();
    await renew("node-1");
    await pass(4);
    expect(await markOf("node-1")).toBeUndefined();
  });

  it("keep their mark while a new controller does not know better: neither an agent that lives nor one that is gone is judged in a hurry", async () => {
    await addNode("alive", { [mark]: "true" });
    await addNode("gone", { [mark]: "true" });
    await addNode("long-gone", { [mark]: "false" });
    await renew("virt-agent-alive", 5);
    await renew("virt-agent-gone", 3_600);
    await renew("virt-agent-long-gone", 3_600);
    await begin();
    await pass(10);
    await renew("virt-agent-alive");
    expect(cluster.takeCalls("writes")).toEqual([]);
    await pass(34);
    expect(await markOf("alive")).toBe("true");
    expect(await markOf("gone")).toBe("false");
    expect(await markOf("long-gone")).toBe("false");
    expect(cluster.takeCalls("writes")).toEqual(["PATCH /api/v1/nodes/gone?fieldManager=test"]);
  });

  it("that cannot be marked do not keep others from it, and are tried again", async () => {
    await addNode("node-1");
    await addNode("node-2");
    await begin();
    cluster.api.refusal = ({ method, target }) =>
      method === "PATCH" && target.includes("node-1") ? new ApiError("no", { code: 500 }) : undefined;
    await renew("virt-agent-node-1");
    await renew("virt-agent-node-2");
    await pass(4);
    expect([await markOf("node-1"), await markOf("node-2")]).toEqual([undefined, "true"]);
    cluster.api.refusal = () => undefined;
    await pass(4);
    expect(await markOf("node-1")).toBe("true");
  });

  it("are judged one time after the other, however long a call takes", async () => {
    await addNode("node-1");
    await begin();
    await renew("virt-agent-node-1");
    let refuse: (error: Error) => void = () => undefined;
    const patch = vi.spyOn(cluster.client, "mergePatch").mockImplementation(
      () =>
        new Promise((_resolve, reject) => {
          refuse = reject;
        }),
    );
    await pass(30);
    expect(patch).toHaveBeenCalledTimes(1);
    patch.mockRestore();
    refuse(new ApiError("no", { code: 500 }));
    await pass(4);
    expect(await markOf("node-1")).toBe("true");
  });
});

describe("machines", () => {
  it("are looked at when their node falls silent, and when it speaks again", async () => {
    await addNode("node-1");
    await addNode("node-2");
    machines = [
      machineOn("node-1", "lives"),
      machineOn("node-1", "ended", { phase: "Failed" }),
      machineOn("node-1", "going", { phase: "Failed" }, { deletionTimestamp: timestamp(start) }),
      machineOn("node-2", "elsewhere"),
      buildVirtualMachine({ metadata: { name: "nowhere", uid: "uid-nowhere" } }),
    ];
    await renew("virt-agent-node-1");
    await renew("virt-agent-node-2");
    await begin();
    await pass(30);
    await renew("node-2");
    await renew("virt-agent-node-2");
    expect(looked).toEqual([]);
    await pass(14);
    expect(looked.splice(0)).toEqual(["default/lives", "default/going"]);
    await pass(10);
    expect(looked).toEqual([]);
    await renew("node-1");
    await pass(4);
    expect(looked.filter((key) => key !== "default/elsewhere")).toEqual(["default/lives", "default/going"]);
  });

  it("are looked at when the agent of their node falls silent, whose kubelet goes on, and when it speaks again", async () => {
    await addNode("node-1");
    machines = [machineOn("node-1", "waits", { phase: "Scheduled" })];
    await renew("virt-agent-node-1");
    await renew("node-1");
    await begin();
    await pass(30);
    await renew("node-1");
    expect(looked).toEqual([]);
    await pass(14);
    expect(looked.splice(0)).toEqual(["default/waits"]);
    await renew("node-1");
    await pass(20);
    expect(looked).toEqual([]);
    await renew("virt-agent-node-1");
    await pass(4);
    expect(looked).toEqual(["default/waits"]);
  });

  it("of a node that fell silent while another controller led are looked at as soon as under that one", async () => {
    await addNode("node-1");
    machines = [machineOn("node-1", "lives")];
    await renew("virt-agent-node-1");
    const { client } = cluster;
    const standby = new HeartbeatWatch({ client, log: silentLogger, clock: systemClock, systemNamespace: "kubevirt" });
    standby.start();
    await standby.synced();
    placement = newPlacement(standby);
    // As long as it stands by it only listens.
    await pass(36);
    await begin();
    await pass(8);
    expect(looked).toEqual(["default/lives"]);
  });

  it("are looked at when their node is removed", async () => {
    await addNode("node-1");
    machines = [machineOn("node-1", "lives")];
    await renew("virt-agent-node-1");
    await begin();
    await cluster.api.direct({ method: "DELETE", target: "/api/v1/nodes/node-1" });
    await pass(4);
    expect(looked).toEqual(["default/lives"]);
  });

  it("are looked at when something of their pod changes, whatever the pod is called", async () => {
    const { uid = "" } = (await makeMachine()).metadata;
    await begin();
    const { metadata, ...pod } = buildPod();
    const labels = { ...metadata.labels, [createdByLabel]: uid };
    const ownerReferences = (metadata.ownerReferences ?? []).map((reference) => ({ ...reference, uid }));
    const changed = async () => {
      await settled();
      return looked.splice(0);
    };
    await cluster.create(coreResources.pods, {
      ...pod,
      metadata: { ...metadata, name: "any", labels, ownerReferences },
    });
    expect(await changed()).toEqual(["default/web"]);
    await cluster.patch(coreResources.pods, "any", { status: { phase: "Running" } }, "status");
    expect(await changed()).toEqual(["default/web"]);
    await cluster.delete(coreResources.pods, "any");
    expect(await changed()).toEqual(["default/web"]);
  });

  it("are not looked at for pods that are nobody's launchers", async () => {
    await begin();
    const { metadata, ...pod } = buildPod();
    await cluster.create(coreResources.pods, {
      ...pod,
      metadata: { ...metadata, name: "unlabelled", labels: {} },
    } as KubeObject);
    await cluster.create(coreResources.pods, {
      ...pod,
      metadata: { ...metadata, name: "unowned", ownerReferences: [] },
    } as KubeObject);
    await settled();
    expect(looked).toEqual([]);
  });
});

describe("a pod that was made", () => {
  beforeEach(async () => {
    machines = [await makeMachine()];
  });

  it("is known before the watch shows it: it is not made a second time", async () => {
    await begin();
    for (const stream of [...cluster.api.streams]) stream.choke();
    await placement.reconcile("default/web");
    await placement.reconcile("default/web");
    expect(cluster.takeCalls("writes").filter((call) => call.includes("/pods"))).toHaveLength(1);
  });

  it("is not believed in for ever when no watch shows it", async () => {
    await begin();
    for (const stream of [...cluster.api.streams]) stream.choke();
    await placement.reconcile("default/web");
    const [pod] = await cluster.list(coreResources.pods);
    await cluster.delete(coreResources.pods, pod?.metadata.name ?? "");
    await pass(12);
    expect(looked).toEqual(["default/web"]);
    await placement.reconcile("default/web");
    expect(await cluster.list(coreResources.pods)).toHaveLength(1);
  });
});
