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
    .max(4_294_967_295)
    .optional()
    .describe("Attempts to take a lock before the guest tells the hypervisor. At least 4096. Default: 4096."),
});

export const FeatureVendorId = z.strictObject({
  enabled,
  vendorid: z
    .string()
    .max(12)
    .regex(/^[ -+\--~]*$/, "must consist of printable ASCII characters without a comma")
    .optional()
    .describe("Vendor that the hypervisor reports to the guest: up to 12 printable ASCII characters, no comma."),
});

export const FeatureHyperv = z.strictObject({
  relaxed: FeatureState.optional().describe("Relax the guest's watchdogs, since a virtual machine may be held up."),
  reset: FeatureState.optional().describe("Let the guest reset itself through the hypervisor."),
  runtime: FeatureState.optional().describe("Tell the guest the processor time it has used."),
  spinlocks: FeatureSpinlocks.optional().describe("Let the guest tell the hypervisor when a lock stays contended."),
  synic: FeatureState.optional().describe("Synthetic interrupt controller. Needs `vpindex`."),
  synictimer: FeatureState.optional().describe("Synthetic timers. Needs `synic`, and the hyperv timer of the clock."),
  vapic: FeatureState.optional().describe("Paravirtual access to the interrupt controller."),
  vendorid: FeatureVendorId.optional().describe("Vendor name reported by the hypervisor."),
  vpindex: FeatureState.optional().describe("Tell the guest the index of each virtual processor."),
});
export type FeatureHyperv = DeepReadonly<z.infer<typeof FeatureHyperv>>;

export const Features = z.strictObject({
  acpi: FeatureState.optional().describe("ACPI: power button, device discovery. Default: on."),
  apic: FeatureApic.optional().describe("Advanced interrupt controller. Default: the machine type's choice."),
  hyperv: FeatureHyperv.optional().describe("What Hyper-V offers to Windows guests. Default: none of it."),
});
export type Features = DeepReadonly<z.infer<typeof Features>>;
