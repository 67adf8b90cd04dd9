import { describe, expect, it } from "vitest";
import type { VirtualMachine } from "../../../../provider/api/v1alpha1/virtual-machine";
import {
  type EndReport,
  type MachineStep,
  type ObservedDomain,
  planMachine,
} from "../../../../provider/core/plan/machine";
import { soundMachine } from "../../../../provider/core/sound-machine";
import { buildVirtualMachine } from "../../../builders/virtual-machine";

const now = Date.parse("2026-01-01T00:01:00Z");
const before = (seconds: number) => new Date(now - seconds * 1000).toISOString();

const domains = {
  none: undefined,
  running: { state: "running", reason: "booted" },
  paused: { state: "paused", reason: "io-error" },
  held: { state: "paused", reason: "user" },
  startingUp: { state: "paused", reason: "starting-up" },
  defined: { state: "shutoff", reason: "unknown" },
  startFailed: { state: "shutoff", reason: "failed" },
  shutDown: { state: "shutoff", reason: "shutdown" },
  destroyed: { state: "shutoff", reason: "destroyed" },
  crashed: { state: "shutoff", reason: "crashed" },
  panicked: { state: "crashed", reason: "panicked" },
  lost: { state: "shutoff", reason: "daemon" },
} as const satisfies Record<string, ObservedDomain | undefined>;
type DomainName = keyof typeof domains;

interface Situation {
  readonly phase?: string | undefined;
  readonly domain: DomainName;
  readonly deletedSecondsAgo?: number;
  readonly grace?: number;
  readonly leftovers?: boolean;
  /** What the machine stands in goes in so many seconds. */
  readonly placeGoesInSeconds?: number;
}

const placeIsGone: EndReport = { phase: "Failed", reason: "PodDeleted", message: "its pod was deleted" };

function machine({ phase, deletedSecondsAgo, grace }: Situation): VirtualMachine {
  const vm = buildVirtualMachine({
    metadata: deletedSecondsAgo === undefined ? {} : { deletionTimestamp: before(deletedSecondsAgo) },
    spec: grace === undefined ? {} : { terminationGracePeriodSeconds: grace },
  });
  // As the store has it: also with phases that there are not.
  return phase === undefined ? vm : Object.assign({ ...vm }, { status: { phase } });
}

function plan(situation: Situation): MachineStep {
  const { domain, leftovers = false, placeGoesInSeconds: seconds } = situation;
  const placeEnd = seconds === undefined ? undefined : { deadline: now + seconds * 1000, report: placeIsGone };
  return planMachine({ vm: machine(situation), domain: domains[domain], leftovers, now, placeEnd });
}

const worded = (step: MachineStep): string => {
  if (step.kind === "end" || step.kind === "clean") return [step.kind, step.report?.phase].filter(Boolean).join(" ");
  return step.kind;
};

describe("planMachine, of a machine that is wanted", () => {
  const table: readonly [phase: string | undefined, Record<DomainName, string>][] = [
    [
      "Scheduled",
      {
        none: "start",
        running: "reportRunning",
        paused: "reportRunning",
        held: "finishStart",
        startingUp: "finishStart",
        defined: "start",
        startFailed: "start",
        shutDown: "end Succeeded",
        destroyed: "end Succeeded",
        crashed: "end Failed",
        panicked: "end Failed",
        lost: "end Failed",
      },
    ],
    [
      "Running",
      {
        none: "end Failed",
        running: "reportRunning",
        paused: "reportRunning",
        held: "reportRunning",
        startingUp: "reportRunning",
        defined: "end Failed",
        startFailed: "end Failed",
        shutDown: "end Succeeded",
        destroyed: "end Succeeded",
        crashed: "end Failed",
        panicked: "end Failed",
        lost: "end Failed",
      },
    ],
    ...(["Pending", "Scheduling"] as const).map((phase): [string, Record<DomainName, string>] => [
      phase,
      Object.fromEntries(Object.keys(domains).map((name) => [name, "none"])) as Record<DomainName, string>,
    ]),
    ...(["Succeeded", "Failed"] as const).map((phase): [string, Record<DomainName, string>] => [
      phase,
      {
        none: "closed",
        running: "destroy",
        paused: "destroy",
        held: "destroy",
        startingUp: "destroy",
        defined: "clean",
        startFailed: "clean",
        shutDown: "clean",
        destroyed: "clean",
        crashed: "clean",
        panicked: "clean",
        lost: "clean",
      },
    ]),
  ];
  for (const [phase, row] of table) {
    for (const [domain, step] of Object.entries(row)) {
      it(`${phase}, domain ${domain}: ${step}`, () => {
        expect(worded(plan({ phase, domain: domain as DomainName }))).toBe(step);
      });
    }
  }

  it.each([undefined, "", "Unknown", "Elsewhere"])(
    "whose phase is %j is never started, since it may have run",
    (phase) => {
      expect(worded(plan({ phase, domain: "none" }))).toBe("end Failed");
      expect(worded(plan({ phase, domain: "defined" }))).toBe("end Failed");
      expect(worded(plan({ phase, domain: "running" }))).toBe("reportRunning");
    },
  );

  it.each(["Succeeded", "Failed"])("that is %s is cleaned while anything of it is left", (phase) => {
    expect(plan({ phase, domain: "none", leftovers: true })).toEqual({ kind: "clean" });
  });

  it("is started in no phase but Scheduled, and there only when nothing says that it ran", () => {
    const phases = [undefined, "", "Pending", "Scheduling", "Scheduled", "Running", "Succeeded", "Failed", "Unknown"];
    const starts = phases.flatMap((phase) =>
      (Object.keys(domains) as DomainName[])
        .filter((domain) => plan({ phase, domain }).kind === "start")
        .map((domain) => `${phase} ${domain}`),
    );
    expect(starts).toEqual(["Scheduled none", "Scheduled defined", "Scheduled startFailed"]);
  });

  it("that ended tells the reason", () => {
    const reasonOf = (domain: DomainName) => {
      const step = plan({ phase: "Running", domain });
      return step.kind === "end" ? step.report.reason : step.kind;
    };
    expect(reasonOf("shutDown")).toBe("GuestShutDown");
    expect(reasonOf("crashed")).toBe("GuestCrashed");
    expect(reasonOf("panicked")).toBe("GuestCrashed");
    expect(reasonOf("none")).toBe("DomainMissing");
    expect(reasonOf("defined")).toBe("NodeRestarted");
    expect(reasonOf("lost")).toBe("Lost");
  });
});

describe("planMachine, of a machine that is being deleted", () => {
  const phases = ["Scheduled", "Running", "Unknown", undefined];

  it.each(phases)("in phase %j with a running guest: the button within the grace, the plug after it", (phase) => {
    const at = (deletedSecondsAgo: number) => plan({ phase, domain: "running", deletedSecondsAgo, grace: 10 });
    expect(at(0)).toEqual({ kind: "shutdown", secondsLeft: 10 });
    expect(at(9.5)).toEqual({ kind: "shutdown", secondsLeft: 1 });
    expect(at(10)).toEqual({ kind: "destroy" });
    expect(at(10_000)).toEqual({ kind: "destroy" });
  });

  it("has thirty seconds of grace unless it says otherwise", () => {
    expect(plan({ phase: "Running", domain: "running", deletedSecondsAgo: 0 })).toEqual({
      kind: "shutdown",
      secondsLeft: 30,
    });
  });

  it("has no grace when its guest never ran", () => {
    const at = (phase: string) => plan({ phase, domain: "held", deletedSecondsAgo: 0, grace: 10 });
    expect(at("Scheduled")).toEqual({ kind: "destroy" });
    expect(at("Running")).toEqual({ kind: "shutdown", secondsLeft: 10, resumeFirst: true });
  });

  it("with no grace is unplugged at once", () => {
    expect(plan({ phase: "Running", domain: "running", deletedSecondsAgo: 0, grace: 0 })).toEqual({ kind: "destroy" });
  });

  it.each(phases)("in phase %j with the guest off: cleaned, then told how it ended", (phase) => {
    expect(worded(plan({ phase, domain: "shutDown", deletedSecondsAgo: 1 }))).toBe("clean Succeeded");
    expect(worded(plan({ phase, domain: "crashed", deletedSecondsAgo: 1 }))).toBe("clean Failed");
    expect(worded(plan({ phase, domain: "none", deletedSecondsAgo: 1 }))).toBe("clean Succeeded");
    expect(worded(plan({ phase, domain: "defined", deletedSecondsAgo: 1 }))).toBe("clean Succeeded");
  });

  it("is never started", () => {
    for (const phase of [...phases, "Pending", "Scheduling", "Succeeded", "Failed"]) {
      for (const domain of Object.keys(domains) as DomainName[]) {
        expect(plan({ phase, domain, deletedSecondsAgo: 1 }).kind).not.toBe("start");
      }
    }
  });

  it.each(["abc", {}, Number.NaN, -5, null])("with %j for its grace has the default one", (grace) => {
    const vm = {
      ...buildVirtualMachine(),
      spec: { terminationGracePeriodSeconds: grace },
    } as unknown as VirtualMachine;
    const deleted = { ...vm, metadata: { ...vm.metadata, deletionTimestamp: before(0) } };
    const step = planMachine({ vm: deleted, domain: domains.running, leftovers: true, now });
    expect(step).toEqual({ kind: "shutdown", secondsLeft: 30 });
  });

  it("without a spec, or with a time of deletion that is none, is ended all the same", () => {
    const { spec: _spec, ...bare } = buildVirtualMachine({ metadata: { deletionTimestamp: "yesterday" } });
    const step = planMachine({ vm: soundMachine(bare), domain: domains.running, leftovers: true, now });
    expect(step).toEqual({ kind: "destroy" });
  });
});

describe("planMachine, of a machine whose place goes", () => {
  const ran: readonly DomainName[] = ["shutDown", "destroyed", "crashed", "panicked", "lost"];
  const off: readonly DomainName[] = ["none", "defined", "startFailed", ...ran];

  it.each(["Running", "Unknown", undefined])(
    "in phase %j: the guest has until the place goes, and no longer",
    (phase) => {
      const at = (placeGoesInSeconds: number) => plan({ phase, domain: "running", placeGoesInSeconds, grace: 3_600 });
      expect(at(20)).toEqual({ kind: "shutdown", secondsLeft: 20 });
      expect(at(0.2)).toEqual({ kind: "shutdown", secondsLeft: 1 });
      expect(at(0)).toEqual({ kind: "destroy" });
      expect(at(-300)).toEqual({ kind: "destroy" });
      expect(at(Number.NaN)).toEqual({ kind: "destroy" });
      expect(plan({ phase, domain: "held", placeGoesInSeconds: 20 })).toEqual({
        kind: "shutdown",
        secondsLeft: 20,
        resumeFirst: true,
      });
    },
  );

  it("is ended at once while it is Scheduled, unless its guest may have run", () => {
    const step = (domain: DomainName) => worded(plan({ phase: "Scheduled", domain, placeGoesInSeconds: 20 }));
    expect(step("held")).toBe("destroy");
    expect(step("startingUp")).toBe("destroy");
    expect(step("running")).toBe("shutdown");
    expect(step("paused")).toBe("shutdown");
    for (const domain of off) expect(step(domain)).toBe("end Failed");
  });

  // What is removed before the API knows of the end would be missed, or be started a second time.
  it.each(["Scheduled", "Running", "Unknown", undefined])(
    "in phase %j with the guest off: told, before anything is removed",
    (phase) => {
      for (const domain of off) {
        const step = plan({ phase, domain, placeGoesInSeconds: -1, leftovers: true });
        expect(step).toEqual({ kind: "end", report: placeIsGone });
      }
    },
  );

  it("is never started", () => {
    for (const phase of [
      "Scheduled",
      "Running",
      "Succeeded",
      "Failed",
      "Unknown",
      "Pending",
      "Scheduling",
      undefined,
    ]) {
      for (const domain of Object.keys(domains) as DomainName[]) {
        const { kind } = plan({ phase, domain, placeGoesInSeconds: 20 });
        expect(["start", "finishStart", "reportRunning"]).not.toContain(kind);
      }
    }
  });

  it("is nobody's concern before the node has it", () => {
    for (const phase of ["Pending", "Scheduling"]) {
      expect(plan({ phase, domain: "none", placeGoesInSeconds: -1 })).toEqual({ kind: "none" });
    }
  });

  it("changes nothing for a machine that has ended, and only the deadline of one that is being deleted", () => {
    for (const domain of Object.keys(domains) as DomainName[]) {
      const ended = { phase: "Failed", domain } as const;
      expect(plan({ ...ended, placeGoesInSeconds: 60 })).toEqual(plan(ended));
      const deleted = { phase: "Running", domain, deletedSecondsAgo: 1, grace: 10 } as const;
      expect(plan({ ...deleted, placeGoesInSeconds: 60 })).toEqual(plan(deleted));
    }
    const at = (placeGoesInSeconds: number) =>
      plan({ phase: "Running", domain: "running", deletedSecondsAgo: 1, grace: 3_600, placeGoesInSeconds });
    expect(at(20)).toEqual({ kind: "shutdown", secondsLeft: 20 });
    expect(at(-1)).toEqual({ kind: "destroy" });
  });
});

describe("planMachine, of a machine that has ended", () => {
  it.each(["Succeeded", "Failed"])("%s: closes its place only when nothing is left", (phase) => {
    expect(plan({ phase, domain: "none" })).toEqual({ kind: "closed" });
    expect(plan({ phase, domain: "none", leftovers: true })).toEqual({ kind: "clean" });
    expect(plan({ phase, domain: "shutDown" })).toEqual({ kind: "clean" });
    expect(plan({ phase, domain: "running" })).toEqual({ kind: "destroy" });
  });

  it.each(["Succeeded", "Failed"])("%s: closes its place also when it is being deleted", (phase) => {
    expect(plan({ phase, domain: "none", deletedSecondsAgo: 1 })).toEqual({ kind: "closed" });
  });
});

describe("planMachine, of a domain whose object is gone", () => {
  const orphan = (secondsAgo: number, domain: DomainName, orphanGraceSeconds?: number) =>
    planMachine({
      vm: undefined,
      domain: domains[domain],
      leftovers: true,
      now,
      orphanedSince: now - secondsAgo * 1000,
      ...(orphanGraceSeconds === undefined ? {} : { orphanGraceSeconds }),
    });

  it("gives the guest the grace that its domain remembers, from when it was first seen so", () => {
    expect(orphan(0, "running", 5)).toEqual({ kind: "shutdown", secondsLeft: 5 });
    expect(orphan(5, "running", 5)).toEqual({ kind: "destroy" });
    expect(orphan(0, "running")).toEqual({ kind: "shutdown", secondsLeft: 30 });
  });

  it("removes what is left and tells nobody", () => {
    expect(orphan(0, "shutDown")).toEqual({ kind: "clean" });
    expect(orphan(0, "none")).toEqual({ kind: "clean" });
    expect(planMachine({ vm: undefined, domain: undefined, leftovers: false, now })).toEqual({ kind: "none" });
  });
});
