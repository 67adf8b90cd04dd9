/** The guest's clock: from which time it starts, and which timers the machine has. */
import { z } from "zod";
import type { DeepReadonly } from "../deep-readonly";
import { withHints } from "../kubernetes-hints";

const ofTicks = "What happens to ticks that a busy host could not deliver in time.";
export const HpetTickPolicy = z.enum(["delay", "catchup", "merge", "discard"]).describe(ofTicks);
export const PitTickPolicy = z.enum(["delay", "catchup", "discard"]).describe(ofTicks);
export const RtcTickPolicy = z.enum(["delay", "catchup"]).describe(ofTicks);
export const RtcTrack = z.enum(["guest", "wall"]).describe("What the real time clock follows.");

const present = z.boolean().optional().describe("Whether the guest has this timer. Default: true.");

export const HpetTimer = z.strictObject({
  present,
  tickPolicy: HpetTickPolicy.optional().describe(
    "What becomes of missed ticks: delivered later (`delay`), faster (`catchup`), as one (`merge`) or not at all (`discard`). Default: the hypervisor's choice.",
  ),
});

export const HypervTimer = z.strictObject({ present });

export const KvmTimer = z.strictObject({ present });

export const PitTimer = z.strictObject({
  present,
  tickPolicy: PitTickPolicy.optional().describe(
    "What becomes of missed ticks: delivered later (`delay`), faster (`catchup`) or not at all (`discard`). Default: the hypervisor's choice.",
  ),
});

export const RtcTimer = z.strictObject({
  present,
  tickPolicy: RtcTickPolicy.optional().describe(
    "What becomes of missed ticks: delivered later (`delay`) or faster (`catchup`). Default: the hypervisor's choice.",
  ),
  track: RtcTrack.optional().describe(
    "What the timer follows: the guest's running time (`guest`) or the wall clock (`wall`). Default: the hypervisor's choice.",
  ),
});

export const Timer = z.strictObject({
  hpet: HpetTimer.optional().describe(
    "High precision event timer; several periodic interrupts. Default: the machine type's choice.",
  ),
  hyperv: HypervTimer.optional().describe("Hyper-V reference time, for Windows guests. Default: absent."),
  kvm: KvmTimer.optional().describe("KVM's paravirtual clock, for Linux guests. Default: the hypervisor's choice."),
  pit: PitTimer.optional().describe(
    "Programmable interval timer; one periodic interrupt. Default: the machine type's choice.",
  ),
  rtc: RtcTimer.optional().describe(
    "Real time clock; keeps the date and raises alarms. Default: present, with the hypervisor's policy.",
  ),
});
export type Timer = DeepReadonly<z.infer<typeof Timer>>;

export const ClockUtc = z.strictObject({
  offsetSeconds: z
    .int()
    .min(-2_147_483_648)
    .max(2_147_483_647)
    .optional()
    .describe(
      "Seconds that the clock is ahead of UTC, -2147483648 to 2147483647. Default: UTC itself at every start, forgetting what a guest changed in an earlier run.",
    ),
});

export const Clock = withHints(
  z.strictObject({
    timezone: z
      .string()
      .max(255)
      .regex(/^[A-Za-z0-9+_-]+(\/[A-Za-z0-9+_-]+)*$/, "must be a zone of the tz database, such as Europe/Prague")
      .optional()
      .describe(
        "Start with the local time of this tz database zone, such as `Europe/Prague`. Excludes `utc`. Default: UTC.",
      ),
    utc: ClockUtc.optional().describe("Start with UTC, shifted by an offset. Excludes `timezone`. Default: UTC."),
    timer: Timer.optional().describe("Timers of the machine. Default: the hypervisor's choice."),
  }),
  {
    rules: [
      {
        rule: "!(has(self.timezone) && has(self.utc))",
        message: "a clock must have one of timezone and utc, not both: it has one offset",
      },
    ],
  },
);
export type Clock = DeepReadonly<z.infer<typeof Clock>>;
