import { describe, expect, it } from "vitest";
import { domainStatusOf } from "../../../provider/libvirt/domain-state";

describe("domainStatusOf", () => {
  it.each([
    [1, 1, "running", "booted"],
    [3, 5, "paused", "io-error"],
    [3, 6, "paused", "watchdog"],
    [4, 1, "shutdown", "user"],
    [5, 1, "shutoff", "shutdown"],
    [5, 2, "shutoff", "destroyed"],
    [5, 3, "shutoff", "crashed"],
    [5, 6, "shutoff", "failed"],
    [5, 8, "shutoff", "daemon"],
    [6, 1, "crashed", "panicked"],
    [7, 0, "pmsuspended", "unknown"],
  ])("names state %d with reason %d", (state, reason, name, why) => {
    expect(domainStatusOf(state, reason)).toEqual({ state: name, reason: why });
  });

  it("calls numbers of a newer libvirt unknown", () => {
    expect(domainStatusOf(5, 99)).toEqual({ state: "shutoff", reason: "unknown" });
    expect(domainStatusOf(99, 1)).toEqual({ state: "nostate", reason: "unknown" });
  });
});
