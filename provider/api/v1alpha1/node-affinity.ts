/** On which nodes a machine may or should run, in Kubernetes' words. */
import { z } from "zod";
import type { DeepReadonly } from "../deep-readonly";

export const nodeSelectorOperators = ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"] as const;

export const NodeSelectorRequirement = z.strictObject({
  key: z.string().min(1).max(317).describe("Key of the node's label."),
  operator: z.enum(nodeSelectorOperators).describe("How the label's value relates to `values`."),
  values: z
    .array(z.string().max(63))
    .max(256)
    .optional()
    .describe(
      "At least one for `In` and `NotIn`; none for `Exists` and `DoesNotExist`; one whole number for `Gt` and `Lt`.",
    ),
});
export type NodeSelectorRequirement = DeepReadonly<z.infer<typeof NodeSelectorRequirement>>;

export const NodeSelectorTerm = z.strictObject({
  matchExpressions: z
    .array(NodeSelectorRequirement)
    .max(256)
    .optional()
    .describe("Requirements on the node's labels; all must hold."),
  matchFields: z
    .array(NodeSelectorRequirement)
    .max(256)
    .optional()
    .describe("Requirements on the node's fields (`metadata.name`); all must hold."),
});

export const NodeSelector = z.strictObject({
  nodeSelectorTerms: z.array(NodeSelectorTerm).max(256).describe("Alternatives: a node must satisfy at least one."),
});

export const PreferredSchedulingTerm = z.strictObject({
  weight: z.int().min(1).max(100).describe("How much it counts, 1 to 100."),
  preference: NodeSelectorTerm.describe("What the node should satisfy."),
});

export const NodeAffinity = z.strictObject({
  requiredDuringSchedulingIgnoredDuringExecution: NodeSelector.optional().describe(
    "What a node must satisfy. Default: nothing.",
  ),
  preferredDuringSchedulingIgnoredDuringExecution: z
    .array(PreferredSchedulingTerm)
    .max(256)
    .optional()
    .describe("What a node should satisfy, weighted. Default: nothing."),
});
export type NodeAffinity = DeepReadonly<z.infer<typeof NodeAffinity>>;

export const Affinity = z.strictObject({
  nodeAffinity: NodeAffinity.optional().describe("Affinity to nodes. Default: none."),
});
export type Affinity = DeepReadonly<z.infer<typeof Affinity>>;
