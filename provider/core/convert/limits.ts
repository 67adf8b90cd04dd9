/**
 * `resources.limits` → what the kernel enforces (cgroups). Processor time is `<cputune>` of the document. Memory is not in
 * it: with `<memtune>` libvirt also lets QEMU lock so much, which it may not everywhere; the agent sets the limit when the
 * domain has started. It is about the guest, and QEMU's own needs come on top, since who passes it is killed.
 */
import { type ExactQuantity, parseQuantity, quantityToBytes } from "../../api/quantity";
import type { Resources } from "../../api/v1alpha1/resources";
import type { VirtualMachineSpec } from "../../api/v1alpha1/virtual-machine";
import { defaultCores } from "../defaults";
import type { Domain } from "../domain-xml/domain";
import type { MachineFacts } from "./machine-facts";
import { mostKibibytes } from "./memory";

const mebibyte = 1024n * 1024n;

/**
 * Bytes that QEMU needs beside the guest's memory, with room: a machine of 128Mi with a screen was seen to take 80 MiB.
 * Under emulation there is the translated code, which grows to one gibibyte (QEMU's own bound).
 */
export function limitOverheadBytes(guestBytes: bigint, cores: number, domainType: MachineFacts["domainType"]): bigint {
  const own = 256n * mebibyte + BigInt(cores) * 16n * mebibyte + guestBytes / 64n;
  return domainType === "qemu" ? own + 1024n * mebibyte : own;
}

/** Microseconds. The kernel takes periods up to a second and quotas from a millisecond on. */
const usualPeriod = 100_000;
const longestPeriod = 1_000_000;
const leastQuota = 1_000;
/** More than any machine has, and far below what libvirt can count. */
const mostQuota = 1_000_000_000_000;

export function convertProcessorLimit(resources: Resources): Pick<Domain, "cputune"> {
  const cpu = exact(resources.limits?.cpu);
  return cpu === undefined ? {} : { cputune: cputuneOf(cpu) };
}

/** Kibibytes that the domain's processes may use together; undefined without a limit. */
export function memoryLimitOf(
  { domain }: VirtualMachineSpec,
  domainType: MachineFacts["domainType"],
): bigint | undefined {
  const memory = exact(domain.resources?.limits?.memory);
  if (memory === undefined) return undefined;
  const limit = quantityToBytes(memory);
  const kibibytes = (limit + limitOverheadBytes(limit, domain.cpu?.cores || defaultCores, domainType) + 1023n) / 1024n;
  return kibibytes > mostKibibytes ? mostKibibytes : kibibytes;
}

function cputuneOf({ nanos }: ExactQuantity): Domain["cputune"] {
  const quotaIn = (period: number) => Number((nanos * BigInt(period) + 999_999_999n) / 1_000_000_000n);
  const globalPeriod = quotaIn(usualPeriod) >= leastQuota ? usualPeriod : longestPeriod;
  return { globalPeriod, globalQuota: Math.min(Math.max(quotaIn(globalPeriod), leastQuota), mostQuota) };
}

function exact(quantity: string | number | undefined): ExactQuantity | undefined {
  return quantity === undefined ? undefined : parseQuantity(quantity);
}
