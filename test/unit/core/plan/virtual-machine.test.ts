import { describe, expect, it } from "vitest";
import type { VirtualMachine, VirtualMachineStatus } from "../../../../provider/api/v1alpha1/virtual-machine";
import type { VirtualMachinePreset } from "../../../../provider/api/v1alpha1/virtual-machine-preset";
import type { NodeCandidate } from "../../../../provider/core/plan/nodes";
import {
  machineFinalizer,
  needsPresets,
  nodeNameLabel,
  planVirtualMachine,
  presetsAppliedAnnotation,
} from "../../../../provider/core/plan/virtual-machine";
import { soundMachine } from "../../../../provider/core/sound-machine";
import { buildPreset } from "../../../builders/preset";
import { buildVirtualMachine, type VirtualMachineParts } from "../../../builders/virtual-machine";

const now = "2026-01-01T00:00:00Z";
const node: NodeCandidate = { name: "node-1", labels: { zone: "a" }, ready: true };

function machine(parts: VirtualMachineParts = {}, status?: VirtualMachineStatus): VirtualMachine {
  const vm = buildVirtualMachine(parts);
  return status === undefined ? vm : { ...vm, status };
}

const plan = (
  vm: VirtualMachine,
  { presets = [], nodes = [node] }: { presets?: VirtualMachinePreset[]; nodes?: NodeCandidate[] } = {},
) => planVirtualMachine({ vm, presets, nodes, now });

const cores = (name: string, count: number) => buildPreset(name, { cpu: { cores: count } });

describe("planVirtualMachine, of a new machine", () => {
  it("writes the finalizer, the node and the mark of presets, and says both steps", () => {
    const { object, status, events } = plan(machine());
    expect(object?.metadata.finalizers).toEqual([machineFinalizer]);
    expect(object?.metadata.labels).toEqual({ [nodeNameLabel]: "node-1" });
    expect(object?.metadata.annotations).toEqual({ [presetsAppliedAnnotation]: "kubevirt.io/v1alpha1" });
    expect(status).toEqual({
      phase: "Scheduled",
      nodeName: "node-1",
      conditions: [
        {
          type: "Ready",
          status: "False",
          reason: "Starting",
          message: "node node-1 has not started the machine yet",
          lastTransitionTime: now,
        },
      ],
    });
    expect(events.map(({ reason }) => reason)).toEqual(["SuccessfulCreate", "SuccessfulHandOver"]);
  });

  it("keeps the finalizers, labels and annotations of others", () => {
    const metadata = { finalizers: ["mine"], labels: { app: "web" }, annotations: { note: "x" } };
    const { object } = plan(machine({ metadata }));
    expect(object?.metadata.finalizers).toEqual(["mine", machineFinalizer]);
    expect(object?.metadata.labels).toMatchObject({ app: "web" });
    expect(object?.metadata.annotations).toMatchObject({ note: "x" });
  });

  it("leaves the spec as it is when no preset gives anything", () => {
    const vm = machine();
    expect(plan(vm).object?.spec).toEqual(vm.spec);
  });

  it("does not change what it was given", () => {
    const vm = machine();
    const before = structuredClone(vm);
    plan(vm, { presets: [cores("two", 2)] });
    expect(vm).toEqual(before);
  });
});

describe("planVirtualMachine, with presets", () => {
  it("merges them into the domain and says which settings gave way", () => {
    const vm = machine({ domain: { cpu: { cores: 4 } } });
    const preset = buildPreset("small", { cpu: { cores: 1 }, machine: { type: "q35" } });
    const { object, events } = plan(vm, { presets: [preset] });
    expect(object?.spec.domain.cpu).toEqual({ cores: 4 });
    expect(object?.spec.domain.machine).toEqual({ type: "q35" });
    expect(events.map(({ reason }) => reason)).toEqual(["Override", "SuccessfulCreate", "SuccessfulHandOver"]);
    expect(events[0]?.message).toBe(
      "Some settings were not applied for VirtualMachinePreset 'small': spec.domain.cpu.cores: 4 != 1",
    );
  });

  it("ends in Failed and writes nothing else when two disagree, naming both", () => {
    const { object, status, events } = plan(machine(), { presets: [cores("two", 2), cores("three", 3)] });
    expect(object).toBeUndefined();
    expect(status?.phase).toBe("Failed");
    expect(status?.nodeName).toBeUndefined();
    const message = status?.conditions?.[0]?.message ?? "";
    for (const word of ["two", "three", "spec.domain.cpu.cores"]) expect(message).toContain(word);
    expect(events.map(({ type, reason }) => `${type} ${reason}`)).toEqual(["Warning PresetFailed"]);
  });

  it("ends in Failed when the machine that they make is not valid", () => {
    const vm = machine({ domain: { devices: { disks: [] } } });
    const preset = buildPreset("disks", { devices: { disks: [{ name: "a", volumeName: "nowhere", disk: {} }] } });
    const { object, status } = plan(vm, { presets: [preset] });
    expect(object).toBeUndefined();
    expect(status).toMatchObject({ phase: "Failed", conditions: [{ type: "Ready", reason: "PresetFailed" }] });
    expect(status?.conditions?.[0]?.message).toContain("nowhere");
  });

  it("merges them once: a machine that waited for its node keeps what it got", () => {
    const first = plan(machine(), { presets: [cores("two", 2)], nodes: [] });
    const waiting = { ...(first.object as VirtualMachine), ...(first.status && { status: first.status }) };
    expect(waiting.status?.phase).toBe("Pending");
    expect(needsPresets(waiting)).toBe(false);
    const second = plan(waiting, { presets: [cores("five", 5), buildPreset("q35", { machine: { type: "q35" } })] });
    expect(second.object?.spec.domain).toEqual(waiting.spec.domain);
    expect(second.status?.phase).toBe("Scheduled");
  });

  it("needs them for no machine that has a node, has ended or is being deleted", () => {
    expect(needsPresets(machine())).toBe(true);
    expect(needsPresets(machine({}, { phase: "Running", nodeName: "node-1" }))).toBe(false);
    expect(needsPresets(machine({}, { phase: "Failed" }))).toBe(false);
    expect(needsPresets(machine({ metadata: { deletionTimestamp: now } }))).toBe(false);
  });
});

describe("planVirtualMachine, without a node", () => {
  it("waits in Pending, with the reason, and takes the finalizer already", () => {
    const { object, status, events } = plan(machine(), { nodes: [{ ...node, ready: false }] });
    expect(object?.metadata.finalizers).toEqual([machineFinalizer]);
    expect(object?.metadata.labels).toBeUndefined();
    expect(status).toMatchObject({ phase: "Pending", conditions: [{ reason: "Unschedulable", status: "False" }] });
    expect(events).toEqual([]);
  });

  it("writes nothing while nothing changes", () => {
    const first = plan(machine(), { nodes: [] });
    const waiting = { ...(first.object as VirtualMachine), ...(first.status && { status: first.status }) };
    expect(plan(waiting, { nodes: [] })).toEqual({ events: [] });
  });

  it("respects the selector", () => {
    expect(plan(machine({ spec: { nodeSelector: { zone: "b" } } })).status?.phase).toBe("Pending");
    expect(plan(machine({ spec: { nodeSelector: { zone: "a" } } })).status?.phase).toBe("Scheduled");
  });
});

describe("planVirtualMachine, of a machine that is not valid", () => {
  it.each([
    ["has no spec", undefined],
    ["has null for its spec", null],
    ["has a text for its spec", "boot"],
    ["has a spec without a domain", {}],
    ["has a selector that is no map", { domain: {}, nodeSelector: 7 }],
  ])("that %s: Failed with the reason, and nothing else", (_name, spec) => {
    const { object, status, events } = plan(soundMachine({ ...machine(), spec }));
    expect(object).toBeUndefined();
    expect(status).toMatchObject({ phase: "Failed", conditions: [{ type: "Ready", reason: "InvalidSpec" }] });
    expect(events.map(({ type, reason }) => `${type} ${reason}`)).toEqual(["Warning InvalidSpec"]);
  });

  it("is found so also when it claims to have its presets", () => {
    const vm = machine({ metadata: { annotations: { [presetsAppliedAnnotation]: "x" } } });
    expect(plan(soundMachine({ ...vm, spec: {} })).status?.phase).toBe("Failed");
  });
});

describe("planVirtualMachine, of a machine that the agent has", () => {
  it.each(["Scheduled", "Running", "Unknown"] as const)("in phase %s: nothing", (phase) => {
    expect(plan(machine({}, { phase, nodeName: "node-1" }))).toEqual({ events: [] });
  });

  it.each(["Succeeded", "Failed"] as const)("and which is %s: nothing, and never another node", (phase) => {
    expect(plan(machine({}, { phase, nodeName: "node-1" }))).toEqual({ events: [] });
    expect(plan(machine({}, { phase }))).toEqual({ events: [] });
  });
});

describe("planVirtualMachine, of a machine that is being deleted", () => {
  const deleting = (status?: VirtualMachineStatus, finalizers: string[] = ["mine", machineFinalizer]) =>
    machine({ metadata: { deletionTimestamp: now, finalizers } }, status);

  it.each([
    ["Scheduled", "node-1", false],
    ["Running", "node-1", false],
    ["Unknown", "node-1", false],
    ["Succeeded", "node-1", true],
    ["Failed", "node-1", true],
    ["Pending", undefined, true],
    ["Failed", undefined, true],
    [undefined, undefined, true],
  ] as const)("in phase %s on node %s: its finalizer goes: %s", (phase, nodeName, goes) => {
    const status = { ...(phase && { phase }), ...(nodeName && { nodeName }) };
    const { object, status: written, events } = plan(deleting(status));
    expect(object?.metadata.finalizers).toEqual(goes ? ["mine"] : undefined);
    expect(written).toBeUndefined();
    expect(events).toEqual([]);
  });

  it("whose finalizer is gone already is not written again", () => {
    expect(plan(deleting({ phase: "Failed" }, ["mine"]))).toEqual({ events: [] });
  });

  it("is not placed, and its presets are not merged", () => {
    const { object } = plan(deleting(), { presets: [cores("two", 2)] });
    expect(object?.spec.domain.cpu).toBeUndefined();
    expect(object?.metadata.labels).toBeUndefined();
  });
});
