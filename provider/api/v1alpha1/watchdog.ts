/** A watchdog: acts on the machine when the guest stops feeding it. */
import { z } from "zod";
import type { DeepReadonly } from "../deep-readonly";

export const WatchdogAction = z
  .enum(["reset", "poweroff", "shutdown"])
  .describe("What happens to the machine when its watchdog fires.");

export const I6300esbWatchdog = z.strictObject({
  action: WatchdogAction.optional().describe(
    "What happens when it fires: `reset`, `poweroff` or a clean `shutdown`. Default: `reset`.",
  ),
});

export const Watchdog = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(63)
    .regex(/^[A-Za-z0-9_-]+$/, "must consist of letters, digits, '-' and '_'")
    .describe("Name of the watchdog: at most 63 letters, digits, `-` and `_`."),
  i6300esb: I6300esbWatchdog.optional().describe(
    "Intel's 6300ESB watchdog on the PCI bus, the only model. Default: this, with its own default action.",
  ),
});
export type Watchdog = DeepReadonly<z.infer<typeof Watchdog>>;
