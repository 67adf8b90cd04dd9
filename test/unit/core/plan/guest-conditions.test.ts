import { describe, expect, it } from "vitest";
import { type OwnedGuests, withGuestConditions } from "../../../../provider/core/plan/guest-conditions";
import { machineOfTemplate } from "../../../../provider/core/plan/template-machine";
import { buildTemplate } from "../../../builders/owners";
import { buildVirtualMachine } from "../../../builders/virtual-machine";

const at = "2026-01-02T03:04:05Z";
const asking = (text: string) => ({ annotations: { "pulumi.com/waitFor": text } });

function machine(name: string, text: string | undefined, status?: "True" | "False") {
  const vm = buildVirtualMachine({ metadata: { name, ...(text === undefined ? {} : asking(text)) } });
  const condition = { type: "TCPReachable", reason: "R", message: `tcp:22 of ${name}` };
  return status === undefined
    ? vm
    : { ...vm, status: { phase: "Running", conditions: [{ ...condition, status }] } as const };
}

const summary = (guests: Partial<OwnedGuests>, text = "tcp:22") =>
  withGuestConditions([], { owner: { metadata: asking(text) }, machines: [], wanted: 1, ...guests }, at).map(
    ({ type, status, reason, message }) => [type, status, reason, message],
  );

describe("what an owner says of the guests of its machines", () => {
  it("is nothing that nobody asks for", () => {
    expect(summary({ machines: [machine("a", "tcp:22", "True")] }, "running")).toEqual([]);
  });

  it("names the first of which it is not so", () => {
    const machines = [machine("a", "tcp:22", "True"), machine("b", "tcp:22", "False"), machine("c", "tcp:22")];
    expect(summary({ machines, wanted: 3 })).toEqual([["TCPReachable", "False", "R", "VirtualMachine b: tcp:22 of b"]]);
    expect(summary({ machines: [machine("c", "tcp:22")] })).toEqual([
      ["TCPReachable", "False", "NotLookedAt", "VirtualMachine c: nobody has looked at its guest yet"],
    ]);
  });

  it("is true of all when it is of each, and there are as many as there should be", () => {
    const machines = [machine("a", "tcp:22", "True"), machine("b", "tcp:22", "True")];
    expect(summary({ machines, wanted: 3 })).toEqual([
      ["TCPReachable", "False", "MachinesMissing", "2 of 3 machines are there"],
    ]);
    expect(summary({ machines, wanted: 2 })).toEqual([
      ["TCPReachable", "True", "AllMet", "it is so of all 2 machines"],
    ]);
    expect(summary({ wanted: 0 })).toMatchObject([["TCPReachable", "True", "NoMachines", "no machine is asked for"]]);
  });

  it("passes over machines that were made before it was asked for, and says when there are no others", () => {
    const machines = [machine("old", undefined, "False"), machine("new", "tcp:22", "True")];
    expect(summary({ machines, wanted: 2 })).toEqual([["TCPReachable", "True", "AllMet", "it is so of the machine"]]);
    expect(summary({ machines: [machine("old", undefined)] })).toEqual([
      ["TCPReachable", "Unknown", "MadeBefore", expect.stringContaining("made before this was asked for")],
    ]);
  });

  it("passes over machines that were asked for another port", () => {
    const machines = [machine("old", "tcp:80", "True")];
    expect(summary({ machines })).toMatchObject([{ 2: "MadeBefore" }]);
    expect(summary({ machines }, '["tcp:80", "tcp:22"]')).toMatchObject([{ 2: "MadeBefore" }]);
    expect(summary({ machines }, "tcp:80")).toMatchObject([{ 2: "AllMet" }]);
  });

  it("goes when it is asked for no more, and leaves all else as it was", () => {
    const before = [{ type: "Ready", status: "True" } as const, { type: "AgentConnected", status: "True" } as const];
    const guests = { owner: { metadata: {} }, machines: [], wanted: 1 };
    expect(withGuestConditions(before, guests, at)).toEqual([{ type: "Ready", status: "True" }]);
  });
});

describe("a machine of a template", () => {
  const owner = (annotations?: Record<string, string>) => ({
    kind: "OfflineVirtualMachine",
    metadata: { name: "web", namespace: "default", uid: "u", ...(annotations === undefined ? {} : { annotations }) },
  });
  const annotationsOf = (of: Record<string, string> | undefined, own: Record<string, string> | undefined) =>
    machineOfTemplate(owner(of), buildTemplate(own === undefined ? {} : { metadata: { annotations: own } }), {
      name: "web",
    }).metadata.annotations;

  it("has what its owner wants to know of guests among its annotations, beside its own", () => {
    expect(annotationsOf({ "pulumi.com/waitFor": '["tcp:22", "condition=Ready"]', x: "y" }, undefined)).toEqual({
      "pulumi.com/waitFor": "tcp:22",
    });
    expect(annotationsOf({ "pulumi.com/waitFor": "tcp:22" }, { "pulumi.com/waitFor": "cloud-init", a: "b" })).toEqual({
      "pulumi.com/waitFor": '["cloud-init","tcp:22"]',
      a: "b",
    });
  });

  it("has its own alone where the owner wants to know nothing of guests", () => {
    expect(annotationsOf(undefined, undefined)).toBeUndefined();
    expect(annotationsOf({ "pulumi.com/waitFor": "running" }, { a: "b" })).toEqual({ a: "b" });
  });
});
