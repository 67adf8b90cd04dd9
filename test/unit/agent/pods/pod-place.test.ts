import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PodCgroups } from "../../../../provider/agent/pods/cgroup";
import { type LauncherPod, PodNotReadyError, parseCgroups } from "../../../../provider/agent/pods/launcher";
import type { PodClaims } from "../../../../provider/agent/pods/pod-claims";
import { PodPlaces, type PodPlacesOptions } from "../../../../provider/agent/pods/pod-place";
import type { VirtualMachine } from "../../../../provider/api/v1alpha1/virtual-machine";
import { UnreachableError } from "../../../../provider/kube/errors";
import { coreResources, type KubeObject } from "../../../../provider/kube/resource";
import { buildPod, type PodParts } from "../../../builders/launcher-pod";
import { buildVirtualMachine, builtUid, claimDisk, type VirtualMachineParts } from "../../../builders/virtual-machine";
import { FakeClock } from "../../../fakes/clock";
import { ClusterApi } from "../../../fakes/cluster-api";

const container = "890fa4b45a59919cb3831cc6e5b723dc91fe730ae32da74141fbb77ca9afce28";
const group = `kubepods/pod1/${container}`;
const isolated = "the node could not reach the Kubernetes API for 300 seconds";
const away = new UnreachableError("https://cluster", new Error("connection refused"));
const [rootDisk, rootVolume] = claimDisk("root");
const writing: VirtualMachineParts = { domain: { devices: { disks: [rootDisk] } }, spec: { volumes: [rootVolume] } };

const heldRoot = { name: "claim-0", persistentVolumeClaim: { claimName: "root" } };

const upPod = (parts: PodParts = {}) =>
  buildPod({
    ...parts,
    status: {
      phase: "Running",
      containerStatuses: [{ name: "launcher", containerID: `containerd://${container}`, state: { running: {} } }],
      ...parts.status,
    },
  });

let cluster: ClusterApi;
let clock: FakeClock;
let folder: string;
let pods: Map<string, LauncherPod>;
let children: ChildProcess[];
let launcher: ChildProcess | undefined;

beforeEach(async () => {
  cluster = await ClusterApi.open();
  clock = new FakeClock();
  folder = mkdtempSync(join(tmpdir(), "place-"));
  mkdirSync(join(folder, "machines", builtUid), { recursive: true });
  mkdirSync(join(folder, "cgroup", group), { recursive: true });
  pods = new Map();
  children = [];
  launcher = undefined;
  cluster.takeCalls();
});
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
  await cluster.close();
});

const machine = (
  parts: VirtualMachineParts = {},
  phase: "Running" | "Succeeded" | "Failed" = "Running",
): VirtualMachine => ({
  ...buildVirtualMachine(parts),
  status: { phase, nodeName: "node-1" },
});

function places(changes: Partial<PodPlacesOptions> = {}): PodPlaces {
  return new PodPlaces({
    client: cluster.client,
    clock,
    processes: {
      launcherOf: async (id) =>
        id === container && launcher?.pid !== undefined
          ? { pid: launcher.pid, cgroups: parseCgroups(`0::/${group}\n`) }
          : undefined,
    },
    cgroups: new PodCgroups(join(folder, "cgroup")),
    claims: { release: async () => undefined } as unknown as PodClaims,
    run: async () => undefined,
    folderOf: (uid) => join(folder, "machines", uid),
    kubeletFolder: join(folder, "kubelet"),
    domainPidFolder: join(folder, "pids"),
    podOf: (uid) => pods.get(uid),
    knowsPods: () => true,
    isolation: () => undefined,
    ...changes,
  });
}

/** A process of this node. */
async function start(script: string, ...words: readonly string[]): Promise<ChildProcess> {
  const child = spawn("sh", ["-c", `${script}; echo ready; while :; do sleep 0.05; done`, "sh", ...words]);
  children.push(child);
  await new Promise((resolve) => child.stdout.once("data", resolve));
  return child;
}

describe("the end of a machine's place", () => {
  it("is that of the pod that the watch shows, and nobody is asked", async () => {
    pods.set(builtUid, upPod() as LauncherPod);
    expect(await places().endOf(machine())).toBeUndefined();
    pods.set(
      builtUid,
      upPod({ status: { phase: "Failed", reason: "Evicted", message: "low on memory" } }) as LauncherPod,
    );
    expect(await places().endOf(machine())).toMatchObject({ deadline: clock.now(), report: { reason: "Evicted" } });
    expect(cluster.takeCalls()).toEqual([]);
  });

  it("is not there before all pods of the node are known", async () => {
    expect(await places({ knowsPods: () => false }).endOf(machine())).toBeUndefined();
    expect(cluster.takeCalls()).toEqual([]);
  });

  it("is there for a pod that no watch shows only when the API has none either", async () => {
    expect(await places().endOf(machine())).toMatchObject({ report: { phase: "Failed", reason: "PodGone" } });
    const { metadata, ...pod } = upPod({ spec: { nodeName: "node-1" } });
    const others = { ...metadata, name: "of-another", ownerReferences: [] };
    await cluster.create(coreResources.pods, { ...pod, metadata: others } as KubeObject);
    expect(await places().endOf(machine())).toMatchObject({ report: { reason: "PodGone" } });
    await cluster.create(coreResources.pods, { ...pod, metadata } as KubeObject);
    expect(await places().endOf(machine())).toBeUndefined();
  });

  it("is not known while the API does not answer", async () => {
    cluster.api.refusal = () => away;
    await expect(places().endOf(machine())).rejects.toBe(away);
  });

  it("is no matter of a machine that has ended", async () => {
    for (const phase of ["Succeeded", "Failed"] as const) {
      expect(await places({ isolation: () => isolated }).endOf(machine(writing, phase))).toBeUndefined();
    }
    expect(cluster.takeCalls()).toEqual([]);
  });

  it.each<[string, VirtualMachineParts, boolean]>([
    ["writes to a claim", writing, true],
    ["has no claims", {}, false],
    [
      "only reads one",
      { spec: { volumes: [{ name: "root", ephemeral: { persistentVolumeClaim: { claimName: "root" } } }] } },
      false,
    ],
  ])("on a node that is cut off, of a machine that %s", async (_what, parts, ends) => {
    const isolation = { isolation: () => isolated };
    const end = ends
      ? { deadline: clock.now(), report: { phase: "Failed", reason: "NodeIsolated", message: isolated } }
      : undefined;
    pods.set(builtUid, upPod({ spec: { volumes: ends ? [heldRoot] : [] } }) as LauncherPod);
    expect(await places(isolation).endOf(machine(parts))).toEqual(end);
    // What the spec was changed to since says nothing about the guest.
    expect(await places(isolation).endOf(machine(ends ? {} : writing))).toEqual(end);
  });

  it("is there on a node that is cut off also before its pods are known", async () => {
    const cut = places({ isolation: () => isolated, knowsPods: () => false });
    expect(await cut.endOf(machine(writing))).toBeDefined();
  });
});

describe("a machine's place", () => {
  it.each<[string, LauncherPod | undefined, string, VirtualMachineParts?]>([
    ["there is no pod", undefined, "the launcher pod of default/web is not on this node"],
    [
      "the pod is another machine's",
      { ...upPod(), metadata: { ...upPod().metadata, ownerReferences: [] } } as LauncherPod,
      "the launcher pod of default/web is not on this node",
    ],
    [
      "its launcher waits",
      upPod({ status: { containerStatuses: [{ name: "launcher", state: { waiting: {} } }] } }) as LauncherPod,
      "the launcher of pod virt-launcher-web-bbbbb does not run",
    ],
    [
      "the pod does not hold a claim to be written that the machine was changed to write to",
      upPod({ spec: { volumes: [{ ...heldRoot, name: "claim-0-read" }] } }) as LauncherPod,
      'does not hold claim "root" to be written: take the change back, or make the machine anew',
      writing,
    ],
    ["its launcher is nowhere", upPod() as LauncherPod, "is not among this node's processes"],
  ])("is not ready while %s", async (_what, pod, words, parts) => {
    if (pod !== undefined) pods.set(builtUid, pod);
    await expect(places().look(machine(parts))).rejects.toThrow(PodNotReadyError);
    await expect(places().look(machine(parts))).rejects.toThrow(words);
  });

  it("gives the card its name on the node, which no other has, and the size of its packets", async () => {
    launcher = await start(":");
    pods.set(builtUid, upPod() as LauncherPod);
    const address = { ip: "10.44.1.7", prefixLength: 24, mtu: 1400 };
    writeFileSync(join(folder, "machines", builtUid, "network.json"), JSON.stringify(address));
    expect(await places().look(machine())).toEqual({ kind: "tap", device: "kvf4686d2c6e8d", mtu: 1400 });
  });

  it("has the secrets that the kubelet has brought", async () => {
    const volumes = [{ name: "secret-0", secret: { secretName: "init" } }];
    pods.set(builtUid, upPod({ spec: { volumes } }) as LauncherPod);
    const brought = join(folder, "kubelet/pods", upPod().metadata.uid ?? "", "volumes/kubernetes.io~secret/secret-0");
    mkdirSync(brought, { recursive: true });
    writeFileSync(join(brought, "userdata"), "x");
    const read = places().secrets(machine());
    expect(await read("init")).toEqual({ userdata: Buffer.from("x") });
    expect(await read("other")).toBeUndefined();
  });

  it("takes QEMU in that libvirt has started, and no other process", async () => {
    launcher = await start(":");
    pods.set(builtUid, upPod() as LauncherPod);
    const domain = { name: "default_web", uuid: builtUid, id: 1 };
    mkdirSync(join(folder, "pids"));
    const pidFile = join(folder, "pids", "default_web.pid");
    const qemu = await start(":", "-uuid", builtUid);
    writeFileSync(pidFile, `${qemu.pid}\n`);
    await places().hold(machine(), domain);
    expect(readFileSync(join(folder, "cgroup/kubepods/pod1/virt-machine/cgroup.procs"), "utf8")).toBe(String(qemu.pid));
    const other = await start(":", "-uuid", "another");
    for (const pid of [other.pid, 1, 0, "x"]) {
      writeFileSync(pidFile, `${pid}\n`);
      await expect(places().hold(machine(), domain)).rejects.toThrow(`which is not the QEMU of ${builtUid}`);
    }
  });
});

describe("a place that is closed", () => {
  const traps = "trap 'exit 0' USR1; trap 'exit 1' USR2";
  const endOfLauncher = (child: ChildProcess) => new Promise((resolve) => child.once("exit", resolve));

  it.each([
    ["Succeeded", 0],
    ["Failed", 1],
  ] as const)("ends its launcher as the machine has ended: %s", async (phase, code) => {
    launcher = await start(traps);
    pods.set(builtUid, upPod() as LauncherPod);
    mkdirSync(join(folder, "cgroup/kubepods/pod1/virt-machine"));
    const ended = endOfLauncher(launcher);
    await places().close(machine({}, phase));
    expect(await ended).toBe(code);
    expect(existsSync(join(folder, "cgroup/kubepods/pod1/virt-machine"))).toBe(false);
    await places().close(machine({}, phase));
  });

  it("may have no launcher any more", async () => {
    await places().close(machine({}, "Failed"));
    pods.set(builtUid, upPod({ status: { containerStatuses: [] } }) as LauncherPod);
    await places().close(machine({}, "Failed"));
    pods.set(builtUid, upPod() as LauncherPod);
    await places().close(machine({}, "Failed"));
  });

  it("is released by its uid alone", async () => {
    const released: string[] = [];
    const claims = { release: async (uid: string) => void released.push(uid) } as unknown as PodClaims;
    await places({ claims }).release({ uid: builtUid });
    expect(released).toEqual([builtUid]);
  });
});
