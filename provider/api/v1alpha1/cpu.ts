/** The processor that the guest sees. */
import { z } from "zod";
import type { DeepReadonly } from "../deep-readonly";

/** More than any hypervisor here can start; a bound so that a slip of the pen is refused. */
export const mostCores = 710;

export const Cpu = z.strictObject({
  cores: z
    .int()
    .min(1)
    .max(mostCores)
    .optional()
    .describe(
      "Cores of the guest's one socket, 1 to 710. Says nothing about scheduling: that is `resources.requests.cpu`. Default: 1.",
    ),
});
export type Cpu = DeepReadonly<z.infer<typeof Cpu>>;
