import { describe, expect, it } from "vitest";
import { hasStarted, type LiveObject, outputsOf } from "../../../provider/lifecycle/outputs";

const asked = {
  metadata: { name: "web", namespace: "default", labels: { a: "1" } },
  spec: { domain: { cpu: { cores: 1 } } },
};
const live: LiveObject = {
  metadata: {
    name: "web",
    namespace: "default",
    uid: "u",
    resourceVersion: "9",
    labels: { a: "1", added: "by others" },
  },
  spec: { domain: { cpu: { cores: 1 }, machine: { type: "q35" } } },
  status: {
    phase: "Running",
    nodeName: "node-1",
    interfaces: [{ ipAddress: "10.0.0.2", mac: "52:54:00:00:00:01" }],
    conditions: [{ type: "Ready", status: "True" }],
  },
};

describe("outputsOf", () => {
  it("keeps what was asked for, the uid and the flat facts, and no field of others", () => {
    expect(outputsOf("VirtualMachine", live, asked, { started: true })).toEqual({
      metadata: { name: "web", namespace: "default", labels: { a: "1" }, uid: "u" },
      spec: asked.spec,
      ipAddress: "10.0.0.2",
      nodeName: "node-1",
      phase: "Running",
      ready: true,
      started: true,
      status: { phase: "Running", nodeName: "node-1", interfaces: live.status?.interfaces },
    });
  });

  it("shows drift: the live spec when it no longer says what was asked for, and labels that are gone or changed", () => {
    const drifted = {
      ...live,
      metadata: { ...live.metadata, labels: { a: "2" } },
      spec: { domain: { cpu: { cores: 4 } } },
    };
    const outs = outputsOf(
      "VirtualMachine",
      drifted,
      { ...asked, metadata: { labels: { a: "1", b: "1" } } },
      { started: true },
    );
    expect(outs.metadata).toEqual({ labels: { a: "2" }, uid: "u" });
    expect(outs.spec).toEqual({ domain: { cpu: { cores: 4 } } });
  });

  it("has empty facts, never absent ones, for a machine without a status", () => {
    const { status: _status, ...bare } = live;
    expect(outputsOf("VirtualMachine", bare, asked, { started: false })).toMatchObject({
      ipAddress: "",
      nodeName: "",
      phase: "",
      ready: false,
      started: false,
      status: {},
    });
  });

  it("is not ready in any phase but Running, and there only with the condition", () => {
    const ready = (status: LiveObject["status"]) =>
      outputsOf("VirtualMachine", { ...live, ...(status && { status }) }, asked, { started: true }).ready;
    expect(ready({ phase: "Running", conditions: [{ type: "Ready", status: "False" }] })).toBe(false);
    expect(ready({ phase: "Succeeded", conditions: [{ type: "Ready", status: "True" }] })).toBe(false);
  });

  it("has no machine's facts for a preset", () => {
    expect(Object.keys(outputsOf("VirtualMachinePreset", live, asked, { started: true })).sort()).toEqual([
      "metadata",
      "spec",
    ]);
  });
});

describe("hasStarted", () => {
  const inPhase = (phase: "Running" | "Succeeded" | "Failed" | "Scheduled") => ({ ...live, status: { phase } });

  it("remembers, and believes the phases that only a machine which ran can have", () => {
    expect(hasStarted({ started: true }, inPhase("Failed"))).toBe(true);
    expect(hasStarted({ started: false }, inPhase("Running"))).toBe(true);
    expect(hasStarted({}, inPhase("Succeeded"))).toBe(true);
    expect(hasStarted({ started: false }, inPhase("Failed"))).toBe(false);
    expect(hasStarted({}, inPhase("Scheduled"))).toBe(false);
    expect(hasStarted({}, undefined)).toBe(false);
  });

  it("keeps what programs use of an OfflineVirtualMachine: its state, and its machine's address", () => {
    const status = { created: true, ready: true, conditions: [], observedGeneration: 3 };
    const ovm = { ...live, status };
    const facts = (guest?: LiveObject) => {
      const {
        metadata: _metadata,
        spec: _spec,
        ...rest
      } = outputsOf("OfflineVirtualMachine", ovm, asked, {
        started: true,
        guest,
      });
      return rest;
    };
    const flat = { created: true, ready: true, status: { created: true, ready: true } };
    expect(facts(live)).toEqual({ ...flat, ipAddress: "10.0.0.2", nodeName: "node-1" });
    expect(facts()).toEqual({ ...flat, ipAddress: "", nodeName: "" });
  });

  it("keeps the numbers of a VirtualMachineReplicaSet", () => {
    const status = { replicas: 3, readyReplicas: 2, conditions: [{ type: "Ready", status: "False" }] } as const;
    expect(outputsOf("VirtualMachineReplicaSet", { ...live, status }, asked, { started: true })).toMatchObject({
      replicas: 3,
      readyReplicas: 2,
      ready: false,
      status: { replicas: 3, readyReplicas: 2 },
    });
  });
});
