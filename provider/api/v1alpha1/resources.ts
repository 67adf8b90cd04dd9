/** What the machine asks of its node. */
import { z } from "zod";
import type { DeepReadonly } from "../deep-readonly";
import { Quantity } from "../quantity";

export const ResourceList = z.record(z.string(), Quantity);
export type ResourceList = DeepReadonly<z.infer<typeof ResourceList>>;

export const Resources = z.strictObject({
  requests: ResourceList.optional().describe(
    "What is set aside: `memory` in bytes (the guest's memory; default 512Mi, or the memory limit when there is one) and `cpu` in cores, for scheduling.",
  ),
  limits: ResourceList.optional().describe(
    "What is at most used: `memory` in bytes, `cpu` in cores. Default: no limit.",
  ),
});
export type Resources = DeepReadonly<z.infer<typeof Resources>>;
