/**
 * `resources.limits` → `<memtune>` and `<cputune>`, which libvirt has the kernel enforce (cgroups). The limit of memory is
 * about the guest; QEMU's own needs come on top, since whoever passes the limit in the document is killed by the kernel.
 */
import { type ExactQuantity, parseQuantity, quantityToBytes } from "../../api/quantity";
import type { Resources } from "../../api/v1alpha1/resources";
import type { Domain } from "../domain-xml/domain";
import type { MachineFacts } from "./machine-facts";
import { mostKibibytes } from "./memory";

const mebibyte = 1024n * 1024n;

/**
 * Bytes that QEMU needs beside the guest's memory, with room: a machine of 128Mi with a screen was seen to take 80 MiB.
 * Under emulation there is the translated code, which grows to one gibibyte (QEMU's own bound).
 */
function overheadOf(guestBytes: bigint, cores: number, domainType: MachineFacts["domainType"]): bigint {
  const own = 256n * mebibyte + BigInt(cores) * 16n * mebibyte + guestBytes / 64n;
  return domainType === "qemu" ? own + 1024n * mebibyte : own;
}

/** Microseconds. The kernel takes periods up to a second and quotas from a millisecond on. */
const usualPeriod = 100_000;
const longestPeriod = 1_000_000;
const leastQuota = 1_000;
/** More than any machine has, and far below what libvirt can count. */
const mostQuota = 1_000_000_000_000;

export function convertLimits(
  resources: Resources,
  { cores, domainType }: { readonly cores: number; readonly domainType: MachineFacts["domainType"] },
): Pick<Domain, "memtune" | "cputune"> {
  const memory = exact(resources.limits?.memory);
  const cpu = exact(resources.limits?.cpu);
  return {
    ...(memory === undefined ? {} : { memtune: memtuneOf(quantityToBytes(memory), cores, domainType) }),
    ...(cpu === undefined ? {} : { cputune: cputuneOf(cpu) }),
  };
}

function memtuneOf(limit: bigint, cores: number, domainType: MachineFacts["domainType"]): Domain["memtune"] {
  const kibibytes = (limit + overheadOf(limit, cores, domainType) + 1023n) / 1024n;
  const value = kibibytes > mostKibibytes ? mostKibibytes : kibibytes;
  return { hardLimit: { unit: "KiB", value } };
}

function cputuneOf({ nanos }: ExactQuantity): Domain["cputune"] {
  const quotaIn = (period: number) => Number((nanos * BigInt(period) + 999_999_999n) / 1_000_000_000n);
  const globalPeriod = quotaIn(usualPeriod) >= leastQuota ? usualPeriod : longestPeriod;
  return { globalPeriod, globalQuota: Math.min(Math.max(quotaIn(globalPeriod), leastQuota), mostQuota) };
}

function exact(quantity: string | number | undefined): ExactQuantity | undefined {
  return quantity === undefined ? undefined : parseQuantity(quantity);
}
