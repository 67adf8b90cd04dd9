/** VMTemplateSpec: the machine that an OfflineVirtualMachine or a VirtualMachineReplicaSet makes. */
import { z } from "zod";
import type { DeepReadonly } from "../deep-readonly";
import { ObjectMeta } from "../meta";
import { VirtualMachineSpec } from "./virtual-machine";

export const VirtualMachineTemplateSpec = z.strictObject({
  metadata: ObjectMeta.optional().describe(
    "Labels and annotations of the machines. Their namespace is the owner's; a name is the machine's, or the beginning of the names of several. Default: the owner's name, and no labels.",
  ),
  spec: VirtualMachineSpec.describe("The machine as it should be."),
});
export type VirtualMachineTemplateSpec = DeepReadonly<z.infer<typeof VirtualMachineTemplateSpec>>;
