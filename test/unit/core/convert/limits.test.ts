import { describe, expect, it } from "vitest";
import { convertLimits } from "../../../../provider/core/convert/limits";

const under = (domainType: "kvm" | "qemu", cores = 1) => ({ domainType, cores });

describe("limits of memory", () => {
  const mebibytes = (memory: string, options: ReturnType<typeof under>) =>
    Number(convertLimits({ limits: { memory } }, options).memtune?.hardLimit.value ?? 0n) / 1024;

  it("leave QEMU room beside the guest, more of it for emulation, for cores and for large guests", () => {
    expect(mebibytes("128Mi", under("kvm"))).toBe(128 + 256 + 16 + 2);
    expect(mebibytes("128Mi", under("qemu"))).toBe(128 + 256 + 16 + 2 + 1024);
    expect(mebibytes("64Gi", under("kvm", 8))).toBe(65_536 + 256 + 128 + 1024);
  });

  it("never pass what libvirt can count", () => {
    const { memtune } = convertLimits({ limits: { memory: "8191Pi" } }, under("kvm"));
    expect(memtune?.hardLimit.value).toBeLessThanOrEqual(9_007_199_254_740_991n);
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
    expect(convertLimits({ limits: { cpu } }, under("kvm")).cputune).toEqual({ globalPeriod, globalQuota });
  });
});

it("no limit is none", () => {
  expect(convertLimits({ requests: { memory: "1Gi", cpu: "1" } }, under("kvm"))).toEqual({});
});
