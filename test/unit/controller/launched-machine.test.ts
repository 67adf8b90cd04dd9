import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { VirtualMachine } from "../../../provider/api/v1alpha1/virtual-machine";
import { ClaimWriters } from "../../../provider/controller/claim-writers";
import { LaunchedMachineReconciler } from "../../../provider/controller/launched-machine";
import { type PodObject, podNameOf } from "../../../provider/controller/launcher-pod";
import type { NodeObject } from "../../../provider/controller/node";
import { kubeletLeaseNamespace, NodeHeartbeats } from "../../../provider/controller/node-heartbeats";
import { machineFinalizer, nodeNameLabel } from "../../../provider/core/plan/machine-marks";
import { virtualMachinePresets, virtualMachines } from "../../../provider/core/resources";
import { ApiError, UnreachableError } from "../../../provider/kube/errors";
import type { Lease } from "../../../provider/kube/leader-election";
import { Recorder } from "../../../provider/kube/recorder";
import { coreResources, type KubeObject, keyOf } from "../../../provider/kube/resource";
import { silentLogger } from "../../../provider/runtime/log";
import { buildPreset } from "../../builders/preset";
import { buildVirtualMachine, claimDisk, type VirtualMachineParts } from "../../builders/virtual-machine";
import { FakeClock } from "../../fakes/clock";
import { ClusterApi } from "../../fakes/cluster-api";

const key = "default/web";
const [rootDisk, rootVolume] = claimDisk("root");
const writing: VirtualMachineParts = { domain: { devices: { disks: [rootDisk] } }, spec: { volumes: [rootVolume] } };
const node: NodeObject = { metadata: { name: "node-1" } };

let cluster: ClusterApi;
let clock: FakeClock;
let heartbeats: NodeHeartbeats;
let recorder: Recorder;
let reconciler: LaunchedMachineReconciler;
/** What the watches have shown. */
const shown = {
  machines: new Map<string, VirtualMachine>(),
  pods: new Map<string, PodObject>(),
  nodes: new Map<string, NodeObject>(),
};
let made: PodObject[];
let claimWriters: ClaimWriters;
let woken: string[];

beforeEach(async () => {
  for (const copies of Object.values(shown)) copies.clear();
  made = [];
  cluster = await ClusterApi.open();
  clock = new FakeClock();
  heartbeats = new NodeHeartbeats(clock, clock.ticks);
  const { client } = cluster;
  woken = [];
  claimWriters = new ClaimWriters({
    machine: (name) => shown.machines.get(name),
    pod: (name) => shown.pods.get(name),
    enqueue: (name) => woken.push(name),
  });
  recorder = new Recorder({ client, log: silentLogger, component: "test", clock });
  reconciler = new LaunchedMachineReconciler({
    client,
    recorder,
    clock,
    heartbeats,
    claimWriters,
    launcher: { image: "registry.example.com/virt-launcher:1" },
    systemNamespace: "kubevirt",
    machine: (name) => shown.machines.get(name),
    pod: (name) => shown.pods.get(name),
    node: (name) => shown.nodes.get(name),
    written: (vm) => shown.machines.set(keyOf(vm), vm),
    podMade: (pod) => made.push(pod),
  });
});
afterEach(() => cluster.close());

/** The watches show everything as it is. */
async function look(): Promise<void> {
  const { client } = cluster;
  const before = { machines: [...shown.machines.values()], pods: [...shown.pods.values()] };
  for (const [copies, resource] of [
    [shown.machines, virtualMachines],
    [shown.pods, coreResources.pods],
    [shown.nodes, coreResources.nodes],
  ] as const) {
    copies.clear();
    const { items } = await client.list<KubeObject>(resource);
    for (const object of items) (copies as Map<string, KubeObject>).set(keyOf(object), object);
  }
  for (const vm of before.machines) if (!shown.machines.has(keyOf(vm))) claimWriters.machineChanged(vm, "gone");
  for (const vm of shown.machines.values()) claimWriters.machineChanged(vm, "present");
  for (const pod of [...before.pods, ...shown.pods.values()]) claimWriters.podChanged(pod);
  cluster.takeCalls();
}

function withoutUid(parts: VirtualMachineParts): VirtualMachine {
  const { metadata, ...vm } = buildVirtualMachine(parts);
  const { uid: _, ...others } = metadata;
  return { ...vm, metadata: others };
}

async function make(parts: VirtualMachineParts = {}): Promise<VirtualMachine> {
  const stored = await cluster.create(virtualMachines, withoutUid(parts));
  await look();
  return stored;
}

const live = () => cluster.get<VirtualMachine>(virtualMachines, "web");
const pods = () => cluster.list<PodObject>(coreResources.pods);
const readyOf = ({ status }: VirtualMachine) => status?.conditions?.find(({ type }) => type === "Ready");

async function told(): Promise<readonly string[]> {
  await recorder.flush();
  const events = await cluster.list<KubeObject & { reason: string; count: number }>(coreResources.events);
  return events.map(({ reason, count }) => (count === 1 ? reason : `${reason} x${count}`));
}

/** The scheduler and the kubelet of node-1 do their part. */
async function runPod(): Promise<void> {
  const [pod] = await pods();
  const name = pod?.metadata.name ?? "";
  if ((await cluster.list(coreResources.nodes)).length === 0) await cluster.create(coreResources.nodes, node);
  await cluster.patch(coreResources.pods, name, { spec: { nodeName: "node-1" } });
  const containerStatuses = [{ name: "launcher", state: { running: {} } }];
  await cluster.patch(coreResources.pods, name, { status: { phase: "Running", containerStatuses } }, "status");
  await look();
}

/** A machine that is on node-1 and runs. */
async function handedOver(parts: VirtualMachineParts = {}): Promise<VirtualMachine> {
  for (const { persistentVolumeClaim } of parts.spec?.volumes ?? []) {
    if (persistentVolumeClaim !== undefined) await ensureClaim(persistentVolumeClaim.claimName);
  }
  await make(parts);
  await reconciler.reconcile(key);
  await runPod();
  await reconciler.reconcile(key);
  await cluster.patch(virtualMachines, "web", { status: { phase: "Running" } }, "status");
  await look();
  return live();
}

async function ensureClaim(name: string): Promise<void> {
  const claims = await cluster.list(coreResources.persistentVolumeClaims);
  if (!claims.some(({ metadata }) => metadata.name === name)) await makeClaim(name);
}

async function makeClaim(name: string, spec: object = {}): Promise<void> {
  const requests = { storage: "1Gi" };
  await cluster.create(coreResources.persistentVolumeClaims, {
    metadata: { name, namespace: "default" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests }, ...spec },
  } as KubeObject);
}

const refuse = (method: string, part: string, error: Error) => {
  cluster.api.refusal = (call) => (call.method === method && call.target.includes(part) ? error : undefined);
};
const unreachable = new UnreachableError("https://cluster", new Error("connection reset"));
const quota = new ApiError('pods "virt-launcher-web" is forbidden: exceeded quota: small', {
  code: 403,
  reason: "Forbidden",
});

describe("a machine that needs a place", () => {
  it("gets a pod, for one write", async () => {
    const vm = await make();
    expect(await reconciler.reconcile(key)).toBeUndefined();
    expect(cluster.takeCalls("writes").filter((call) => !call.includes("/events"))).toEqual([
      "POST /api/v1/namespaces/default/pods?fieldManager=test",
    ]);
    const [pod] = await pods();
    expect(pod?.metadata).toMatchObject({
      name: podNameOf(vm),
      labels: { "kubevirt.io/created-by": vm.metadata.uid },
      ownerReferences: [{ uid: vm.metadata.uid, controller: true }],
    });
    expect(made.map(({ metadata }) => metadata.uid)).toEqual([pod?.metadata.uid]);
    expect(await told()).toEqual(["SuccessfulCreate"]);
  });

  it("is written with its presets before its pod is made of it", async () => {
    await cluster.create(virtualMachinePresets, buildPreset("two", { cpu: { cores: 2 } }));
    await make();
    await reconciler.reconcile(key);
    const writes = cluster.takeCalls("writes").filter((call) => !call.includes("/events"));
    expect(writes.map((call) => call.split(" ")[0])).toEqual(["PUT", "POST"]);
    expect((await live()).spec.domain.cpu).toEqual({ cores: 2 });
    const [pod] = (await pods()) as readonly (PodObject & { spec: { containers: { resources: object }[] } })[];
    expect(pod?.spec.containers[0]?.resources).toMatchObject({
      requests: { memory: String((128 + 116) * 1024 ** 2 + 262_144) },
    });
  });

  it("has its claims as they are", async () => {
    await makeClaim("root", { volumeMode: "Block" });
    await cluster.patch(
      coreResources.persistentVolumeClaims,
      "root",
      { status: { capacity: { storage: "2Gi" } } },
      "status",
    );
    await make(writing);
    await reconciler.reconcile(key);
    const [pod] = (await pods()) as readonly (PodObject & { spec: { containers: object[] } })[];
    expect(pod?.spec.containers[0]).toMatchObject({
      volumeDevices: [{ name: "claim-0", devicePath: "/volumes/root" }],
    });
    expect(pod?.metadata.annotations).toMatchObject({ "kubevirt.io/claim-sizes": `{"root":${2 * 1024 ** 3}}` });
  });

  it("waits for a claim that is not there, and goes on when it is", async () => {
    await make(writing);
    expect(await reconciler.reconcile(key)).toEqual({ requeueAfterMs: 5_000 });
    expect(readyOf(await live())).toMatchObject({ reason: "ClaimNotFound" });
    cluster.takeCalls();
    await reconciler.reconcile(key);
    expect(cluster.takeCalls("writes")).toEqual([]);
    await makeClaim("root");
    expect(await reconciler.reconcile(key)).toBeUndefined();
    expect(await pods()).toHaveLength(1);
  });

  it("whose pod was made by a call without an answer meets that very pod", async () => {
    await make();
    cluster.api.refusal = ({ method }) => {
      if (method === "POST") cluster.api.upsets.push("lost");
      return undefined;
    };
    await expect(reconciler.reconcile(key)).rejects.toThrow(UnreachableError);
    cluster.api.refusal = () => undefined;
    const [first] = await pods();
    await reconciler.reconcile(key);
    expect((await pods()).map(({ metadata }) => metadata.uid)).toEqual([first?.metadata.uid]);
    expect(made.map(({ metadata }) => metadata.uid)).toEqual([first?.metadata.uid]);
    expect(await told()).toEqual(["SuccessfulCreate"]);
  });

  it("tells a refusal, and tries again until it is mended", async () => {
    await make();
    refuse("POST", "/pods", quota);
    await expect(reconciler.reconcile(key)).rejects.toBe(quota);
    expect((await live()).status?.phase).toBe("Pending");
    expect(readyOf(await live())).toMatchObject({
      status: "False",
      reason: "FailedCreate",
      message: `the launcher pod cannot be made: ${quota.message}`,
    });
    expect(await told()).toEqual(["FailedCreate"]);
    cluster.takeCalls();
    await expect(reconciler.reconcile(key)).rejects.toBe(quota);
    await recorder.flush();
    expect(cluster.takeCalls("writes").filter((call) => !call.includes("/events"))).toEqual([
      "POST /api/v1/namespaces/default/pods?fieldManager=test",
    ]);
    cluster.api.refusal = () => undefined;
    await reconciler.reconcile(key);
    expect(await pods()).toHaveLength(1);
  });

  it.each<[string, Error]>([
    ["no answer", unreachable],
    ["a fault of the server", new ApiError("no", { code: 500 })],
    ["too many requests", new ApiError("slow down", { code: 429 })],
  ])("says nothing of %s: it is tried again", async (_what, error) => {
    await make();
    refuse("POST", "/pods", error);
    await expect(reconciler.reconcile(key)).rejects.toBe(error);
    expect((await live()).status).toBeUndefined();
    cluster.api.refusal = () => undefined;
    expect(await told()).toEqual([]);
  });

  it("says so when its launcher's name is another pod's, which no watch of launchers shows", async () => {
    const vm = await make();
    await cluster.create(coreResources.pods, { metadata: { name: podNameOf(vm), namespace: "default" } });
    await expect(reconciler.reconcile(key)).rejects.toMatchObject({ reason: "AlreadyExists" });
    expect((await live()).status?.phase).toBe("Pending");
    expect(readyOf(await live())).toMatchObject({ reason: "NameTaken" });
    expect(made).toEqual([]);
    await cluster.delete(coreResources.pods, podNameOf(vm));
    await reconciler.reconcile(key);
    expect(await pods()).toMatchObject([{ metadata: { ownerReferences: [{ uid: vm.metadata.uid }] } }]);
  });
});

describe("a machine that writes to a claim to which another one writes", () => {
  const other = (name: string): VirtualMachineParts => ({ ...writing, metadata: { name } });
  const conditionOf = async (name: string) => {
    const vm = await cluster.get<VirtualMachine>(virtualMachines, name);
    return readyOf(vm)?.message;
  };
  const launchers = async () => (await pods()).map(({ metadata }) => metadata.ownerReferences?.[0]?.name).sort();

  beforeEach(() => makeClaim("root"));

  it("waits without a pod while the other one runs, at no request but the one that says so", async () => {
    await make(writing);
    await reconciler.reconcile(key);
    await make(other("db"));
    expect(await reconciler.reconcile("default/db")).toEqual({ requeueAfterMs: 10_000 });
    await recorder.flush();
    expect(cluster.takeCalls().filter((call) => !call.includes("/events"))).toEqual([
      "PUT /apis/kubevirt.io/v1alpha1/namespaces/default/virtualmachines/db/status?fieldManager=test",
    ]);
    expect(await conditionOf("db")).toContain('claim "root" is written by machine "web"');
    await reconciler.reconcile("default/db");
    expect(cluster.takeCalls()).toEqual([]);
    expect(await launchers()).toEqual(["web"]);
  });

  it("is looked at when the other one has ended, and begins then", async () => {
    await handedOverWith(["db"]);
    woken.length = 0;
    await cluster.patch(virtualMachines, "web", { status: { phase: "Succeeded" } }, "status");
    await look();
    expect(woken).toEqual(["default/db"]);
    await reconciler.reconcile("default/db");
    expect(await launchers()).toEqual(["db", "web"]);
  });

  it("is looked at when the other one is gone", async () => {
    await make(writing);
    await make(other("db"));
    // Of the same second: the name says who goes first.
    await reconciler.reconcile(key);
    expect(await launchers()).toEqual([]);
    await cluster.delete(virtualMachines, "db");
    woken.length = 0;
    await look();
    expect(woken).toEqual([key]);
    await reconciler.reconcile(key);
    expect(await launchers()).toEqual(["web"]);
  });

  it("waits for one that is being deleted until its node has ended it", async () => {
    await handedOverWith(["db"]);
    await cluster.delete(virtualMachines, "web");
    await look();
    await reconciler.reconcile("default/db");
    expect(await launchers()).toEqual(["web"]);
    await cluster.patch(virtualMachines, "web", { status: { phase: "Succeeded" } }, "status");
    await look();
    await reconciler.reconcile("default/db");
    expect(await launchers()).toEqual(["db", "web"]);
  });

  it("is the only one of many to have a launcher, however they are looked at", async () => {
    await make(other("a"));
    await make(other("b"));
    await make(other("c"));
    await Promise.all(["c", "a", "b"].map((name) => reconciler.reconcile(`default/${name}`)));
    expect(await launchers()).toEqual(["a"]);
  });

  /** While the pod of `zz` is being made, `web` comes along, whose turn it would be. */
  async function comesWhileOtherIsMade(answer: Error): Promise<void> {
    const web = await cluster.create(virtualMachines, withoutUid(writing));
    await make(other("zz"));
    shown.machines.delete(key);
    claimWriters.machineChanged(web, "gone");
    let looked: Promise<unknown> | undefined;
    cluster.api.refusal = ({ method, target }) => {
      if (method !== "POST" || !target.includes("/pods")) return undefined;
      shown.machines.set(key, web);
      claimWriters.machineChanged(web, "present");
      looked = reconciler.reconcile(key);
      return answer;
    };
    await expect(reconciler.reconcile("default/zz")).rejects.toBe(answer);
    await looked;
    cluster.api.refusal = () => undefined;
    expect(await conditionOf("web")).toContain('is written by machine "zz"');
  }

  it("waits also while the other one's pod is being made, and when nobody knows whether it was", async () => {
    await comesWhileOtherIsMade(unreachable);
    await reconciler.reconcile(key);
    expect(await launchers()).toEqual([]);
    await reconciler.reconcile("default/zz");
    await look();
    await reconciler.reconcile(key);
    expect(await launchers()).toEqual(["zz"]);
  });

  it("begins after all when the other one's pod was refused", async () => {
    await comesWhileOtherIsMade(quota);
    expect(woken).toContain(key);
    await reconciler.reconcile("default/zz");
    await reconciler.reconcile(key);
    expect(await launchers()).toEqual(["web"]);
  });

  it("is not given to a node beside one whose launcher came about meanwhile, and is when that one has ended", async () => {
    await handedOver(writing);
    await make(other("db"));
    const vm = await cluster.get<VirtualMachine>(virtualMachines, "db");
    const labels = { "kubevirt.io": "virt-launcher", "kubevirt.io/created-by": vm.metadata.uid ?? "" };
    const controller = { apiVersion: vm.apiVersion, kind: vm.kind, name: "db", uid: vm.metadata.uid ?? "" };
    await cluster.create(coreResources.pods, {
      metadata: {
        name: podNameOf(vm),
        namespace: "default",
        labels,
        ownerReferences: [{ ...controller, controller: true }],
      },
      spec: {
        nodeName: "node-1",
        volumes: [{ name: "claim-0", persistentVolumeClaim: { claimName: "root" } }],
      },
      status: { phase: "Running", containerStatuses: [{ name: "launcher", state: { running: {} } }] },
    } as KubeObject);
    const containerStatuses = [{ name: "launcher", state: { running: {} } }];
    await cluster.patch(
      coreResources.pods,
      podNameOf(vm),
      { status: { phase: "Running", containerStatuses } },
      "status",
    );
    await look();
    await reconciler.reconcile("default/db");
    const status = async () => (await cluster.get<VirtualMachine>(virtualMachines, "db")).status;
    expect(await status()).toMatchObject({ phase: "Scheduling", conditions: [{ reason: "ClaimInUse" }] });
    await cluster.patch(virtualMachines, "web", { status: { phase: "Failed" } }, "status");
    await look();
    await reconciler.reconcile("default/db");
    expect(await status()).toMatchObject({ phase: "Scheduled", nodeName: "node-1" });
  });

  describe("and is gone", () => {
    /** Its finalizers are taken by hand, while its guest runs on node-1. */
    async function takeAway(): Promise<void> {
      await handedOverWith(["db"]);
      await cluster.patch(virtualMachines, "web", { metadata: { finalizers: [] } });
      await cluster.delete(virtualMachines, "web");
      woken.length = 0;
      await look();
    }

    it("out of the controller's hands: its pod is waited for, by name", async () => {
      await takeAway();
      expect(woken).toContain("default/db");
      const [pod] = await pods();
      await reconciler.reconcile("default/db");
      expect(await conditionOf("db")).toContain(
        `machine "web" is gone, and its guest may still write to claim "root" in launcher pod "${pod?.metadata.name}"`,
      );
      expect(await launchers()).toEqual(["web"]);
      woken.length = 0;
      await cluster.patch(coreResources.pods, pod?.metadata.name ?? "", { status: { phase: "Failed" } }, "status");
      await look();
      expect(woken).toContain("default/db");
      await reconciler.reconcile("default/db");
      expect(await launchers()).toEqual(["db", "web"]);
    });

    it("as it should, after its end: its pod, which may take its time to go, is waited for by nobody", async () => {
      await handedOverWith(["db"]);
      await cluster.patch(virtualMachines, "web", { status: { phase: "Failed" } }, "status");
      await cluster.delete(virtualMachines, "web");
      await look();
      await reconciler.reconcile(key);
      await look();
      expect(shown.machines.has(key)).toBe(false);
      await reconciler.reconcile("default/db");
      expect(await launchers()).toEqual(["db", "web"]);
    });
  });

  it("goes by what the other one's launcher holds, whatever its spec was changed to", async () => {
    await handedOverWith([]);
    await cluster.patch(virtualMachines, "web", { spec: { volumes: [], domain: { devices: { disks: [] } } } });
    await make(other("db"));
    await reconciler.reconcile("default/db");
    expect(await conditionOf("db")).toContain('is written by machine "web"');
    expect(await launchers()).toEqual(["web"]);
  });

  it("does not wait for one of another namespace, for one that reads, or for one with other claims", async () => {
    await cluster.create(coreResources.namespaces, { metadata: { name: "elsewhere" } });
    await make({ ...writing, metadata: { name: "a", namespace: "elsewhere" } });
    await make({
      domain: { devices: { disks: [rootDisk] } },
      spec: { volumes: [{ name: "root", ephemeral: { persistentVolumeClaim: { claimName: "root" } } }] },
      metadata: { name: "b" },
    });
    const [disk, volume] = claimDisk("other");
    await make({ domain: { devices: { disks: [disk] } }, spec: { volumes: [volume] }, metadata: { name: "c" } });
    await make(writing);
    await reconciler.reconcile(key);
    expect(await launchers()).toEqual(["web"]);
  });

  /** `web` runs on node-1, and these wait for it. */
  async function handedOverWith(names: readonly string[]): Promise<void> {
    await make(writing);
    await reconciler.reconcile(key);
    await runPod();
    await reconciler.reconcile(key);
    await cluster.patch(virtualMachines, "web", { status: { phase: "Running" } }, "status");
    for (const name of names) {
      await make(other(name));
      await reconciler.reconcile(`default/${name}`);
    }
  }
});

describe("a machine whose pod runs", () => {
  it("is handed over with two writes, and costs none after that", async () => {
    await make();
    await reconciler.reconcile(key);
    await runPod();
    await recorder.flush();
    cluster.takeCalls();
    await reconciler.reconcile(key);
    expect(cluster.takeCalls("writes").filter((call) => !call.includes("/events"))).toEqual([
      "PUT /apis/kubevirt.io/v1alpha1/namespaces/default/virtualmachines/web?fieldManager=test",
      "PUT /apis/kubevirt.io/v1alpha1/namespaces/default/virtualmachines/web/status?fieldManager=test",
    ]);
    const vm = await live();
    expect(vm.metadata).toMatchObject({ labels: { [nodeNameLabel]: "node-1" }, finalizers: [machineFinalizer] });
    expect(vm.status).toMatchObject({ phase: "Scheduled", nodeName: "node-1" });
    await recorder.flush();
    await look();
    await reconciler.reconcile(key);
    expect(cluster.takeCalls()).toEqual([]);
  });

  it("is not written over when somebody was faster", async () => {
    await make();
    await reconciler.reconcile(key);
    await runPod();
    await cluster.patch(virtualMachines, "web", { metadata: { labels: { mine: "yes" } } });
    await expect(reconciler.reconcile(key)).rejects.toMatchObject({ reason: "Conflict" });
    expect((await live()).metadata.labels).toEqual({ mine: "yes" });
    await look();
    await reconciler.reconcile(key);
    expect((await live()).metadata.labels).toEqual({ mine: "yes", [nodeNameLabel]: "node-1" });
  });

  it("that was deleted between label and status goes", async () => {
    await make();
    await reconciler.reconcile(key);
    await runPod();
    refuse("PUT", "/status", unreachable);
    await expect(reconciler.reconcile(key)).rejects.toBe(unreachable);
    cluster.api.refusal = () => undefined;
    await cluster.delete(virtualMachines, "web");
    await look();
    await reconciler.reconcile(key);
    expect(await cluster.list(virtualMachines)).toEqual([]);
  });
});

describe("a node that is silent as the watches show it", () => {
  const agentLease = (renewTime: string): Lease => ({
    metadata: { namespace: "kubevirt", name: "virt-agent-node-1" },
    spec: { renewTime },
  });
  const kubeletLease = (renewTime: string): Lease => ({
    metadata: { namespace: kubeletLeaseNamespace, name: "node-1" },
    spec: { renewTime },
  });

  beforeEach(async () => {
    for (const name of ["kubevirt", kubeletLeaseNamespace]) {
      const known = await cluster.list(coreResources.namespaces);
      if (!known.some(({ metadata }) => metadata.name === name))
        await cluster.create(coreResources.namespaces, { metadata: { name } });
    }
    for (const lease of [agentLease("1"), kubeletLease("1")]) {
      await cluster.create(coreResources.leases, lease);
      heartbeats.seen(lease);
    }
  });

  const silence = async () => {
    for (let passed = 0; passed < 60; passed += 5) {
      await clock.pass(5_000);
      heartbeats.contact();
    }
  };
  const renew = (name: string, namespace: string) =>
    cluster.api.direct({
      method: "PATCH",
      target: `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${name}`,
      body: { spec: { renewTime: "2026-01-01T00:00:02.000000Z" } },
      contentType: "application/merge-patch+json",
    });

  it("is asked for before its machines are given up: neither lease has changed", async () => {
    await handedOver();
    await silence();
    await reconciler.reconcile(key);
    expect(cluster.takeCalls().slice(0, 3).sort()).toEqual([
      "GET /api/v1/nodes/node-1",
      "GET /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node-1",
      "GET /apis/coordination.k8s.io/v1/namespaces/kubevirt/leases/virt-agent-node-1",
    ]);
    expect((await live()).status).toMatchObject({ phase: "Failed", nodeName: "node-1" });
    expect((await pods())[0]?.metadata.deletionTimestamp).toBeDefined();
    expect(await told()).toContain("NodeLost");
  });

  it.each([
    ["its agent", "virt-agent-node-1", "kubevirt"],
    ["its kubelet", "node-1", kubeletLeaseNamespace],
  ])("keeps its machines when %s has written meanwhile", async (_who, name, namespace) => {
    await handedOver();
    await silence();
    await renew(name, namespace);
    await reconciler.reconcile(key);
    expect(cluster.takeCalls("writes")).toEqual([]);
    expect((await live()).status?.phase).toBe("Running");
  });

  it("keeps its machines while the API does not answer", async () => {
    await handedOver();
    await silence();
    refuse("GET", "/leases/", unreachable);
    await expect(reconciler.reconcile(key)).rejects.toBe(unreachable);
    expect(cluster.takeCalls("writes")).toEqual([]);
    expect((await live()).status?.phase).toBe("Running");
  });

  it("keeps the machine that writes to a claim, until an operator vouches for its end", async () => {
    await handedOver(writing);
    await silence();
    await reconciler.reconcile(key);
    expect((await live()).status).toMatchObject({ phase: "Unknown", nodeName: "node-1" });
    expect((await pods())[0]?.metadata.deletionTimestamp).toBeUndefined();
    cluster.takeCalls();
    await silence();
    await reconciler.reconcile(key);
    expect(cluster.takeCalls("writes")).toEqual([]);
    const taints = [{ key: "node.kubernetes.io/out-of-service", value: "nodeshutdown", effect: "NoExecute" }];
    await cluster.api.direct({
      method: "PATCH",
      target: "/api/v1/nodes/node-1",
      body: { spec: { taints } },
      contentType: "application/merge-patch+json",
    });
    await reconciler.reconcile(key);
    expect((await live()).status).toMatchObject({ phase: "Failed" });
  });

  it("is not taken to be removed because no watch has shown it yet", async () => {
    await handedOver(writing);
    shown.nodes.clear();
    await reconciler.reconcile(key);
    expect((await live()).status?.phase).toBe("Running");
  });

  it("that was removed has nothing any more", async () => {
    await handedOver(writing);
    await cluster.api.direct({ method: "DELETE", target: "/api/v1/nodes/node-1" });
    await look();
    await reconciler.reconcile(key);
    expect((await live()).status?.phase).toBe("Failed");
  });
});

describe("a machine that is being deleted", () => {
  it("goes at once when no node has it, and asks for its pod's end", async () => {
    await make({ metadata: { finalizers: [machineFinalizer] } });
    await reconciler.reconcile(key);
    await cluster.delete(virtualMachines, "web");
    await look();
    await reconciler.reconcile(key);
    expect(await cluster.list(virtualMachines)).toEqual([]);
    expect(await pods()).toEqual([]);
  });

  it("stays until its node has ended it", async () => {
    await handedOver();
    await cluster.delete(virtualMachines, "web");
    await look();
    await reconciler.reconcile(key);
    expect(cluster.takeCalls("writes")).toEqual([]);
    await cluster.patch(virtualMachines, "web", { status: { phase: "Succeeded" } }, "status");
    await look();
    await reconciler.reconcile(key);
    expect(await cluster.list(virtualMachines)).toEqual([]);
  });

  it("is not released by a view that is old", async () => {
    const vm = await make({ metadata: { finalizers: [machineFinalizer] } });
    await reconciler.reconcile(key);
    await runPod();
    await cluster.delete(virtualMachines, "web");
    await look();
    await cluster.patch(virtualMachines, "web", { status: { phase: "Scheduled", nodeName: "node-1" } }, "status");
    await expect(reconciler.reconcile(key)).rejects.toMatchObject({ reason: "Conflict" });
    expect((await live()).metadata).toMatchObject({ uid: vm.metadata.uid, finalizers: [machineFinalizer] });
  });

  it("takes no pod along that has its launcher's name by now", async () => {
    await make({ metadata: { finalizers: [machineFinalizer] } });
    await reconciler.reconcile(key);
    await look();
    const [pod] = await pods();
    const name = pod?.metadata.name ?? "";
    await cluster.delete(coreResources.pods, name);
    await cluster.create(coreResources.pods, { metadata: { name, namespace: "default" } });
    await cluster.delete(virtualMachines, "web");
    shown.machines.set(key, await live());
    await expect(reconciler.reconcile(key)).rejects.toMatchObject({ reason: "Conflict" });
    expect(await pods()).toHaveLength(1);
  });

  it("that is gone by now is nobody's matter", async () => {
    await make();
    await reconciler.reconcile(key);
    await runPod();
    await cluster.delete(virtualMachines, "web");
    expect(await reconciler.reconcile(key)).toBeUndefined();
    expect(await reconciler.reconcile("default/nobody")).toBeUndefined();
  });
});

it("the name of a machine's pod is that machine's alone", () => {
  const of = (uid: string, name = "web") => podNameOf(buildVirtualMachine({ metadata: { uid, name } }));
  expect(of("one")).toBe(of("one"));
  expect(new Set(["one", "two", "three"].map((uid) => of(uid))).size).toBe(3);
});
