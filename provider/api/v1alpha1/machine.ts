/** The machine that QEMU emulates. */
import { z } from "zod";
import type { DeepReadonly } from "../deep-readonly";

export const Machine = z.strictObject({
  type: z
    .string()
    .max(63)
    .regex(/^([a-z0-9][A-Za-z0-9._-]*)?$/, "must be a QEMU machine type such as q35, pc or pc-q35-7.2")
    .describe("QEMU machine type, such as `q35`, `pc` or `pc-q35-7.2`. Empty, or default: `q35`."),
});
export type Machine = DeepReadonly<z.infer<typeof Machine>>;
