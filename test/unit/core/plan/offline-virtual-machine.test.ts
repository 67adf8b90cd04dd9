import { describe, expect, it } from "vitest";
import type { VirtualMachine } from "../../../../provider/api/v1alpha1/virtual-machine";
import {
  type ObservedOfflineVirtualMachine,
  planOfflineVirtualMachine,
} from "../../../../provider/core/plan/offline-virtual-machine";
import { controllerReference } from "../../../../provider/core/plan/ownership";
import { buildOfflineVirtualMachine, buildTemplate } from "../../../builders/owners";
import { buildVirtualMachine } from "../../../builders/virtual-machine";

const now = Date.UTC(2026, 0, 2, 3, 4, 5);
const timestamp = "2026-01-02T03:04:05Z";
const built = buildOfflineVirtualMachine();
const ovm = { ...built, metadata: { ...built.metadata, uid: "ovm-uid", generation: 3 } };
const halted = { ...ovm, spec: { ...ovm.spec, runStrategy: "Halted" as const } };
const firmwareUuid = "11112222-3333-5444-8555-666677778888";

function machine(phase: string | undefined, changes: object = {}, owner: string | null = "ovm-uid"): VirtualMachine {
  const vm = buildVirtualMachine({
    metadata: {
      uid: "vm-uid",
      ...(owner === null
        ? {}
        : { ownerReferences: [controllerReference({ kind: ovm.kind, metadata: { name: "web", uid: owner } })] }),
      ...changes,
    },
  });
  return { ...vm, ...(phase === undefined ? {} : { status: { phase: phase as "Running" } }) };
}

const plan = (observed: Partial<ObservedOfflineVirtualMachine>) =>
  planOfflineVirtualMachine({ ovm, machines: [], firmwareUuid, runs: undefined, now, timestamp, ...observed });
const going = { deletionTimestamp: timestamp };

describe("the plan of an OfflineVirtualMachine", () => {
  it.each([
    ["makes a machine where there is none", ovm, [], "create", "Starting", false, false],
    ["waits for a machine that has no phase yet", ovm, [machine(undefined)], "none", "Starting", true, false],
    ["waits for a machine that is placed", ovm, [machine("Scheduled")], "none", "Starting", true, false],
    ["leaves a machine that runs alone", ovm, [machine("Running")], "none", "Running", true, true],
    ["leaves a machine of unknown state alone", ovm, [machine("Unknown")], "none", "Starting", true, false],
    ["removes a machine that powered off", ovm, [machine("Succeeded")], "delete", "Restarting", true, false],
    ["removes a machine that failed", ovm, [machine("Failed")], "delete", "Restarting", true, false],
    ["waits for a machine that goes", ovm, [machine("Running", going)], "none", "Restarting", true, true],
    ["waits for an ended one that goes", ovm, [machine("Failed", going)], "none", "Restarting", true, false],
    ["stops a machine when halted", halted, [machine("Running")], "delete", "Stopping", true, true],
    ["stops one that never ran when halted", halted, [machine(undefined)], "delete", "Stopping", true, false],
    ["stops a machine once only", halted, [machine("Running", going)], "none", "Stopping", true, true],
    [
      "adopts a machine that nobody manages when halted, to stop it",
      halted,
      [machine("Running", {}, null)],
      "adopt",
      "Stopping",
      false,
      false,
    ],
    ["is content without a machine when halted", halted, [], "none", undefined, false, false],
    ["adopts a machine that nobody manages", ovm, [machine("Running", {}, null)], "adopt", "Starting", false, false],
    ["waits for an orphan that goes", ovm, [machine("Running", going, null)], "none", "NameTaken", false, false],
    ["waits for another owner's machine", ovm, [machine("Running", {}, "other")], "none", "NameTaken", false, false],
    [
      "leaves another owner's machine when halted",
      halted,
      [machine("Running", {}, "other")],
      "none",
      undefined,
      false,
      false,
    ],
    ["has a machine of another name", ovm, [machine("Running", { name: "old" })], "none", "Running", true, true],
  ] as const)("%s", (_what, object, machines, step, reason, created, ready) => {
    const { step: taken, status } = plan({ ovm: object, machines });
    expect(taken.kind).toBe(step);
    expect(status).toMatchObject({ created, ready, observedGeneration: 3 });
    expect(status?.conditions?.[0]?.reason).toBe(reason);
  });

  it("makes the machine that the template says, with the same firmware UUID at every start", () => {
    const { step } = plan({});
    expect(step).toEqual({
      kind: "create",
      vm: {
        apiVersion: "kubevirt.io/v1alpha1",
        kind: "VirtualMachine",
        metadata: {
          name: "web",
          namespace: "default",
          labels: { app: "web" },
          ownerReferences: [controllerReference(ovm)],
        },
        spec: { domain: { ...buildVirtualMachine().spec.domain, firmware: { uuid: firmwareUuid } } },
      },
    });
  });

  it("keeps the template's own name and firmware UUID", () => {
    const uuid = "99998888-7777-4666-8555-444433332222";
    const template = buildTemplate({
      metadata: { name: "mongo" },
      spec: buildVirtualMachine({ domain: { firmware: { uuid } } }).spec,
    });
    const { step } = plan({ ovm: { ...ovm, spec: { ...ovm.spec, template } } });
    expect(step).toMatchObject({ vm: { metadata: { name: "mongo" }, spec: { domain: { firmware: { uuid } } } } });
  });

  it("waits out the back-off, and says until when", () => {
    const { step, status } = plan({ runs: { early: 4, notBefore: now + 40_000, why: "QEMU was killed" } });
    expect(step).toEqual({ kind: "wait", milliseconds: 40_000 });
    expect(status?.conditions).toMatchObject([
      {
        reason: "CrashLoopBackOff",
        message:
          "the machine ended early 4 times in a row; the next start is at 2026-01-02T03:04:45.000Z (last time: QEMU was killed)",
      },
    ]);
    expect(plan({ runs: { early: 4, notBefore: now } }).step.kind).toBe("create");
  });

  it("tells why its machine does not run in the machine's words", () => {
    const why = { type: "Ready", status: "False", reason: "Unschedulable", message: "no node has zone=b" } as const;
    const waiting = { ...machine("Pending"), status: { phase: "Pending", conditions: [why] } } as const;
    expect(plan({ machines: [waiting] }).status?.conditions).toMatchObject([why]);
  });

  it("tells the fault of its machine's node while it lasts", () => {
    const fault = { type: "Synchronized", status: "False", reason: "VolumeMissing", message: "no claim tiny" } as const;
    const stuck = { ...machine("Scheduled"), status: { phase: "Scheduled", conditions: [fault] } } as const;
    const { status } = plan({ machines: [stuck] });
    expect(status?.conditions).toMatchObject([
      { type: "Ready", status: "False" },
      { type: "Synchronized", status: "False", reason: "VolumeMissing", message: "VirtualMachine web: no claim tiny" },
    ]);
    const mended = plan({ ovm: { ...ovm, ...(status && { status }) }, machines: [machine("Running")] });
    expect(mended.status?.conditions?.map(({ type }) => type)).toEqual(["Ready"]);
  });

  it("does nothing when it is being deleted: its machine goes by garbage collection", () => {
    const deleted = { ...ovm, metadata: { ...ovm.metadata, ...going } };
    expect(plan({ ovm: deleted, machines: [machine("Failed")] })).toEqual({ step: { kind: "none" } });
  });

  it("does nothing for an object that is not valid, and says why", () => {
    const { runStrategy: _none, ...spec } = ovm.spec;
    const { step, status } = plan({ ovm: { ...ovm, spec }, machines: [machine("Failed")] });
    expect(step.kind).toBe("none");
    expect(status?.conditions?.[0]).toMatchObject({ reason: "InvalidSpec" });
    expect(status?.conditions?.[0]?.message).toContain("spec.runStrategy");
  });
});
