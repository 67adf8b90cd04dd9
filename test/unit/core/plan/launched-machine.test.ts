import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { VirtualMachine, VirtualMachineStatus } from "../../../../provider/api/v1alpha1/virtual-machine";
import type { VirtualMachinePreset } from "../../../../provider/api/v1alpha1/virtual-machine-preset";
import type { Volume } from "../../../../provider/api/v1alpha1/volumes";
import type { PodObject } from "../../../../provider/controller/launcher-pod";
import type { ClaimConflict } from "../../../../provider/core/claim-use";
import { longestConditionMessage } from "../../../../provider/core/conditions";
import { isFinal, virtualMachinePhases } from "../../../../provider/core/phases";
import {
  type LaunchedMachinePlan,
  type NodeHealth,
  type ObservedLaunchedMachine,
  type ObservedPod,
  patienceMs,
  planLaunchedMachine,
  writesToClaims,
} from "../../../../provider/core/plan/launched-machine";
import { type LauncherVolumes, launcherPod } from "../../../../provider/core/plan/launcher-pod";
import {
  machineFinalizer,
  nodeNameLabel,
  presetsAppliedAnnotation,
} from "../../../../provider/core/plan/machine-marks";
import { soundMachine } from "../../../../provider/core/sound-machine";
import { validateObject } from "../../../../provider/core/validation";
import { buildObservedPod } from "../../../builders/launcher-pod";
import { buildPreset } from "../../../builders/preset";
import { buildVirtualMachine, builtUid, claimDisk, type VirtualMachineParts } from "../../../builders/virtual-machine";

const timestamp = "2026-01-01T00:00:00Z";
const now = Date.parse(timestamp);
const podName = "virt-launcher-web-bbbbb";
const heard: NodeHealth = { state: "heard" };
const silent: NodeHealth = { state: "silent", seconds: 61 };
const fenced: NodeHealth = { state: "fenced", how: "was removed from the cluster" };
const outOfService: NodeHealth = { state: "fenced", how: "was marked as out of service" };

const claimConflict: ClaimConflict = { claim: "root", holder: "db", mode: "write" };
const [rootDisk, rootVolume] = claimDisk("root");
const writing: VirtualMachineParts = { domain: { devices: { disks: [rootDisk] } }, spec: { volumes: [rootVolume] } };
const reading: VirtualMachineParts = {
  domain: { devices: { disks: [rootDisk] } },
  spec: { volumes: [{ name: "root", ephemeral: { persistentVolumeClaim: { claimName: "root" } } }] },
};

function machine(parts: VirtualMachineParts = {}, status?: VirtualMachineStatus): VirtualMachine {
  const vm = buildVirtualMachine(parts);
  return status === undefined ? vm : { ...vm, status };
}

/** As it is once it was handed to node-1. */
function handedOver(parts: VirtualMachineParts = {}, status: Partial<VirtualMachineStatus> = {}): VirtualMachine {
  const metadata = {
    labels: { [nodeNameLabel]: "node-1" },
    finalizers: [machineFinalizer],
    annotations: { [presetsAppliedAnnotation]: "kubevirt.io/v1alpha1" },
    ...parts.metadata,
  };
  return machine({ ...parts, metadata }, { phase: "Running", nodeName: "node-1", ...status });
}

const root = { persistentVolumeClaim: { claimName: "root" } };
const held: LauncherVolumes = [{ name: "doors" }, { name: "claim-0", ...root }];
const heldToRead: LauncherVolumes = [{ name: "doors" }, { name: "claim-0-read", ...root }];
const deleted = { deletionTimestamp: timestamp };

const observe = (vm: VirtualMachine, seen: Partial<ObservedLaunchedMachine> = {}): ObservedLaunchedMachine => ({
  vm,
  presets: [],
  podName,
  missingClaims: [],
  claimConflict: undefined,
  node: heard,
  systemNamespace: "kubevirt",
  now,
  timestamp,
  ...seen,
  pod: seen.pod && { ...seen.pod, volumes: seen.pod.volumes.length > 0 ? seen.pod.volumes : volumesFor(vm) },
});
/** Of a pod that was made for this machine. */
const volumesFor = (vm: VirtualMachine): LauncherVolumes => {
  if (validateObject(vm).errors.length > 0) return [];
  const made = launcherPod(vm, { name: podName, launcher: { image: "x" }, claims: {} }) as PodObject;
  return made.spec?.volumes ?? [];
};
const plan = (vm: VirtualMachine, seen: Partial<ObservedLaunchedMachine> = {}) =>
  planLaunchedMachine(observe(vm, seen));
const pod = (changes: Partial<ObservedPod> = {}) => buildObservedPod({ createdAt: now, ...changes });
const running = (changes: Partial<ObservedPod> = {}) => pod({ phase: "Running", nodeName: "node-1", ...changes });
const cores = (name: string, count: number) => buildPreset(name, { cpu: { cores: count } });

const readyOf = (status: VirtualMachineStatus | undefined) =>
  status?.conditions?.find(({ type }) => type === "Ready") ?? {};
const eventsOf = ({ events }: LaunchedMachinePlan) => events.map(({ type, reason }) => `${type} ${reason}`);

/** As an API server gives an object back: every object's keys in the order of the alphabet. */
function asStored<T>(value: T): T {
  const sorted = (inner: unknown): unknown =>
    Array.isArray(inner)
      ? inner.map(sorted)
      : typeof inner === "object" && inner !== null
        ? Object.fromEntries(
            Object.entries(inner)
              .sort(([a], [b]) => (a < b ? -1 : 1))
              .map(([key, item]) => [key, sorted(item)]),
          )
        : inner;
  return sorted(JSON.parse(JSON.stringify(value))) as T;
}

/** What is there once a plan was carried out; undefined when the object is gone. */
function carriedOut(
  observed: ObservedLaunchedMachine,
  planned: LaunchedMachinePlan,
): ObservedLaunchedMachine | undefined {
  let vm = planned.object === undefined ? observed.vm : { ...observed.vm, ...planned.object };
  if (planned.status !== undefined) vm = { ...vm, status: planned.status };
  const { finalizers } = (planned.release ?? vm).metadata;
  if (planned.release !== undefined) vm = { ...vm, metadata: { ...vm.metadata, finalizers: finalizers ?? [] } };
  if (vm.metadata.deletionTimestamp !== undefined && (finalizers ?? []).length === 0) return undefined;
  let after = observed.pod;
  if (planned.createPod !== undefined) after = buildObservedPod({ name: observed.podName, createdAt: observed.now });
  if (planned.deletePod !== undefined && after !== undefined) after = { ...after, deleting: true };
  return { ...observed, vm: asStored(vm), pod: after };
}

describe("the plan of a launched machine, before it has a pod", () => {
  it("makes the pod, and writes nothing when no preset changes anything", () => {
    const vm = machine();
    const planned = plan(vm);
    expect(planned.createPod?.machine.spec).toEqual(vm.spec);
    expect(planned).toMatchObject({ events: [{ type: "Normal", reason: "SuccessfulCreate" }] });
    expect(planned.object).toBeUndefined();
    expect(planned.status).toBeUndefined();
    expect(planned.events[0]?.message).toBe(`Created virtual machine pod ${podName}`);
  });

  it("writes down what presets change before the pod is made of it, with finalizer and mark", () => {
    const { object, createPod, events } = plan(machine({ domain: { machine: { type: "q35" } } }), {
      presets: [buildPreset("small", { cpu: { cores: 2 }, machine: { type: "pc" } })],
    });
    expect(object?.spec.domain.cpu).toEqual({ cores: 2 });
    expect(object?.metadata.finalizers).toEqual([machineFinalizer]);
    expect(object?.metadata.annotations).toMatchObject({ [presetsAppliedAnnotation]: "kubevirt.io/v1alpha1" });
    expect(object?.metadata.labels).toBeUndefined();
    expect(createPod?.machine.spec).toEqual(object?.spec);
    expect(events.map(({ reason }) => reason)).toEqual(["Override", "SuccessfulCreate"]);
  });

  it("looks at presets once: those that come later change nothing", () => {
    const first = carriedOut(observe(machine()), plan(machine(), { presets: [cores("two", 2)] }));
    const second = plan(first?.vm as VirtualMachine, { presets: [cores("five", 5)] });
    expect(second.object).toBeUndefined();
    expect(second.createPod?.machine.spec.domain.cpu).toEqual({ cores: 2 });
  });

  it("waits for claims that do not exist, says which, and looks again by itself", () => {
    const planned = plan(machine(writing), { missingClaims: ["root", "other"] });
    expect(planned.createPod).toBeUndefined();
    expect(planned.lookAgainAfterMs).toBe(5_000);
    expect(planned.status?.phase).toBe("Pending");
    expect(readyOf(planned.status)).toMatchObject({
      status: "False",
      reason: "ClaimNotFound",
      message:
        'there is no PersistentVolumeClaim "root", "other" in namespace "default"; the machine is started once there is',
    });
  });

  it("writes about missing claims once, and goes on when they are there", () => {
    const observed = observe(machine(writing), { missingClaims: ["root"] });
    const waiting = carriedOut(observed, planLaunchedMachine(observed)) as ObservedLaunchedMachine;
    expect(planLaunchedMachine(waiting)).toEqual({ events: [], lookAgainAfterMs: 5_000 });
    expect(planLaunchedMachine({ ...waiting, missingClaims: [] }).createPod).toBeDefined();
  });

  it("looks less and less often for claims that stay missing, and once a minute at least", () => {
    const observed = observe(machine(writing), { missingClaims: ["root"] });
    const waiting = carriedOut(observed, planLaunchedMachine(observed)) as ObservedLaunchedMachine;
    const again = (seconds: number) => planLaunchedMachine({ ...waiting, now: now + seconds * 1000 }).lookAgainAfterMs;
    expect([0, 5, 10, 20, 40, 80, 100_000].map(again)).toEqual([5, 5, 10, 20, 40, 60, 60].map((each) => each * 1000));
    // By a clock that is behind.
    expect(again(-60)).toBe(5_000);
  });

  it("keeps what presets changed also while claims are missing", () => {
    const { object, createPod } = plan(machine(writing), { presets: [cores("two", 2)], missingClaims: ["root"] });
    expect(object?.spec.domain.cpu).toEqual({ cores: 2 });
    expect(createPod).toBeUndefined();
  });

  describe("and another machine writes to its claim", () => {
    const message =
      'claim "root" is written by machine "db", and a disk that is written has one user; this machine starts when "db" ' +
      "has ended: stop or delete that one, or give this one a claim of its own";

    it("waits without a pod, says for whom and what to do, and looks at no preset yet", () => {
      const planned = plan(machine(writing), { claimConflict, presets: [cores("two", 2)] });
      expect(planned.createPod).toBeUndefined();
      expect(planned.object).toBeUndefined();
      expect(planned.status?.phase).toBe("Pending");
      expect(readyOf(planned.status)).toMatchObject({ status: "False", reason: "ClaimInUse", message });
      expect(planned.events).toEqual([{ type: "Warning", reason: "ClaimInUse", message }]);
      expect(planned.lookAgainAfterMs).toBe(10_000);
    });

    it("says so once, and begins when it is its turn", () => {
      const observed = observe(machine(writing), { claimConflict });
      const waiting = carriedOut(observed, planLaunchedMachine(observed)) as ObservedLaunchedMachine;
      expect(planLaunchedMachine(waiting)).toEqual({ events: [], lookAgainAfterMs: 10_000 });
      const begun = { ...waiting, claimConflict: undefined, presets: [cores("two", 2)] };
      expect(planLaunchedMachine(begun).createPod?.machine.spec.domain.cpu).toEqual({ cores: 2 });
    });

    it("is Failed when it is not valid: no turn would help it", () => {
      const planned = plan(soundMachine({ ...machine(), spec: {} }), { claimConflict });
      expect(planned.status?.phase).toBe("Failed");
    });

    it("is not given to a node when it has a launcher already, which it keeps", () => {
      const observed = observe(machine(writing), { claimConflict, pod: running() });
      const planned = planLaunchedMachine(observed);
      expect(planned).toMatchObject({ status: { phase: "Scheduling" }, events: [{ reason: "ClaimInUse" }] });
      expect(planned.status?.nodeName).toBeUndefined();
      expect(planned.deletePod).toBeUndefined();
      const waiting = carriedOut(observed, planned) as ObservedLaunchedMachine;
      expect(planLaunchedMachine({ ...waiting, claimConflict: undefined }).status?.nodeName).toBe("node-1");
    });
  });

  it.each<[string, unknown, VirtualMachinePreset[], string]>([
    ["that is not valid", {}, [], "InvalidSpec"],
    ["whose presets disagree", undefined, [cores("two", 2), cores("three", 3)], "PresetFailed"],
    [
      "that presets make invalid",
      undefined,
      [buildPreset("disks", { devices: { disks: [{ name: "a", volumeName: "nowhere", disk: {} }] } })],
      "PresetFailed",
    ],
  ])("ends a machine %s in Failed, without a pod", (_what, spec, presets, reason) => {
    const vm = spec === undefined ? machine({ domain: { devices: { disks: [] } } }) : { ...machine(), spec };
    const planned = plan(soundMachine(vm), { presets });
    expect(planned.object).toBeUndefined();
    expect(planned.createPod).toBeUndefined();
    expect(planned.status?.phase).toBe("Failed");
    expect(readyOf(planned.status)).toMatchObject({ status: "False", reason });
    expect(eventsOf(planned)).toEqual([`Warning ${reason}`]);
  });
});

describe("the plan of a launched machine that has a pod and no node", () => {
  it("leaves a pod that starts in the usual time unmentioned", () => {
    expect(plan(machine(), { pod: pod() })).toEqual({ events: [], lookAgainAfterMs: patienceMs });
    expect(plan(machine(), { pod: pod({ createdAt: now - 500 }) }).lookAgainAfterMs).toBe(patienceMs - 500);
    // A server whose clock is ahead.
    expect(plan(machine(), { pod: pod({ createdAt: now + 60_000 }) }).lookAgainAfterMs).toBe(patienceMs);
  });

  it.each<[string, Partial<ObservedPod>, string, string]>([
    ["the scheduler", {}, "PodStarting", `launcher pod ${podName} waits for the scheduler`],
    ["its node", { nodeName: "node-1" }, "PodStarting", `launcher pod ${podName} is being started on node node-1`],
    [
      "a node that fits",
      { createdAt: now, waiting: { reason: "Unschedulable", message: "0/2 nodes are available" } },
      "Unschedulable",
      "0/2 nodes are available",
    ],
    [
      "its image",
      { createdAt: now, nodeName: "node-1", waiting: { reason: "ErrImagePull", message: "no such image" } },
      "ErrImagePull",
      "no such image",
    ],
  ])("says that it waits for %s, once", (_what, changes, reason, message) => {
    const observed = observe(machine(), { pod: pod({ createdAt: now - patienceMs, ...changes }) });
    const planned = planLaunchedMachine(observed);
    expect(planned.status?.phase).toBe("Scheduling");
    expect(readyOf(planned.status)).toMatchObject({ status: "False", reason, message });
    expect(planned.events).toEqual([]);
    const again = planLaunchedMachine(carriedOut(observed, planned) as ObservedLaunchedMachine);
    // Its node may be lost meanwhile, which no watch of pods shows.
    expect(again).toEqual({ events: [], ...(changes.nodeName === undefined ? {} : { lookAgainAfterMs: 10_000 }) });
  });

  it("leaves a pod alone that has the name and is not its own, and says what to do", () => {
    const planned = plan(machine(), { pod: running({ owned: false }) });
    expect(planned.deletePod).toBeUndefined();
    expect(planned.createPod).toBeUndefined();
    expect(planned.object).toBeUndefined();
    expect(planned.status?.phase).toBe("Pending");
    expect(readyOf(planned.status)).toMatchObject({ reason: "NameTaken" });
    expect(plan(soundMachine({ ...machine(), spec: {} }), { pod: pod({ owned: false }) }).deletePod).toBeUndefined();
  });

  it.each<[string, Partial<ObservedPod>, string, string, boolean]>([
    [
      "was evicted",
      { phase: "Failed", ended: { reason: "Evicted", message: "The node was low on memory." } },
      "Evicted",
      `launcher pod ${podName}: The node was low on memory.`,
      true,
    ],
    ["failed without a word", { phase: "Failed" }, "PodEnded", `launcher pod ${podName}: it has ended (Failed)`, true],
    ["ended", { phase: "Succeeded" }, "PodEnded", `launcher pod ${podName}: it has ended (Succeeded)`, true],
    [
      "is being deleted",
      { phase: "Running", deleting: true },
      "PodDeleted",
      `launcher pod ${podName} was deleted before the machine was started`,
      false,
    ],
    ["failed and is being deleted", { phase: "Failed", deleting: true }, "PodEnded", "", false],
  ])("ends in Failed when the pod %s", (_what, changes, reason, message, removes) => {
    const planned = plan(machine(), { pod: pod(changes) });
    expect(planned.status?.phase).toBe("Failed");
    expect(readyOf(planned.status)).toMatchObject({ reason, message: expect.stringContaining(message) });
    expect(planned.deletePod).toBe(removes ? true : undefined);
    expect(planned.createPod).toBeUndefined();
    expect(eventsOf(planned)).toEqual([`Warning ${reason}`]);
  });

  it.each<[string, NodeHealth, string]>([
    ["silent", silent, "node node-1 has not been heard of for 61 seconds, and has not started the machine"],
    ["removed", fenced, "node node-1 was removed from the cluster, and has not started the machine"],
  ])(
    "ends in Failed when the pod's node is %s: also what writes to a claim has not begun there",
    (_what, node, message) => {
      for (const seen of [pod({ nodeName: "node-1" }), running()]) {
        const planned = plan(machine(writing), { pod: seen, node });
        expect(planned).toMatchObject({ deletePod: true, status: { phase: "Failed" } });
        expect(readyOf(planned.status)).toMatchObject({ reason: "NodeLost", message });
        expect(planned.object).toBeUndefined();
      }
    },
  );

  it("removes the pod of a machine that is not valid any more", () => {
    const planned = plan(soundMachine({ ...machine(), spec: {} }), { pod: running() });
    expect(planned).toMatchObject({ deletePod: true, status: { phase: "Failed" } });
  });
});

describe("the hand-over to the pod's node", () => {
  it("writes the label, the finalizer and the mark at once, and the node with the phase", () => {
    const planned = plan(machine({ metadata: { labels: { app: "web" }, finalizers: ["mine"] } }), { pod: running() });
    expect(planned.object?.metadata).toMatchObject({
      labels: { app: "web", [nodeNameLabel]: "node-1" },
      finalizers: ["mine", machineFinalizer],
      annotations: { [presetsAppliedAnnotation]: "kubevirt.io/v1alpha1" },
    });
    expect(planned.status).toMatchObject({
      phase: "Scheduled",
      nodeName: "node-1",
      conditions: [{ type: "Ready", status: "False", reason: "Starting" }],
    });
    expect(planned.events).toEqual([
      { type: "Normal", reason: "SuccessfulHandOver", message: `Pod owner ship transfered to the node ${podName}` },
    ]);
  });

  it("is done once", () => {
    const observed = observe(machine(), { pod: running() });
    const after = carriedOut(observed, planLaunchedMachine(observed)) as ObservedLaunchedMachine;
    expect(planLaunchedMachine(after)).toEqual({ events: [] });
  });

  it("is completed when only the object was written", () => {
    const observed = observe(machine(), { pod: running() });
    const { object } = planLaunchedMachine(observed);
    const planned = plan(asStored({ ...observed.vm, ...object }), { pod: running() });
    expect(planned.object).toBeUndefined();
    expect(planned.status).toMatchObject({ phase: "Scheduled", nodeName: "node-1" });
  });

  it("does not happen to a pod that runs and is being deleted", () => {
    expect(plan(machine(), { pod: running({ deleting: true }) }).status?.phase).toBe("Failed");
  });
});

describe("the plan of a machine that a node has", () => {
  it.each(["Scheduled", "Running", "Unknown", undefined] as const)(
    "in phase %s, on a node that is heard: nothing",
    (phase) => {
      const vm = handedOver({}, phase === undefined ? {} : { phase });
      for (const seen of [undefined, running(), running({ deleting: true }), running({ owned: false })]) {
        expect(plan(vm, { pod: seen })).toEqual({ events: [] });
      }
    },
  );

  it("puts back marks that somebody has edited away", () => {
    const metadata = { labels: { app: "web" }, finalizers: [] };
    const { object, status } = plan(handedOver({ metadata }));
    expect(object?.metadata.labels).toEqual({ app: "web", [nodeNameLabel]: "node-1" });
    expect(object?.metadata.finalizers).toEqual([machineFinalizer]);
    expect(status).toBeUndefined();
  });

  it("puts the label back that names another node", () => {
    const { object } = plan(handedOver({ metadata: { labels: { [nodeNameLabel]: "node-2" } } }));
    expect(object?.metadata.labels).toEqual({ [nodeNameLabel]: "node-1" });
  });

  describe("and its pod's labels", () => {
    const given = { "kubevirt.io": "virt-launcher", "kubevirt.io/created-by": builtUid };
    const labelled = (labels: Record<string, string>) =>
      handedOver({ metadata: { labels: { ...labels, [nodeNameLabel]: "node-1" } } });
    const keys = (...names: string[]) => ({ "kubevirt.io/machine-labels": JSON.stringify(names) });
    const marksOf = (vm: VirtualMachine, changes: Partial<ObservedPod>) =>
      plan(vm, { pod: running(changes) }).relabelPod;

    it("follow those of the machine: new ones, changed ones, and those that it has no more", () => {
      const pod = { labels: { ...given, app: "web", tier: "back", old: "x" }, machineLabels: ["app", "old", "tier"] };
      expect(marksOf(labelled({ app: "web", tier: "front", fresh: "y" }), pod)).toEqual({
        labels: { tier: "front", fresh: "y", old: null },
        annotations: keys("app", "fresh", "tier"),
      });
    });

    it("stay where others have given them, as Kubernetes does to tell a pod's zone", () => {
      const pod = { labels: { ...given, app: "web", "topology.kubernetes.io/zone": "a" }, machineLabels: ["app"] };
      expect(marksOf(labelled({ app: "web" }), pod)).toBeUndefined();
      expect(marksOf(labelled({}), pod)?.labels).toEqual({ app: null });
    });

    it("are put back when they say whose launcher it is", () => {
      expect(marksOf(labelled({}), { labels: {}, machineLabels: [] })?.labels).toEqual(given);
      expect(marksOf(labelled({ "kubevirt.io": "mine" }), { labels: given, machineLabels: [] })).toBeUndefined();
    });

    it("are nobody's matter when the pod goes, or is another's", () => {
      for (const changes of [{ deleting: true }, { owned: false }]) {
        expect(marksOf(labelled({ app: "web" }), { labels: given, ...changes })).toBeUndefined();
      }
    });
  });

  it.each<[string, VirtualMachineParts, NodeHealth, string]>([
    ["silent, and nothing lasts", {}, silent, "node node-1 has not been heard of for 61 seconds"],
    ["silent, and it only reads a claim", reading, silent, "nothing of the machine lasts"],
    ["removed", {}, fenced, "node node-1 was removed from the cluster"],
    ["removed, and it writes to a claim", writing, fenced, "node node-1 was removed from the cluster"],
    ["out of service, and it writes to a claim", writing, outOfService, "node node-1 was marked as out of service"],
  ])("gives it up when the node is %s", (_what, parts, node, words) => {
    const planned = plan(handedOver(parts), { node, pod: running() });
    expect(planned.status?.phase).toBe("Failed");
    expect(planned.status?.nodeName).toBe("node-1");
    expect(readyOf(planned.status)).toMatchObject({
      status: "False",
      reason: "NodeLost",
      message: expect.stringContaining(words),
    });
    expect(planned.deletePod).toBe(true);
    expect(planned.object).toBeUndefined();
    expect(eventsOf(planned)).toEqual(["Warning NodeLost"]);
  });

  it("waits for a silent node when it writes to claims: Unknown, with what to do", () => {
    const planned = plan(handedOver(writing), { node: silent, pod: running() });
    expect(planned.status).toMatchObject({ phase: "Unknown", nodeName: "node-1" });
    expect(planned.deletePod).toBeUndefined();
    expect(planned.object).toBeUndefined();
    const { message = "", ...ready } = readyOf(planned.status) as { message?: string };
    expect(ready).toMatchObject({ status: "Unknown", reason: "NodeLost" });
    for (const words of [
      'claim "root"',
      "kubectl taint nodes node-1 node.kubernetes.io/out-of-service=nodeshutdown:NoExecute",
      "kubectl delete node node-1",
    ]) {
      expect(message).toContain(words);
    }
    expect(eventsOf(planned)).toEqual(["Warning NodeLost"]);
  });

  it("goes by what its launcher holds, whatever its spec was changed to since", () => {
    const edited = plan(handedOver({}), { node: silent, pod: running({ volumes: held }) });
    expect(edited).toMatchObject({ status: { phase: "Unknown" }, events: [{ reason: "NodeLost" }] });
    expect(readyOf(edited.status)).toMatchObject({ message: expect.stringContaining('claim "root"') });
    expect(plan(handedOver(writing), { node: silent, pod: running({ volumes: heldToRead }) }).status?.phase).toBe(
      "Failed",
    );
    // What is another's says nothing about this one.
    const other = running({ volumes: held, owned: false });
    expect(plan(handedOver({}), { node: silent, pod: other }).status?.phase).toBe("Failed");
  });

  it("is not let go when it is deleted, by the same rule", () => {
    const metadata = { ...deleted, finalizers: [machineFinalizer], labels: { [nodeNameLabel]: "node-1" } };
    const planned = plan(handedOver({ metadata }), { node: silent, pod: running({ volumes: held }) });
    expect(planned.release).toBeUndefined();
    expect(planned.status?.phase).toBe("Unknown");
  });

  it("says so once, however long the silence", () => {
    const observed = observe(handedOver(writing), { node: silent });
    const waiting = carriedOut(observed, planLaunchedMachine(observed)) as ObservedLaunchedMachine;
    for (const seconds of [62, 3600, 100_000]) {
      expect(planLaunchedMachine({ ...waiting, node: { state: "silent", seconds } })).toEqual({ events: [] });
    }
  });

  it("says so once also when there is more to say than a condition holds", () => {
    const volumes = Array.from({ length: 12 }, (_, index): Volume => {
      const claimName = `${"c".repeat(240)}-${index}`;
      return { name: `v${index}`, persistentVolumeClaim: { claimName } };
    });
    const observed = observe(handedOver({ spec: { volumes } }), { node: silent });
    const planned = planLaunchedMachine(observed);
    expect(planned.events[0]?.message.length).toBeGreaterThan(longestConditionMessage);
    const waiting = carriedOut(observed, planned) as ObservedLaunchedMachine;
    expect(planLaunchedMachine(waiting)).toEqual({ events: [] });
  });

  it("is given up after all when its node is fenced while it is waited for", () => {
    const observed = observe(handedOver(writing), { node: silent });
    const waiting = carriedOut(observed, planLaunchedMachine(observed)) as ObservedLaunchedMachine;
    expect(planLaunchedMachine({ ...waiting, node: outOfService }).status?.phase).toBe("Failed");
    // The node speaks again: what its agent finds is the agent's to say.
    expect(planLaunchedMachine({ ...waiting, node: heard })).toEqual({ events: [] });
  });
});

describe("the plan of a machine on a node whose kubelet is heard, and whose agent is not", () => {
  const agentless: NodeHealth = { state: "heard", agentSilentSince: "2025-12-31T23:00:00.000000Z" };
  const going = { ...deleted, finalizers: [machineFinalizer], labels: { [nodeNameLabel]: "node-1" } };
  const look = "kubectl --namespace kubevirt get pods --field-selector spec.nodeName=node-1";

  it.each<[string, VirtualMachine, string, string]>([
    ["is to be started", handedOver(writing, { phase: "Scheduled" }), "False", "nobody else can start the machine"],
    ["is to be ended", handedOver({ ...writing, metadata: going }), "Unknown", "nobody else can end the machine"],
    ["was given up for the time being", handedOver(writing, { phase: "Unknown" }), "Unknown", "can look after"],
  ])("says whom it waits for when it %s, once, and stays as it is", (_what, vm, status, words) => {
    const observed = observe(vm, { node: agentless, pod: running() });
    const planned = planLaunchedMachine(observed);
    const { message = "", ...ready } = readyOf(planned.status) as { message?: string };
    expect(ready).toMatchObject({ status, reason: "AgentSilent" });
    for (const part of ["the agent of node node-1", "since 2025-12-31T23:00:00.000000Z", words, look]) {
      expect(message).toContain(part);
    }
    expect(planned.status).toMatchObject({ phase: vm.status?.phase, nodeName: "node-1" });
    expect(planned.events).toEqual([{ type: "Warning", reason: "AgentSilent", message }]);
    expect([planned.deletePod, planned.release, planned.createPod, planned.object]).toEqual(Array(4).fill(undefined));
    const waiting = carriedOut(observed, planned) as ObservedLaunchedMachine;
    expect(planLaunchedMachine(waiting)).toEqual({ events: [] });
    // What it says is over when the agent is heard, whatever that does next.
    const again = { ...waiting, node: heard };
    const over = planLaunchedMachine(again);
    expect(readyOf(over.status)).toMatchObject({ reason: "AgentHeard" });
    expect(planLaunchedMachine(carriedOut(again, over) as ObservedLaunchedMachine)).toEqual({ events: [] });
  });

  it("says that there is no agent where none was ever heard", () => {
    const node: NodeHealth = { state: "heard", agentSilentSince: "" };
    const planned = plan(handedOver({}, { phase: "Scheduled" }), { node, pod: running() });
    expect(planned.events[0]?.message).toContain(
      "the agent of node node-1 gives no sign of life, though the node does",
    );
  });

  it("says nothing of one that runs, or has ended", () => {
    for (const phase of ["Running", "Succeeded", "Failed"] as const) {
      expect(plan(handedOver(writing, { phase }), { node: agentless, pod: running() })).toEqual({ events: [] });
    }
  });
});

describe("the plan of a machine that has ended", () => {
  it.each(["Succeeded", "Failed"] as const)("%s: leaves the pod to the agent that can be heard", (phase) => {
    expect(plan(handedOver({}, { phase }), { pod: running() })).toEqual({ events: [] });
  });

  it.each<[string, VirtualMachine, NodeHealth]>([
    ["it never had a node", machine({}, { phase: "Failed" }), heard],
    ["its node is silent", handedOver({}, { phase: "Failed" }), silent],
    ["its node is fenced", handedOver(writing, { phase: "Failed" }), fenced],
  ])("removes its pod when %s, once", (_what, vm, node) => {
    const observed = observe(vm, { node, pod: running() });
    expect(planLaunchedMachine(observed)).toEqual({ deletePod: true, events: [] });
    expect(plan(vm, { node, pod: running({ deleting: true }) })).toEqual({ events: [] });
    expect(plan(vm, { node, pod: running({ owned: false }) })).toEqual({ events: [] });
    expect(plan(vm, { node })).toEqual({ events: [] });
  });
});

describe("the plan of a machine that is being deleted", () => {
  const finalizers = ["mine", machineFinalizer];
  const going = (parts: VirtualMachineParts, status?: VirtualMachineStatus) =>
    machine({ ...parts, metadata: { ...deleted, finalizers, ...parts.metadata } }, status);
  const goingFrom = (parts: VirtualMachineParts, status: Partial<VirtualMachineStatus> = {}) =>
    handedOver({ ...parts, metadata: { ...deleted, finalizers, labels: { [nodeNameLabel]: "node-1" } } }, status);

  it.each<[string, VirtualMachine, NodeHealth, "release" | "wait" | "tell"]>([
    ["never handed over", going({}), heard, "release"],
    ["waits for its pod", going({}, { phase: "Scheduling" }), heard, "release"],
    ["refused", going({}, { phase: "Failed" }), heard, "release"],
    // The status is what an agent acts on: without it no agent has begun, and a late write of it is refused.
    [
      "labelled with a node and not given to it",
      going({ metadata: { labels: { [nodeNameLabel]: "node-1" } } }),
      heard,
      "release",
    ],
    ["Scheduled on a node that is heard", goingFrom({}, { phase: "Scheduled" }), heard, "wait"],
    ["Running on a node that is heard", goingFrom(writing), heard, "wait"],
    ["Unknown on a node that is heard", goingFrom(writing, { phase: "Unknown" }), heard, "wait"],
    ["Succeeded", goingFrom({}, { phase: "Succeeded" }), heard, "release"],
    ["Failed on a silent node", goingFrom(writing, { phase: "Failed" }), silent, "release"],
    ["on a silent node, and nothing lasts", goingFrom({}), silent, "release"],
    ["on a silent node, and only reads", goingFrom(reading), silent, "release"],
    ["on a silent node, and writes to a claim", goingFrom(writing), silent, "tell"],
    ["on a node that is gone, and writes to a claim", goingFrom(writing), fenced, "release"],
    ["on a node out of service, and writes to a claim", goingFrom(writing), outOfService, "release"],
  ])("%s", (_what, vm, node, outcome) => {
    const planned = plan(vm, { node, pod: running() });
    expect(planned.createPod).toBeUndefined();
    expect(planned.object).toBeUndefined();
    if (outcome === "release") {
      expect(planned).toEqual({
        deletePod: true,
        release: { ...vm, metadata: { ...vm.metadata, finalizers: ["mine"] } },
        events: [],
      });
    } else if (outcome === "wait") {
      expect(planned).toEqual({ events: [] });
    } else {
      expect(planned).toMatchObject({ status: { phase: "Unknown" }, events: [{ reason: "NodeLost" }] });
      expect(planned.release).toBeUndefined();
      expect(planned.deletePod).toBeUndefined();
    }
  });

  it("gets the label back by which its agent sees it", () => {
    const vm = goingFrom({});
    const bare = { ...vm, metadata: { ...vm.metadata, labels: { app: "web" } } };
    const planned = plan(bare);
    expect(planned).toEqual({
      object: { ...bare, metadata: { ...bare.metadata, labels: { app: "web", [nodeNameLabel]: "node-1" } } },
      events: [],
    });
  });

  it("whose finalizer is gone already: only the pod is looked after", () => {
    const vm = going({ metadata: { finalizers: ["mine"] } });
    expect(plan(vm, { pod: running() })).toEqual({ deletePod: true, events: [] });
    expect(plan(vm, { pod: running({ deleting: true }) })).toEqual({ events: [] });
    expect(plan(vm)).toEqual({ events: [] });
  });
});

describe("a plan, whatever is observed", () => {
  const volumes: readonly (readonly Volume[])[] = [
    [],
    [rootVolume],
    [{ name: "root", persistentVolumeClaim: { claimName: "root", readOnly: true } }],
    reading.spec?.volumes ?? [],
  ];
  const seenPods = fc.record({
    owned: fc.boolean(),
    phase: fc.constantFrom("Pending", "Running", "Succeeded", "Failed", "Unknown" as const),
    deleting: fc.boolean(),
    nodeName: fc.constantFrom("node-1", "node-2", ""),
    waiting: fc.option(fc.constant({ reason: "Unschedulable", message: "no room" }), { nil: undefined }),
    ended: fc.option(fc.constant({ reason: "Evicted", message: "no memory" }), { nil: undefined }),
    createdAt: fc.constantFrom(now, now - 60_000),
    volumes: fc.constantFrom<LauncherVolumes>([], held, heldToRead),
  });
  const machines = fc
    .record({
      volumes: fc.constantFrom(...volumes),
      valid: fc.boolean(),
      deleting: fc.boolean(),
      finalizers: fc.subarray(["mine", machineFinalizer]),
      label: fc.constantFrom(undefined, "node-1", "node-2"),
      mark: fc.boolean(),
      phase: fc.constantFrom(undefined, ...virtualMachinePhases),
      nodeName: fc.constantFrom(undefined, "node-1"),
    })
    .map(({ volumes: list, valid, deleting, finalizers, label, mark, phase, nodeName }): VirtualMachine => {
      const disks = list.length === 0 ? [] : [valid ? rootDisk : { ...rootDisk, volumeName: "nowhere" }];
      return machine(
        {
          metadata: {
            finalizers,
            ...(deleting ? deleted : {}),
            ...(label === undefined ? {} : { labels: { [nodeNameLabel]: label } }),
            ...(mark ? { annotations: { [presetsAppliedAnnotation]: "kubevirt.io/v1alpha1" } } : {}),
          },
          domain: { devices: { disks } },
          spec: { volumes: [...list] },
        },
        { ...(phase && { phase }), ...(nodeName && { nodeName }) },
      );
    });
  const observations: fc.Arbitrary<ObservedLaunchedMachine> = fc
    .record({
      vm: machines,
      presets: fc.constantFrom([], [cores("two", 2)], [cores("two", 2), cores("three", 3)]),
      pod: fc.option(seenPods, { nil: undefined }),
      missingClaims: fc.constantFrom([], ["root"]),
      claimConflict: fc.constantFrom(undefined, claimConflict),
      node: fc.constantFrom<NodeHealth>(heard, { state: "heard", agentSilentSince: "" }, silent, fenced, outOfService),
    })
    .map(({ pod: seen, ...observed }) =>
      observe(observed.vm, {
        ...observed,
        pod: seen === undefined ? undefined : buildObservedPod({ ...seen, waiting: seen.waiting, ended: seen.ended }),
        // Nobody is asked about the health of no node.
        node: (observed.vm.status?.nodeName ?? seen?.nodeName ?? "") === "" ? heard : observed.node,
      }),
    );
  const always = (holds: (observed: ObservedLaunchedMachine, planned: LaunchedMachinePlan) => void) =>
    fc.assert(
      fc.property(observations, (observed) => holds(observed, planLaunchedMachine(observed))),
      { numRuns: 3_000 },
    );

  it("makes no pod for a machine that has ended, is going, or has a node", () => {
    always(({ vm }, { createPod }) => {
      const wanted = vm.metadata.deletionTimestamp === undefined && !isFinal(vm.status?.phase);
      if (createPod !== undefined) expect({ wanted, nodeName: vm.status?.nodeName }).toEqual({ wanted: true });
    });
  });

  it("makes no pod for a machine whose turn it is not, and gives it to no node", () => {
    always(({ vm, claimConflict: conflict }, { createPod, status }) => {
      if (conflict === undefined) return;
      expect(createPod).toBeUndefined();
      if (vm.status?.nodeName === undefined) expect(status?.nodeName).toBeUndefined();
    });
  });

  it("releases no machine that its node has and may still run", () => {
    always(({ vm, pod: seen, node }, { release }) => {
      if (release === undefined) return;
      const mayRun = vm.status?.nodeName !== undefined && !isFinal(vm.status.phase);
      if (mayRun)
        expect(node.state === "fenced" || (node.state === "silent" && !writesToClaims({ vm, pod: seen }))).toBe(true);
    });
  });

  it("gives up no machine that a node has and that writes to a claim because of silence alone", () => {
    always(({ vm, pod: seen, node }, { status, deletePod }) => {
      if (node.state !== "silent" || !writesToClaims({ vm, pod: seen }) || isFinal(vm.status?.phase)) return;
      if (vm.status?.nodeName === undefined) return;
      expect(status?.phase).not.toBe("Failed");
      if (vm.metadata.finalizers?.includes(machineFinalizer) === true) expect(deletePod).toBeUndefined();
    });
  });

  it("removes no pod of somebody else, and none twice", () => {
    always(({ pod: seen }, { deletePod }) => {
      if (deletePod !== undefined) expect(seen).toMatchObject({ owned: true, deleting: false });
    });
  });

  it("leaves a machine that has ended as it ended", () => {
    always(({ vm }, { status, object }) => {
      if (isFinal(vm.status?.phase)) expect({ status, object }).toEqual({});
    });
  });

  it("does not change what it was given", () => {
    fc.assert(
      fc.property(observations, (observed) => {
        const before = structuredClone(observed);
        planLaunchedMachine(observed);
        expect(observed).toEqual(before);
      }),
      { numRuns: 500 },
    );
  });

  it("comes to rest: nothing is written that is there already, and soon nothing at all", () => {
    always((first) => {
      let observed: ObservedLaunchedMachine | undefined = first;
      for (let round = 0; observed !== undefined; round += 1) {
        const planned = planLaunchedMachine(observed);
        const { object, status, release, deletePod, createPod } = planned;
        if (object !== undefined) expect(asStored(object)).not.toEqual(asStored(observed.vm));
        if (status !== undefined) expect(asStored(status)).not.toEqual(asStored(observed.vm.status ?? {}));
        if ([object, status, release, deletePod, createPod].every((step) => step === undefined)) {
          expect(planned.events).toEqual([]);
          return;
        }
        expect(round, "rounds until rest").toBeLessThan(4);
        observed = carriedOut(observed, planned);
      }
    });
  });
});
