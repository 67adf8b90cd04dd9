/** Devices of the machine. */
import { z } from "zod";
import type { DeepReadonly } from "../deep-readonly";
import { keyedList } from "../kubernetes-hints";
import { Disk, mostDisks } from "./disks";
import { Watchdog } from "./watchdog";

export const Devices = z.strictObject({
  disks: keyedList(Disk, "name", mostDisks)
    .optional()
    .describe(
      "At most 256 disks, in the order in which the guest sees them; it boots from the first that is no CD-ROM. Default: none.",
    ),
  watchdog: Watchdog.optional().describe("A watchdog. Default: none."),
});
export type Devices = DeepReadonly<z.infer<typeof Devices>>;
