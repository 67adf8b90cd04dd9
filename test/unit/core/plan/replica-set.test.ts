import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { VirtualMachine, VirtualMachinePhase } from "../../../../provider/api/v1alpha1/virtual-machine";
import type { VirtualMachineReplicaSetSpec } from "../../../../provider/api/v1alpha1/virtual-machine-replica-set";
import { controllerReference } from "../../../../provider/core/plan/ownership";
import { mostChanges, type ObservedReplicaSet, planReplicaSet } from "../../../../provider/core/plan/replica-set";
import { buildReplicaSet } from "../../../builders/owners";
import { buildVirtualMachine } from "../../../builders/virtual-machine";

const now = Date.UTC(2026, 0, 2, 3, 4, 5);
const timestamp = "2026-01-02T03:04:05Z";
const setOf = (spec: Partial<VirtualMachineReplicaSetSpec> = {}) => {
  const set = buildReplicaSet(spec);
  return { ...set, metadata: { ...set.metadata, uid: "set-uid", generation: 1 } };
};
const set = setOf();

interface Member {
  readonly phase?: VirtualMachinePhase;
  readonly going?: boolean;
  readonly owner?: string | null;
  readonly labels?: Readonly<Record<string, string>>;
  readonly createdAt?: string;
}

function member(name: string, { phase = "Running", going, owner = "set-uid", labels, createdAt }: Member = {}) {
  const vm = buildVirtualMachine({
    metadata: {
      name,
      uid: `uid-${name}`,
      labels: { ...(labels ?? { app: "web" }) },
      ...(going === true ? { deletionTimestamp: timestamp } : {}),
      ...(createdAt === undefined ? {} : { creationTimestamp: createdAt }),
      ...(owner === null
        ? {}
        : { ownerReferences: [controllerReference({ kind: set.kind, metadata: { name: "web", uid: owner } })] }),
    },
  });
  return { ...vm, status: { phase } } as const;
}

const plan = (observed: Partial<ObservedReplicaSet>) =>
  planReplicaSet({ set, machines: [], runs: undefined, now, timestamp, ...observed });
const names = (machines: readonly VirtualMachine[]) => machines.map(({ metadata }) => metadata.name);

describe("the plan of a VirtualMachineReplicaSet", () => {
  it("makes what is missing, named after the set", () => {
    const { create, status } = plan({ machines: [member("a")] });
    expect(create?.count).toBe(1);
    expect(create?.machine.metadata).toEqual({
      generateName: "web",
      namespace: "default",
      labels: { app: "web" },
      ownerReferences: [controllerReference(set)],
    });
    expect(status).toMatchObject({ replicas: 1, readyReplicas: 1, labelSelector: "app=web" });
  });

  it("makes one when no number is given", () => {
    const { replicas: _none, ...spec } = set.spec;
    expect(plan({ set: { ...set, spec } }).create?.count).toBe(1);
  });

  it("makes no more than a bounded number at a time", () => {
    expect(plan({ set: setOf({ replicas: 10_000 }) }).create?.count).toBe(mostChanges);
    const many = Array.from({ length: 400 }, (_, index) => member(`m${index}`));
    expect(plan({ set: setOf({ replicas: 0 }), machines: many }).remove).toHaveLength(mostChanges);
  });

  it("counts a machine that goes until it is gone", () => {
    const machines = [member("a"), member("b", { going: true })];
    const { create, remove, status } = plan({ machines });
    expect(create).toBeUndefined();
    expect(remove).toEqual([]);
    expect(status?.replicas).toBe(2);
  });

  it("removes nothing more while enough are going", () => {
    const machines = [member("a"), member("b"), member("c", { going: true })];
    expect(plan({ machines }).remove).toEqual([]);
    expect(names(plan({ set: setOf({ replicas: 1 }), machines }).remove)).toHaveLength(1);
  });

  it("removes first what has come least far, then what is youngest", () => {
    const machines = [
      member("old", { createdAt: "2026-01-01T00:00:00Z" }),
      member("young", { createdAt: "2026-01-02T00:00:00Z" }),
      member("lost", { phase: "Unknown" }),
      member("placed", { phase: "Scheduled" }),
      member("waiting", { phase: "Pending" }),
    ];
    const order = [4, 3, 2, 1].map((replicas) => names(plan({ set: setOf({ replicas }), machines }).remove).at(-1));
    expect(order).toEqual(["waiting", "placed", "lost", "young"]);
  });

  it("removes machines that have ended and makes others", () => {
    const machines = [member("a"), member("b", { phase: "Failed" }), member("c", { phase: "Succeeded", going: true })];
    const { create, removeEnded, status } = plan({ machines });
    expect(names(removeEnded)).toEqual(["b"]);
    expect(create?.count).toBe(1);
    expect(status?.replicas).toBe(1);
  });

  it("waits out the back-off before it makes more", () => {
    const { create, lookAgainAfter, status } = plan({ runs: { early: 3, notBefore: now + 20_000 } });
    expect(create).toBeUndefined();
    expect(lookAgainAfter).toBe(20_000);
    expect(status?.conditions).toMatchObject([{ type: "Ready", reason: "CrashLoopBackOff" }]);
  });

  it("tells the fault of one of its machines while it lasts", () => {
    const fault = { type: "Synchronized", status: "False", reason: "VolumeMissing", message: "no claim tiny" } as const;
    const stuck = { ...member("b"), status: { phase: "Scheduled", conditions: [fault] } } as const;
    const { status } = plan({ machines: [member("a"), stuck] });
    expect(status?.conditions).toMatchObject([
      { type: "Ready", status: "False", message: "1 of 2 machines run" },
      { type: "Synchronized", message: "VirtualMachine b: no claim tiny" },
    ]);
  });

  it("adopts orphans that it selects and lets go of machines that it does not", () => {
    const machines = [
      member("orphan", { owner: null }),
      member("going", { owner: null, going: true }),
      member("stranger", { owner: null, labels: { app: "mail" } }),
      member("foreign", { owner: "other-uid" }),
      member("changed", { labels: { app: "mail" } }),
    ];
    const { adopt, release, create } = plan({ machines });
    expect(names(adopt)).toEqual(["orphan"]);
    expect(names(release)).toEqual(["changed"]);
    expect(create?.count).toBe(1);
  });

  it("makes and removes nothing while it is paused, and says so once", () => {
    const paused = setOf({ paused: true, replicas: 0 });
    const first = plan({ set: paused, machines: [member("a"), member("b", { phase: "Failed" })] });
    expect([first.create, first.remove, first.removeEnded]).toEqual([undefined, [], []]);
    expect(first.events.map(({ reason }) => reason)).toEqual(["SuccessfulPaused"]);
    expect(first.status?.conditions).toMatchObject([{ reason: "Paused" }, { type: "ReplicaPaused", status: "True" }]);
    const second = plan({ set: { ...paused, ...(first.status && { status: first.status }) }, machines: [member("a")] });
    expect(second.events).toEqual([]);
    const resumed = plan({ set: { ...setOf({ replicas: 1 }), ...(first.status && { status: first.status }) } });
    expect(resumed.events.map(({ reason }) => reason)).toEqual(["SuccessfulResumed"]);
    expect(resumed.status?.conditions?.map(({ type }) => type)).toEqual(["Ready"]);
  });

  it("does nothing when it is being deleted, or is not valid", () => {
    const deleted = { ...set, metadata: { ...set.metadata, deletionTimestamp: timestamp } };
    expect(plan({ set: deleted, machines: [] }).create).toBeUndefined();
    const invalid = plan({ set: setOf({ replicas: -1 }), machines: [member("a"), member("b"), member("c")] });
    expect([invalid.create, invalid.remove]).toEqual([undefined, []]);
    expect(invalid.status).toMatchObject({ replicas: 3, conditions: [{ reason: "InvalidSpec" }] });
  });

  const phases = fc.constantFrom<VirtualMachinePhase>(
    "Pending",
    "Scheduled",
    "Running",
    "Unknown",
    "Failed",
    "Succeeded",
  );
  const members = fc.array(fc.record({ phase: phases, going: fc.boolean() }), { maxLength: 12 });

  it("never plans more machines than asked for, nor fewer than there can be", () => {
    fc.assert(
      fc.property(members, fc.nat(12), (list, replicas) => {
        const machines = list.map((one, index) => member(`m${index}`, one));
        const { create, remove } = plan({ set: setOf({ replicas }), machines });
        const living = list.filter(({ phase }) => phase !== "Failed" && phase !== "Succeeded");
        const staying = living.filter(({ going }) => !going).length;
        if (create !== undefined) expect(living.length + create.count).toBe(replicas);
        else expect(staying - remove.length).toBe(Math.min(staying, replicas));
      }),
    );
  });
});
