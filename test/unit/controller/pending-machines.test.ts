import { describe, expect, it } from "vitest";
import { longestUnseenMs, PendingMachines } from "../../../provider/controller/pending-machines";
import { buildVirtualMachine } from "../../builders/virtual-machine";

const machine = (uid: string, namespace = "default") =>
  buildVirtualMachine({ metadata: { uid, name: uid, namespace } });

function pendingAt() {
  let now = 1_000_000;
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  return { pending: new PendingMachines(clock), pass: (milliseconds: number) => (now += milliseconds) };
}
const uidsOf = (list: readonly { metadata: { uid?: string | undefined } }[]) =>
  list.map(({ metadata }) => metadata.uid);

describe("writes that the watch has not shown", () => {
  it("count as made, in their namespace, until the watch shows them", () => {
    const { pending } = pendingAt();
    pending.made(machine("a"));
    pending.made(machine("b", "elsewhere"));
    expect(uidsOf(pending.overlay([], "default"))).toEqual(["a"]);
    expect(uidsOf(pending.overlay([machine("a")], "default"))).toEqual(["a"]);
    pending.seen(machine("a"), "present");
    expect(pending.overlay([], "default")).toEqual([]);
  });

  it("count as going until the watch says so", () => {
    const { pending } = pendingAt();
    pending.askedToGo(machine("a"));
    expect(pending.overlay([machine("a")], "default")[0]?.metadata.deletionTimestamp).toBeDefined();
    pending.seen(machine("a"), "present");
    expect(pending.overlay([machine("a")], "default")[0]?.metadata.deletionTimestamp).toBeDefined();
    pending.seen(machine("a"), "gone");
    expect(pending.overlay([machine("a")], "default")[0]?.metadata.deletionTimestamp).toBeUndefined();
  });

  it("are asked about when the watch is late, so that one that is gone does not count for ever", () => {
    const { pending, pass } = pendingAt();
    pending.made(machine("a"));
    expect(pending.overdue("default")).toEqual({ machines: [], waitMs: longestUnseenMs });
    pass(longestUnseenMs);
    pending.made(machine("b"));
    const { machines, waitMs } = pending.overdue("default");
    expect([uidsOf(machines), waitMs]).toEqual([["a"], longestUnseenMs]);
    expect(pending.overdue("elsewhere").machines).toEqual([]);
  });

  it("are not remembered without end", () => {
    const { pending, pass } = pendingAt();
    pending.askedToGo(machine("a"));
    pass(61_000);
    pending.askedToGo(machine("b"));
    expect(pending.overlay([machine("a")], "default")[0]?.metadata.deletionTimestamp).toBeUndefined();
  });
});
