import { describe, expect, it } from "vitest";
import { parseWaitFor } from "../../../provider/core/wait-for";
import { readyAndAsked } from "../../../provider/lifecycle/conditions/asked";
import { ownerReady } from "../../../provider/lifecycle/conditions/owner-ready";
import { machineReady } from "../../../provider/lifecycle/conditions/ready";
import type { LiveObject } from "../../../provider/lifecycle/outputs";

type Conditions = NonNullable<NonNullable<LiveObject["status"]>["conditions"]>;

const ready = { type: "Ready", status: "True" } as const;
const machine = (conditions: Conditions, phase: "Running" | "Succeeded" | "Scheduled" = "Running"): LiveObject => ({
  metadata: { name: "web", labels: { "a.b": "c" } },
  spec: { secret: "hunter2" },
  status: { phase, conditions: [ready, ...conditions] },
});
const judge = (text: string, object: LiveObject | undefined, base = machineReady()) =>
  readyAndAsked(base, parseWaitFor(text).conditions)(object, 0);
const silent = {
  type: "TCPReachable",
  status: "False",
  reason: "NoAnswer",
  message: "tcp:22 of 192.168.122.7 does not answer yet: connection refused",
} as const;

describe("a machine of which something is asked", () => {
  it("is waited for until it runs, in the words of who waits for that alone", () => {
    expect(judge("tcp:22", machine([], "Scheduled"))).toEqual({
      kind: "waiting",
      what: expect.not.stringContaining("tcp"),
    });
    expect(judge("tcp:22", undefined)).toMatchObject({ kind: "failed" });
  });

  it("is waited for in the words of its node then", () => {
    expect(judge("tcp:22", machine([]))).toEqual({
      kind: "waiting",
      what: "tcp:22: nobody has looked at the guest yet",
    });
    expect(judge("tcp:22", machine([silent]))).toEqual({ kind: "waiting", what: silent.message });
    expect(judge("tcp:22", machine([{ ...silent, status: "True" }]))).toEqual({ kind: "met" });
  });

  it("is as asked when all is so, and says each thing that is not", () => {
    const finished = { type: "CloudInitFinished", status: "True" } as const;
    const text = '["running", "tcp:22", "tcp:23", "cloud-init", "guest-agent"]';
    expect(judge(text, machine([silent, finished]))).toEqual({
      kind: "waiting",
      what: `${silent.message}; guest-agent: nobody has looked at the guest yet`,
    });
    const agent = { type: "AgentConnected", status: "True" } as const;
    expect(judge(text, machine([{ ...silent, status: "True" }, finished, agent]))).toEqual({ kind: "met" });
  });

  it("has failed when its guest has ended without it, and not when it was so before", () => {
    expect(judge("tcp:22", machine([silent], "Succeeded"))).toEqual({
      kind: "failed",
      reason: `the guest has ended, and of what was waited for: ${silent.message}`,
    });
    expect(judge("tcp:22", machine([{ ...silent, status: "True" }], "Succeeded"))).toEqual({ kind: "met" });
  });

  it("has failed at once when its guest has no channel for the agent that is asked for", () => {
    const none = { type: "AgentConnected", status: "False", reason: "NoChannel", message: "no channel" } as const;
    expect(judge("guest-agent", machine([none]))).toEqual({ kind: "failed", reason: "no channel" });
    expect(judge("tcp:22", machine([none, silent]))).toMatchObject({ kind: "waiting" });
  });

  it("is not waited for while it stands still on purpose", () => {
    const paused = { type: "Ready", status: "False", reason: "PausedByRequest" } as const;
    const object = machine([]);
    const verdict = judge("tcp:22", { ...object, status: { phase: "Running", conditions: [paused] } });
    expect(verdict).toEqual({ kind: "met" });
  });

  it.each([
    ["condition=Ready", undefined],
    ["condition=Ready=true", undefined],
    ["condition=Ready=False", "condition Ready is True, not False"],
    ["condition=Other", "there is no condition Other yet"],
    ["condition=TCPReachable", `condition TCPReachable is False, not True: ${silent.message}`],
    ["jsonpath={.status.phase}=Running", undefined],
    ["jsonpath={.status.phase}=Succeeded", '.status.phase is "Running", not "Succeeded"'],
    ["jsonpath={.status.conditions[1].type}", undefined],
    ["jsonpath={.status.nothing}", "there is nothing at .status.nothing yet"],
    ["jsonpath={.metadata.labels['a.b']}=c", undefined],
    ["jsonpath={.spec.secret}=x", ".spec.secret is not what is asked"],
  ])("%s is about the object itself", (text, what) => {
    expect(judge(text, machine([silent]))).toEqual(what === undefined ? { kind: "met" } : { kind: "waiting", what });
  });
});

it("an owner whose machines were made before it was asked for is as it should be", () => {
  const status = (reason: string) => ({
    created: true,
    conditions: [ready, { type: "TCPReachable", status: "Unknown", reason, message: "…" } as const],
  });
  const owner = (reason: string): LiveObject => ({ metadata: { name: "web" }, status: status(reason) });
  expect(judge("tcp:22", owner("MadeBefore"), ownerReady())).toEqual({ kind: "met" });
  expect(judge("tcp:22", owner("Other"), ownerReady())).toEqual({ kind: "waiting", what: "…" });
});
