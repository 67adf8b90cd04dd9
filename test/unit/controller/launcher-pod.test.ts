import { describe, expect, it } from "vitest";
import { machineUidOf, observedPod, type PodObject } from "../../../provider/controller/launcher-pod";
import { buildPod, type PodParts } from "../../builders/launcher-pod";
import { builtUid } from "../../builders/virtual-machine";

const read = (parts: PodParts = {}, uid: string | undefined = builtUid) =>
  observedPod(buildPod(parts) as PodObject, uid);
const launcher = (state: object) => ({ name: "launcher", state });
const up = launcher({ running: {} });

describe("what is read of a launcher pod", () => {
  it("is where it is, whose it is and how old", () => {
    const pod = read({
      metadata: { ...buildPod().metadata, creationTimestamp: "2026-01-01T00:00:00Z" },
      spec: { nodeName: "node-1" },
      status: { phase: "Running", containerStatuses: [up] },
    });
    expect(pod).toMatchObject({
      name: "virt-launcher-web-bbbbb",
      owned: true,
      phase: "Running",
      deleting: false,
      nodeName: "node-1",
      waiting: undefined,
      ended: undefined,
      createdAt: Date.parse("2026-01-01T00:00:00Z"),
    });
  });

  it("is no more than is there", () => {
    const pod = observedPod({ metadata: {} }, builtUid);
    expect(pod).toMatchObject({
      name: "",
      owned: false,
      phase: "Pending",
      deleting: false,
      nodeName: "",
      createdAt: 0,
    });
  });

  it.each<[string, PodObject["metadata"]["ownerReferences"], string | undefined, boolean]>([
    ["of this machine", buildPod().metadata.ownerReferences, builtUid, true],
    ["of another machine", buildPod().metadata.ownerReferences, "another", false],
    ["of nobody", [], builtUid, false],
    ["of a machine that has no uid", [], undefined, false],
    [
      "that only depends on this machine",
      [{ apiVersion: "kubevirt.io/v1alpha1", kind: "VirtualMachine", name: "web", uid: builtUid }],
      builtUid,
      false,
    ],
  ])("a pod %s", (_what, ownerReferences, uid, owned) => {
    const metadata = { ...buildPod().metadata, ownerReferences: ownerReferences ?? [] };
    expect(observedPod({ metadata }, uid).owned).toBe(owned);
  });

  it.each<[string, object, string]>([
    ["has no status yet", { phase: undefined }, "Pending"],
    ["is Running, and so is its launcher", { phase: "Running", containerStatuses: [up] }, "Running"],
    [
      "is Running, and its launcher has ended",
      { phase: "Running", containerStatuses: [launcher({ terminated: {} })] },
      "Pending",
    ],
    ["is Running, and says nothing of its launcher", { phase: "Running" }, "Pending"],
    [
      "is Running with a container of somebody else, and its launcher waits",
      {
        phase: "Running",
        containerStatuses: [{ name: "injected", state: { running: {} } }, launcher({ waiting: {} })],
      },
      "Pending",
    ],
    [
      "is Running with a container of somebody else beside its launcher",
      { phase: "Running", containerStatuses: [{ name: "injected", state: { waiting: {} } }, up] },
      "Running",
    ],
    ["has ended well", { phase: "Succeeded" }, "Succeeded"],
    ["has failed", { phase: "Failed" }, "Failed"],
    ["is on a node that is not heard of", { phase: "Unknown" }, "Unknown"],
    ["is in a phase of a later Kubernetes", { phase: "Sleeping" }, "Unknown"],
  ])("one that %s", (_what, status, phase) => {
    expect(read({ status }).phase).toBe(phase);
  });
});

describe("what a launcher pod waits for", () => {
  const scheduled = (condition: object) => ({ conditions: [{ type: "PodScheduled", ...condition }] });

  it.each<[string, object, object | undefined]>([
    ["nothing", {}, undefined],
    ["nothing, since it was scheduled", scheduled({ status: "True" }), undefined],
    [
      "a node, in the scheduler's words",
      scheduled({
        status: "False",
        reason: "Unschedulable",
        message: "0/2 nodes are available: 2 Insufficient memory.",
      }),
      { reason: "Unschedulable", message: "0/2 nodes are available: 2 Insufficient memory." },
    ],
    ["a node", scheduled({ status: "False" }), { reason: "Unschedulable", message: "the pod has no node" }],
    [
      "what every container waits for",
      { containerStatuses: [launcher({ waiting: { reason: "ContainerCreating" } })] },
      undefined,
    ],
    [
      "its image",
      { containerStatuses: [launcher({ waiting: { reason: "ImagePullBackOff", message: "no such image" } })] },
      { reason: "ImagePullBackOff", message: "launcher pod virt-launcher-web-bbbbb: no such image" },
    ],
    [
      "something without a message",
      { containerStatuses: [launcher({ waiting: { reason: "CreateContainerError" } })] },
      { reason: "CreateContainerError", message: "launcher pod virt-launcher-web-bbbbb: CreateContainerError" },
    ],
  ])("%s", (_what, status, waiting) => {
    expect(read({ status }).waiting).toEqual(waiting);
  });
});

describe("why a launcher pod has ended", () => {
  it.each<[string, object, object | undefined]>([
    ["not at all", { phase: "Running", reason: "Odd" }, undefined],
    [
      "as the kubelet says",
      { phase: "Failed", reason: "Evicted", message: "The node was low on memory." },
      { reason: "Evicted", message: "The node was low on memory." },
    ],
    [
      "as the kubelet says in a word",
      { phase: "Failed", reason: "Preempting" },
      { reason: "Preempting", message: "Preempting" },
    ],
    [
      "as its container did",
      { phase: "Failed", containerStatuses: [launcher({ terminated: { reason: "OOMKilled", exitCode: 137 } })] },
      { reason: "PodEnded", message: "the launcher has ended (OOMKilled, code 137)" },
    ],
    ["without a word", { phase: "Succeeded" }, { reason: "PodEnded", message: "the launcher has ended (Succeeded)" }],
  ])("%s", (_what, status, ended) => {
    expect(read({ status }).ended).toEqual(ended);
  });
});

it("the machine that a pod is for is told by its label", () => {
  expect(machineUidOf(buildPod())).toBe(builtUid);
  expect(machineUidOf({ metadata: {} })).toBeUndefined();
});

it.each<[string | undefined, readonly string[]]>([
  ['["app","tier"]', ["app", "tier"]],
  ["[]", []],
  [undefined, []],
  ["nonsense", []],
  ['{"app":1}', []],
  ['["app",7,null]', ["app"]],
])("of labels that were written down as %j, these are the machine's: %j", (text, keys) => {
  const annotations = text === undefined ? {} : { "kubevirt.io/machine-labels": text };
  expect(read({ metadata: { ...buildPod().metadata, annotations } }).machineLabels).toEqual(keys);
});
