/** The firmware's identity, as the guest reads it from SMBIOS. */
import { z } from "zod";
import type { DeepReadonly } from "../deep-readonly";

/** Empty as well: some clients write absent texts so. */
const uuidPattern = /^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})?$/;

export const Firmware = z.strictObject({
  uuid: z
    .string()
    .regex(uuidPattern, "must be a UUID such as 5d307ca9-b3ef-428c-8861-06e72d69f223")
    .optional()
    .describe("UUID reported by the firmware; an empty text is none. Default: one derived from the object's UID."),
});
export type Firmware = DeepReadonly<z.infer<typeof Firmware>>;
