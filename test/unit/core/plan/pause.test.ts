import { describe, expect, it } from "vitest";
import type { VirtualMachine } from "../../../../provider/api/v1alpha1/virtual-machine";
import { planMachine } from "../../../../provider/core/plan/machine";
import {
  isGuestRunning,
  pauseAnnotation,
  pauseCondition,
  planPause,
  resumeIntervalSeconds,
} from "../../../../provider/core/plan/pause";
import { buildVirtualMachine } from "../../../builders/virtual-machine";

const now = Date.parse("2026-01-01T00:01:00Z");

const domains = {
  running: { state: "running", reason: "booted" },
  byUser: { state: "paused", reason: "user" },
  ioError: { state: "paused", reason: "io-error" },
  watchdog: { state: "paused", reason: "watchdog" },
  starting: { state: "paused", reason: "starting-up" },
  saving: { state: "paused", reason: "save" },
  asleep: { state: "pmsuspended", reason: "unknown" },
} as const;
type DomainName = keyof typeof domains;

function machine(wish: string | undefined, options: { paused?: string; deleted?: boolean } = {}): VirtualMachine {
  const condition = { type: "Paused", status: "True", reason: options.paused ?? "", message: "" } as const;
  return {
    ...buildVirtualMachine({
      metadata: {
        ...(wish === undefined ? {} : { annotations: { [pauseAnnotation]: wish } }),
        ...(options.deleted ? { deletionTimestamp: new Date(now).toISOString() } : {}),
      },
    }),
    status: { phase: "Running", ...(options.paused === undefined ? {} : { conditions: [condition] }) },
  };
}

describe("planPause", () => {
  const table: readonly [wish: string | undefined, paused: string | undefined, Record<DomainName, string>][] = [
    [
      "true",
      undefined,
      {
        running: "suspend",
        byUser: "none",
        ioError: "none",
        watchdog: "none",
        starting: "none",
        saving: "none",
        asleep: "none",
      },
    ],
    [
      "false",
      undefined,
      {
        running: "none",
        byUser: "resume",
        ioError: "resume",
        watchdog: "resume",
        starting: "none",
        saving: "none",
        asleep: "none",
      },
    ],
    // Others have stopped it for reasons of theirs.
    [undefined, undefined, allNone()],
    [undefined, "FromOutside", allNone()],
    ["yes", undefined, allNone()],
    // The wish was taken back.
    [undefined, "Requested", { ...allNone(), byUser: "resume" }],
  ];
  for (const [wish, paused, row] of table) {
    for (const [domain, step] of Object.entries(row)) {
      it(`wish ${wish}, status ${paused}, domain ${domain}: ${step}`, () => {
        const vm = machine(wish, paused === undefined ? {} : { paused });
        expect(planPause({ vm, domain: domains[domain as DomainName], now })?.kind ?? "none").toBe(step);
      });
    }
  }

  it("lets a guest that stops again and again go on now and then only", () => {
    const resumedBefore = (seconds: number) =>
      planPause({ vm: machine("false"), domain: domains.ioError, now, resumedAt: now - seconds * 1000 });
    expect(resumedBefore(1)).toEqual({ kind: "wait", milliseconds: (resumeIntervalSeconds - 1) * 1000 });
    expect(resumedBefore(resumeIntervalSeconds)).toEqual({ kind: "resume" });
    // A clock that was set back.
    expect(resumedBefore(-1000)).toEqual({ kind: "resume" });
  });
});

function allNone(): Record<DomainName, string> {
  return Object.fromEntries(Object.keys(domains).map((name) => [name, "none"])) as Record<DomainName, string>;
}

describe("planMachine, of a guest that stands still", () => {
  const plan = (vm: VirtualMachine, domain: DomainName) =>
    planMachine({ vm, domain: domains[domain], leftovers: true, now });

  it("suspends and lets go on a machine that runs, and nothing else", () => {
    expect(plan(machine("true"), "running")).toEqual({ kind: "suspend" });
    expect(plan(machine("false"), "byUser")).toEqual({ kind: "resume" });
    const starting = { ...machine("true"), status: { phase: "Scheduled" as const } };
    expect(plan(starting, "running")).toEqual({ kind: "reportRunning" });
  });

  it("lets it go on to hear the power button when it is deleted", () => {
    for (const domain of ["byUser", "ioError", "watchdog"] as const) {
      expect(plan(machine("true", { deleted: true }), domain)).toMatchObject({ kind: "shutdown", resumeFirst: true });
    }
    expect(plan(machine("true", { deleted: true }), "running")).not.toHaveProperty("resumeFirst");
    expect(plan(machine("true", { deleted: true }), "starting")).not.toHaveProperty("resumeFirst");
  });
});

describe("pauseCondition", () => {
  const reasonOf = (wish: string | undefined, domain: DomainName) =>
    pauseCondition(machine(wish), domains[domain])?.reason;

  it("tells who stopped the guest", () => {
    expect(reasonOf("true", "byUser")).toBe("Requested");
    expect(reasonOf(undefined, "byUser")).toBe("FromOutside");
    expect(reasonOf("true", "ioError")).toBe("IOError");
    expect(reasonOf(undefined, "watchdog")).toBe("Watchdog");
    expect(reasonOf(undefined, "asleep")).toBe("GuestAsleep");
    expect(reasonOf(undefined, "running")).toBeUndefined();
    expect(reasonOf(undefined, "saving")).toBeUndefined();
  });

  it("says what to do", () => {
    const message = pauseCondition(machine(undefined), domains.ioError)?.message ?? "";
    expect(message).toContain("make room");
    expect(message).toMatch(/virtctl unpause vm \S+ --namespace default$/);
    expect(pauseCondition(machine("false"), domains.ioError)?.message).toContain("tried again every 30 seconds");
  });
});

describe("isGuestRunning", () => {
  const vm = (phase: "Running" | "Failed", status?: "True" | "False") => ({
    ...buildVirtualMachine(),
    status: { phase, ...(status && { conditions: [{ type: "Ready", status }] }) },
  });

  it("is so for a machine that runs, unless it says that it is not ready", () => {
    expect(isGuestRunning(vm("Running"))).toBe(true);
    expect(isGuestRunning(vm("Running", "True"))).toBe(true);
    expect(isGuestRunning(vm("Running", "False"))).toBe(false);
    expect(isGuestRunning(vm("Failed", "True"))).toBe(false);
    expect(isGuestRunning(buildVirtualMachine())).toBe(false);
  });
});
