/** Features of the machine that a guest may need, ACPI and APIC foremost, and Hyper-V's for Windows guests. */
import { z } from "zod";
import type { DeepReadonly } from "../deep-readonly";

/** Fewer retries than this would call the hypervisor at every contended lock; Hyper-V sets the bound. */
export const leastSpinlockRetries = 4096;

const enabled = z.boolean().optional().describe("Whether the feature is on. Default: true.");

export const FeatureState = z.strictObject({ enabled });

export const FeatureApic = z.strictObject({
  enabled,
  endOfInterrupt: z
    .boolean()
    .optional()
    .describe("Whether the guest may signal the end of an interrupt without leaving to the host. Default: false."),
});

export const FeatureSpinlocks = z.strictObject({
  enabled,
  spinlocks: z
    .int()
    .min(leastSpinlockRetries)
    .max(2_147_483_647)
    .optional()
    .describe("Attempts to take a lock before the guest tells the hypervisor, 4096 to 2147483647. Default: 4096."),
});

export const FeatureVendorId = z.strictObject({
  enabled,
  vendorid: z
    .string()
    .max(12)
    .regex(/^[ -+\--~]*$/, "must consist of printable ASCII characters without a comma")
    .optional()
    .describe(
      "Vendor that the hypervisor reports to the guest: up to 12 printable ASCII characters, no comma. Default: the hypervisor's own.",
    ),
});

export const FeatureHyperv = z.strictObject({
  relaxed: FeatureState.optional().describe(
    "Relax the guest's watchdogs, since a virtual machine may be held up. Default: off.",
  ),
  reset: FeatureState.optional().describe("Let the guest reset itself through the hypervisor. Default: off."),
  runtime: FeatureState.optional().describe("Tell the guest the processor time it has used. Default: off."),
  spinlocks: FeatureSpinlocks.optional().describe(
    "Let the guest tell the hypervisor when a lock stays contended. Default: off.",
  ),
  synic: FeatureState.optional().describe("Synthetic interrupt controller. Needs `vpindex`. Default: off."),
  synictimer: FeatureState.optional().describe(
    "Synthetic timers. Needs `synic`, and the hyperv timer of the clock. Default: off.",
  ),
  vapic: FeatureState.optional().describe("Paravirtual access to the interrupt controller. Default: off."),
  vendorid: FeatureVendorId.optional().describe("Vendor name reported by the hypervisor. Default: off."),
  vpindex: FeatureState.optional().describe("Tell the guest the index of each virtual processor. Default: off."),
});
export type FeatureHyperv = DeepReadonly<z.infer<typeof FeatureHyperv>>;

export const Features = z.strictObject({
  acpi: FeatureState.optional().describe("ACPI: power button, device discovery. Default: on."),
  apic: FeatureApic.optional().describe("Advanced interrupt controller. Default: the machine type's choice."),
  hyperv: FeatureHyperv.optional().describe("What Hyper-V offers to Windows guests. Default: none of it."),
});
export type Features = DeepReadonly<z.infer<typeof Features>>;
