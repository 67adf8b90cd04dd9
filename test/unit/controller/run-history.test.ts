import { describe, expect, it } from "vitest";
import { RunHistory } from "../../../provider/controller/run-history";
import { buildVirtualMachine } from "../../builders/virtual-machine";

const start = "2026-01-02T03:00:00Z";
const made = (creationTimestamp?: string) =>
  buildVirtualMachine({ metadata: creationTimestamp === undefined ? {} : { creationTimestamp } });
const at = (minutes: number) => Date.parse(start) + minutes * 60_000;

describe("the history of ended runs", () => {
  it("counts early ends in a row, and starts anew for another owner of the name", () => {
    const history = new RunHistory();
    expect(history.of("default/web", "u")).toBeUndefined();
    history.count("default/web", "u", [made(start)], at(1));
    history.count("default/web", "u", [made(start)], at(2));
    expect(history.of("default/web", "u")).toEqual({ early: 2, notBefore: at(2) + 10_000 });
    expect(history.of("default/web", "other")).toBeUndefined();
    history.count("default/web", "other", [made(start)], at(3));
    expect(history.of("default/web", "other")).toEqual({ early: 1, notBefore: at(3) });
  });

  it("takes the longest of machines that ended together, and a time that nobody can read for a short one", () => {
    const history = new RunHistory();
    history.count("a", "u", [made("2026-01-02T03:09:00Z"), made(start)], at(10));
    expect(history.of("a", "u")?.early).toBe(0);
    history.count("b", "u", [made(), made("never")], at(10));
    expect(history.of("b", "u")?.early).toBe(1);
  });

  it("keeps why the last run ended, in the machine's words", () => {
    const history = new RunHistory();
    const ready = { type: "Ready", status: "False", reason: "Crashed", message: "QEMU was killed" } as const;
    const vm = { ...made(start), status: { phase: "Failed", conditions: [ready] } } as const;
    history.count("a", "u", [made(start), vm], at(1));
    expect(history.of("a", "u")?.why).toBe("QEMU was killed");
  });

  it("forgets", () => {
    const history = new RunHistory();
    history.count("a", "u", [made(start)], at(1));
    history.forget("a");
    expect(history.of("a", "u")).toBeUndefined();
  });
});
