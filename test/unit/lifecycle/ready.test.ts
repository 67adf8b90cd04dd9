import { describe, expect, it } from "vitest";
import type { VirtualMachineStatus } from "../../../provider/api/v1alpha1/virtual-machine";
import { deleted } from "../../../provider/lifecycle/conditions/deleted";
import { ownerReady } from "../../../provider/lifecycle/conditions/owner-ready";
import { faultPatienceMs, machineReady } from "../../../provider/lifecycle/conditions/ready";
import type { LiveObject } from "../../../provider/lifecycle/outputs";
import { awaitSettings } from "../../../provider/lifecycle/settings";

const vm = (status?: VirtualMachineStatus) => ({ metadata: { name: "web", uid: "u" }, ...(status && { status }) });
const fault = (message: string): VirtualMachineStatus => ({
  phase: "Scheduled",
  conditions: [{ type: "Synchronized", status: "False", reason: "HypervisorRefused", message }],
});

describe("machineReady", () => {
  it.each([
    [undefined, "failed"],
    [vm(), "waiting"],
    [vm({ phase: "Pending" }), "waiting"],
    [vm({ phase: "Scheduled" }), "waiting"],
    [vm({ phase: "Running" }), "met"],
    [vm({ phase: "Running", conditions: [{ type: "Ready", status: "False", message: "paused" }] }), "waiting"],
    [vm({ phase: "Succeeded" }), "met"],
    [vm({ phase: "Failed" }), "failed"],
  ])("judges %j: %s", (object, kind) => {
    expect(machineReady()(object, 0).kind).toBe(kind);
  });

  it("is patient with a fault, from when it first saw it, whatever the fault's words", () => {
    const condition = machineReady();
    expect(condition(vm(fault("one")), 1_000)).toEqual({ kind: "waiting", what: "the node tries again: one" });
    expect(condition(vm(fault("two")), 1_000 + faultPatienceMs - 1).kind).toBe("waiting");
    expect(condition(vm(fault("two")), 1_000 + faultPatienceMs)).toEqual({ kind: "failed", reason: "two" });
  });

  it("starts its patience anew when the fault went away meanwhile", () => {
    const condition = machineReady();
    condition(vm(fault("one")), 0);
    condition(vm({ phase: "Scheduled" }), 3_000);
    expect(condition(vm(fault("one")), faultPatienceMs).kind).toBe("waiting");
  });

  it("says why a machine failed", () => {
    const ready = { type: "Ready", status: "False", message: "presets disagree" } as const;
    expect(machineReady()(vm({ phase: "Failed", conditions: [ready] }), 0)).toEqual({
      kind: "failed",
      reason: "presets disagree",
    });
  });
});

describe("ownerReady", () => {
  const owner = (status?: LiveObject["status"], spec: object = { runStrategy: "Always" }): LiveObject => ({
    metadata: { name: "web", uid: "u", generation: 2 },
    spec,
    ...(status && { status: { observedGeneration: 2, ...status } }),
  });
  const ready = (reason: string, status: "True" | "False" = "False") => ({
    conditions: [{ type: "Ready", status, reason, message: "so it is" }],
  });
  const halted = { runStrategy: "Halted" };

  it.each([
    ["gone", undefined, "failed"],
    ["not looked at", owner(), "waiting"],
    ["not looked at since the change", owner({ observedGeneration: 1, ...ready("Running", "True") }), "waiting"],
    ["starting", owner(ready("Starting")), "waiting"],
    ["running", owner(ready("Running", "True")), "met"],
    ["halted and stopping", owner({ created: true, ...ready("Stopping") }, halted), "waiting"],
    ["halted and stopped", owner({ created: false, ready: false }, halted), "met"],
    ["halted in the older spelling", owner({ created: false, ready: false }, { running: false }), "met"],
    ["without a word though it should run", owner({ created: false }), "waiting"],
  ] as const)("judges one that is %s", (_what, object, kind) => {
    expect(ownerReady()(object, 0).kind).toBe(kind);
  });

  it.each([
    ["the controller cannot make the machine", { conditions: [{ type: "Failure", status: "True", message: "no" }] }],
    [
      "the controller cannot make machines",
      { conditions: [{ type: "ReplicaFailure", status: "True", message: "no" }] },
    ],
    ["the machine ends again and again", ready("CrashLoopBackOff")],
    ["the node cannot start the machine", { conditions: [{ type: "Synchronized", status: "False", message: "no" }] }],
    ["the name is taken", ready("NameTaken")],
  ] as const)("gives up after a while when %s", (_what, status) => {
    const condition = ownerReady();
    expect(condition(owner(status), 0).kind).toBe("waiting");
    expect(condition(owner(status), faultPatienceMs - 1).kind).toBe("waiting");
    expect(condition(owner(status), faultPatienceMs)).toMatchObject({ kind: "failed" });
  });
});

describe("deleted", () => {
  it("is met by no object and by another of the name", () => {
    expect(deleted("u")(undefined, 0).kind).toBe("met");
    expect(deleted("other")(vm(), 0).kind).toBe("met");
    expect(deleted("u")(vm(), 0)).toEqual({ kind: "waiting", what: "the object is still there" });
  });

  it("names the finalizers that hold the object", () => {
    const held = { metadata: { name: "web", uid: "u", finalizers: ["a", "b"] } };
    expect(deleted("u")(held, 0)).toEqual({
      kind: "waiting",
      what: "the guest has not stopped yet (finalizers: a, b)",
    });
  });
});

describe("awaitSettings", () => {
  it("waits five minutes more than the grace, unless the annotation says how long", () => {
    expect(awaitSettings(undefined, {})).toEqual({ skip: false, timeoutMs: 330_000, waitFor: [] });
    expect(awaitSettings({}, { terminationGracePeriodSeconds: 600 }).timeoutMs).toBe(900_000);
    expect(awaitSettings({ "pulumi.com/timeoutSeconds": "20" }, {}).timeoutMs).toBe(20_000);
  });

  it.each(["0", "-5", "soon", "Infinity"])("takes no notice of a time of %s seconds", (text) => {
    expect(awaitSettings({ "pulumi.com/timeoutSeconds": text }, {}).timeoutMs).toBe(330_000);
  });

  it("skips the wait when it is told to", () => {
    expect(awaitSettings({ "pulumi.com/skipAwait": "true" }, {}).skip).toBe(true);
    expect(awaitSettings({ "pulumi.com/skipAwait": "false" }, {}).skip).toBe(false);
  });
});
