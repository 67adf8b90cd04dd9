/** VirtualMachine: a machine that runs once, on one node, and is never resurrected. */
import { z } from "zod";
import type { DeepReadonly } from "../deep-readonly";
import { type CrossFieldRule, celText, keyedList, withHints } from "../kubernetes-hints";
import { Conditions, LabelValue, ObjectMeta } from "../meta";
import { DomainSpec } from "./domain-spec";
import { apiVersion } from "./group";
import { Affinity } from "./node-affinity";
import { mostVolumes, Volume } from "./volumes";

/** Where a machine is on its way. Empty only before the controller has seen it. */
export const virtualMachinePhases = [
  "Pending",
  "Scheduling",
  "Scheduled",
  "Running",
  "Succeeded",
  "Failed",
  "Unknown",
] as const;
export type VirtualMachinePhase = (typeof virtualMachinePhases)[number];

const disks = "self.domain.devices.disks";
const haveDisks = "has(self.domain.devices) && has(self.domain.devices.disks)";

/** A rule about a machine's disks, whose message names the first disk `d` that is `astray`. */
function diskRule(options: { kept: string; message: string; astray: string; found: string }): CrossFieldRule {
  const { kept, message, astray, found } = options;
  return {
    rule: `!(${haveDisks}) || ${kept}`,
    message,
    messageExpression: `${disks}.map(d, ${astray}, ${celText(`${message}: disk `)} + d.name + ${celText(found)} + d.volumeName)[0]`,
    fieldPath: ".domain.devices.disks",
  };
}

/**
 * What makes disks and volumes fit together, wherever a machine's spec stands. The rules compare lists of names as a
 * whole: to look through the volumes for each disk takes seconds when there are 256 of both.
 */
const disksFitVolumes: readonly CrossFieldRule[] = [
  diskRule({
    kept: `(has(self.volumes) ? sets.contains(self.volumes.map(v, v.name), ${disks}.map(d, d.volumeName)) : size(${disks}) == 0)`,
    message: "each disk's volumeName must be the name of one of volumes",
    astray: "!has(self.volumes) || !self.volumes.exists(v, v.name == d.volumeName)",
    found: " has volumeName ",
  }),
  diskRule({
    kept: `size(${disks}.map(d, d.volumeName).distinct()) == size(${disks})`,
    message: "each disk must have a volume of its own",
    astray: `!${disks}.exists_one(other, other.volumeName == d.volumeName)`,
    found: " shares volume ",
  }),
  diskRule({
    kept: `!has(self.volumes) || !sets.intersects(self.volumes.map(v, !has(v.persistentVolumeClaim), v.name), ${disks}.map(d, has(d.lun), d.volumeName))`,
    message:
      "a disk with the target lun must have a volume that is a persistentVolumeClaim; use the target disk instead",
    astray: "has(d.lun) && self.volumes.exists(v, v.name == d.volumeName && !has(v.persistentVolumeClaim))",
    found: " has volume ",
  }),
];

export const VirtualMachineSpec = withHints(
  z.strictObject({
    domain: DomainSpec.describe("The machine."),
    volumes: keyedList(Volume, "name", mostVolumes)
      .optional()
      .describe("At most 256 volumes, which the disks name. Default: none."),
    nodeSelector: z
      .record(z.string(), LabelValue)
      .optional()
      .describe("Labels that a node must have to run the machine. Default: any node."),
    affinity: Affinity.optional().describe("Finer rules for the choice of the node. Default: none."),
    terminationGracePeriodSeconds: z
      .int()
      .min(0)
      .max(2_147_483_647)
      .optional()
      .describe(
        "Seconds between the power button and the plug when the machine is stopped, 0 to 2147483647. Default: 30.",
      ),
  }),
  { rules: disksFitVolumes },
);
export type VirtualMachineSpec = DeepReadonly<z.infer<typeof VirtualMachineSpec>>;

export const VirtualMachineNetworkInterface = z.strictObject({
  ipAddress: z.string().optional().describe("Address at which the guest can be reached."),
  mac: z.string().optional().describe("Hardware address of the guest's network card."),
});

export const VirtualMachineStatus = z.strictObject({
  phase: z
    .enum([...virtualMachinePhases, ""])
    .optional()
    .describe("Where the machine is on its way."),
  nodeName: z.string().optional().describe("Node that runs the machine."),
  interfaces: z.array(VirtualMachineNetworkInterface).max(64).optional().describe("Network cards and their addresses."),
  conditions: Conditions.optional().describe("Conditions, `Ready` among them."),
  observedGeneration: z.int().optional().describe("The `metadata.generation` that the status speaks of."),
});
export type VirtualMachineStatus = DeepReadonly<z.infer<typeof VirtualMachineStatus>>;

export const VirtualMachine = z.strictObject({
  apiVersion: z.literal(apiVersion).describe("`kubevirt.io/v1alpha1`."),
  kind: z.literal("VirtualMachine").describe("`VirtualMachine`."),
  metadata: ObjectMeta.describe("Name, namespace, labels and annotations."),
  spec: VirtualMachineSpec.describe("The machine as it should be."),
  status: VirtualMachineStatus.optional().describe(
    "The machine as it is; written by the controller and the node agent.",
  ),
});
export type VirtualMachine = DeepReadonly<z.infer<typeof VirtualMachine>>;
