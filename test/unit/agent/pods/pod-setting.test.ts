import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PodSetting, type PodSettingOptions } from "../../../../provider/agent/pods/pod-setting";
import type { JoinedSetting, SettingParts } from "../../../../provider/agent/setting";
import type { VirtualMachine } from "../../../../provider/api/v1alpha1/virtual-machine";
import { virtualMachines } from "../../../../provider/core/resources";
import { ApiError, UnreachableError } from "../../../../provider/kube/errors";
import type { Lease } from "../../../../provider/kube/leader-election";
import { coreResources, type KubeObject } from "../../../../provider/kube/resource";
import { systemClock } from "../../../../provider/runtime/clock";
import { silentLogger } from "../../../../provider/runtime/log";
import { buildPod } from "../../../builders/launcher-pod";
import { buildVirtualMachine, claimDisk } from "../../../builders/virtual-machine";
import { settled } from "../../../fakes/clock";
import { ClusterApi } from "../../../fakes/cluster-api";

const away = new UnreachableError("https://cluster", new Error("connection refused"));
const [rootDisk, rootVolume] = claimDisk("root");
const writing = { domain: { devices: { disks: [rootDisk] } }, spec: { volumes: [rootVolume] } };

let cluster: ClusterApi;
let machines: VirtualMachine[];
let looked: string[];
let joined: JoinedSetting;

beforeEach(async () => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"],
    now: Date.parse("2026-01-01T00:00:00Z"),
  });
  cluster = await ClusterApi.open();
  await cluster.create(coreResources.namespaces, { metadata: { name: "kubevirt" } });
  machines = [];
  looked = [];
});
afterEach(async () => {
  await joined.stop();
  await cluster.close();
  vi.useRealTimers();
});

function setting(changes: Partial<PodSettingOptions> = {}): PodSetting {
  return new PodSetting({
    node: "node-1",
    systemNamespace: "kubevirt",
    folderOf: (uid) => `/nowhere/${uid}`,
    hostRoot: "/",
    kubeletFolder: "/nowhere",
    domainPidFolder: "/nowhere",
    selfFenceSeconds: 300,
    ...changes,
  });
}

function join(options: Partial<PodSettingOptions> = {}): void {
  const parts: Partial<SettingParts> = {
    client: cluster.client,
    clock: systemClock,
    log: silentLogger,
    machines: () => machines,
    lookAt: (key) => looked.push(key),
  };
  joined = setting(options).join(parts as SettingParts);
}

async function beat(seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += joined.heartbeatIntervalMs / 1000) {
    vi.advanceTimersByTime(joined.heartbeatIntervalMs);
    await joined.heartbeat().catch(() => undefined);
  }
}

async function makeMachine(parts: Parameters<typeof buildVirtualMachine>[0] = {}): Promise<VirtualMachine> {
  const { metadata, ...vm } = buildVirtualMachine(parts);
  const { uid: _, ...others } = metadata;
  const made = (await cluster.create(virtualMachines, { ...vm, metadata: others })) as VirtualMachine;
  return { ...made, status: { phase: "Running", nodeName: "node-1" } };
}

function podFor(
  { metadata: { uid = "", name = "" } }: VirtualMachine,
  spec: object = { nodeName: "node-1" },
): KubeObject {
  const { metadata, ...pod } = buildPod({ spec });
  return {
    ...pod,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, "kubevirt.io/created-by": uid },
      ownerReferences: (metadata.ownerReferences ?? []).map((owner) => ({ ...owner, name, uid })),
    },
  };
}

describe("an agent on a node of a cluster", () => {
  it("watches the machines that were handed to its node", () => {
    join();
    expect(setting().machineSelector).toBe("kubevirt.io/nodeName=node-1");
  });

  it("gives its sign of life by a lease of its node", async () => {
    join();
    await joined.heartbeat();
    const lease = await cluster.get<Lease>(coreResources.leases, "virt-agent-node-1", "kubevirt");
    expect(lease.spec).toMatchObject({ holderIdentity: "node-1", leaseDurationSeconds: 40 });
  });

  it("knows the launcher pods of its node, and has their machines looked at when they change", async () => {
    const vm = await makeMachine();
    join();
    await joined.open();
    await joined.start();
    cluster.takeCalls();
    await cluster.create(coreResources.pods, podFor(vm));
    await settled();
    expect(new Set(looked.splice(0))).toEqual(new Set(["default/web"]));
    expect(await joined.places.endOf(vm)).toBeUndefined();
    expect(cluster.takeCalls()).toEqual([]);
    await cluster.patch(
      coreResources.pods,
      "virt-launcher-web-bbbbb",
      { status: { phase: "Failed", reason: "Evicted" } },
      "status",
    );
    await settled();
    expect(new Set(looked.splice(0))).toEqual(new Set(["default/web"]));
    expect(await joined.places.endOf(vm)).toMatchObject({ report: { reason: "Evicted" } });
    await cluster.patch(coreResources.pods, "virt-launcher-web-bbbbb", { spec: { gone: true } });
    await cluster.delete(coreResources.pods, "virt-launcher-web-bbbbb");
    await settled();
    expect(await joined.places.endOf(vm)).toMatchObject({ report: { reason: "PodGone" } });
  });

  it("does not take a pod for a machine's that only says so", async () => {
    const vm = await makeMachine();
    join();
    await joined.open();
    const { metadata, ...pod } = podFor(vm);
    await cluster.create(coreResources.pods, { ...pod, metadata: { ...metadata, ownerReferences: [] } });
    await settled();
    expect(looked).toEqual([]);
    expect(await joined.places.endOf(vm)).toMatchObject({ report: { reason: "PodGone" } });
  });

  it("does not take the end of a pod for that of the next one of its name", async () => {
    const vm = await makeMachine();
    join();
    await joined.open();
    const pod = podFor(vm);
    await cluster.create(coreResources.pods, pod);
    await cluster.patch(coreResources.pods, "virt-launcher-web-bbbbb", { spec: { gone: true } });
    await cluster.delete(coreResources.pods, "virt-launcher-web-bbbbb");
    await cluster.create(coreResources.pods, pod);
    await settled();
    cluster.takeCalls();
    expect(await joined.places.endOf(vm)).toBeUndefined();
    expect(cluster.takeCalls()).toEqual([]);
  });
});

describe("an agent that cannot reach the API", () => {
  it("ends what writes to claims once that has lasted, and nothing else", async () => {
    const [ephemeral, persistent] = [await makeMachine(), await makeMachine({ metadata: { name: "db" }, ...writing })];
    machines = [ephemeral, persistent];
    join();
    await joined.open();
    for (const vm of machines)
      await cluster.create(coreResources.pods, {
        ...podFor(vm),
        metadata: { ...podFor(vm).metadata, name: `pod-${vm.metadata.name}` },
      });
    await settled();
    await joined.heartbeat();
    looked.length = 0;
    cluster.api.refusal = () => away;
    await beat(290);
    expect(looked).toEqual([]);
    expect(await joined.places.endOf(persistent)).toBeUndefined();
    await beat(10);
    expect(looked).toEqual(["default/web", "default/db"]);
    expect(await joined.places.endOf(persistent)).toMatchObject({
      report: { phase: "Failed", reason: "NodeIsolated" },
    });
    expect(await joined.places.endOf(ephemeral)).toBeUndefined();
    cluster.api.refusal = () => undefined;
    await beat(10);
    expect(await joined.places.endOf(persistent)).toBeUndefined();
  });

  it("ends nothing where it was told never to", async () => {
    const vm = await makeMachine(writing);
    machines = [vm];
    join({ selfFenceSeconds: 0 });
    await joined.open();
    await cluster.create(coreResources.pods, podFor(vm));
    await settled();
    looked.length = 0;
    cluster.api.refusal = () => away;
    await beat(3_600);
    expect(looked).toEqual([]);
    expect(await joined.places.endOf(vm)).toBeUndefined();
  });

  it("ends nothing because somebody set the clock, or the computer slept", async () => {
    const vm = await makeMachine(writing);
    machines = [vm];
    join();
    await joined.open();
    await cluster.create(coreResources.pods, podFor(vm));
    await settled();
    await joined.heartbeat();
    vi.setSystemTime(Date.parse("2026-01-02T00:00:00Z"));
    expect(await joined.places.endOf(vm)).toBeUndefined();
    vi.advanceTimersByTime(86_400_000);
    expect(await joined.places.endOf(vm)).toBeUndefined();
    await joined.heartbeat();
    expect(await joined.places.endOf(vm)).toBeUndefined();
  });

  it("ends nothing because the API refuses", async () => {
    const vm = await makeMachine(writing);
    machines = [vm];
    join();
    await joined.open();
    await cluster.create(coreResources.pods, podFor(vm));
    await settled();
    cluster.api.refusal = ({ target }) =>
      target.includes("/leases") ? new ApiError("leases is forbidden", { code: 403, reason: "Forbidden" }) : undefined;
    await beat(3_600);
    expect(await joined.places.endOf(vm)).toBeUndefined();
  });
});
