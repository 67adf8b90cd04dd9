import { describe, expect, it } from "vitest";
import { convertProcessorLimit, memoryLimitOf } from "../../../../provider/core/convert/limits";

describe("limits of memory", () => {
  const mebibytes = (memory: string, domainType: "kvm" | "qemu", cores = 1) =>
    Number(memoryLimitOf({ domain: { cpu: { cores }, resources: { limits: { memory } } } }, domainType) ?? 0n) / 1024;

  it("leave QEMU room beside the guest, more of it for emulation, for cores and for large guests", () => {
    expect(mebibytes("128Mi", "kvm")).toBe(128 + 256 + 16 + 2);
    expect(mebibytes("128Mi", "qemu")).toBe(128 + 256 + 16 + 2 + 1024);
    expect(mebibytes("64Gi", "kvm", 8)).toBe(65_536 + 256 + 128 + 1024);
  });

  it("never pass what libvirt can count, and are none where none is said", () => {
    const huge = memoryLimitOf({ domain: { resources: { limits: { memory: "8191Pi" } } } }, "kvm");
    expect(huge).toBeLessThanOrEqual(9_007_199_254_740_991n);
    expect(memoryLimitOf({ domain: { resources: { requests: { memory: "1Gi" } } } }, "kvm")).toBeUndefined();
  });
});

describe("limits of processor time", () => {
  it.each([
    ["1", 100_000, 100_000],
    ["500m", 100_000, 50_000],
    ["2.5", 100_000, 250_000],
    ["10m", 100_000, 1_000],
    // Less than the kernel takes in the usual period.
    ["5m", 1_000_000, 5_000],
    ["1m", 1_000_000, 1_000],
    ["1u", 1_000_000, 1_000],
    ["0", 1_000_000, 1_000],
    ["9E", 100_000, 1_000_000_000_000],
  ])("%s cores are %i and %i microseconds", (cpu, globalPeriod, globalQuota) => {
    expect(convertProcessorLimit({ limits: { cpu } }).cputune).toEqual({ globalPeriod, globalQuota });
  });
});

it("no limit is none", () => {
  expect(convertProcessorLimit({ requests: { cpu: "1" } })).toEqual({});
});
