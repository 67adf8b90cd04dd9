/** VirtualMachine: a machine that runs once, on one node, and is never resurrected. */
import { z } from "zod";
import type { DeepReadonly } from "../deep-readonly";
import { Condition, ObjectMeta } from "../meta";
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

export const VirtualMachineSpec = z.strictObject({
  domain: DomainSpec.describe("The machine."),
  volumes: z.array(Volume).max(mostVolumes).optional().describe("Volumes that the disks name. Default: none."),
  nodeSelector: z
    .record(z.string(), z.string())
    .optional()
    .describe("Labels that a node must have to run the machine. Default: any node."),
  affinity: Affinity.optional().describe("Finer rules for the choice of the node. Default: none."),
  terminationGracePeriodSeconds: z
    .int()
    .min(0)
    .max(2_147_483_647)
    .optional()
    .describe("Seconds between the power button and the plug when the machine is stopped. Default: 30."),
});
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
  conditions: z.array(Condition).max(64).optional().describe("Conditions, `Ready` among them."),
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
