/** On which nodes a machine may or should run, in Kubernetes' words. */
import { z } from "zod";
import type { DeepReadonly } from "../deep-readonly";
import { withHints } from "../kubernetes-hints";
import { LabelKey, valuesFitOperator } from "../label-selector";

export const NodeSelectorOperator = z
  .enum(["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"])
  .describe("How a node's label relates to values.");

export const NodeSelectorRequirement = withHints(
  z.strictObject({
    key: LabelKey.describe("Key of the node's label; `metadata.name` in `matchFields`."),
    operator: NodeSelectorOperator.describe("How the label's value relates to `values`."),
    values: z
      .array(z.string().max(63))
      .max(256)
      .optional()
      .describe(
        "At least one for `In` and `NotIn`; none for `Exists` and `DoesNotExist`; one whole number for `Gt` and `Lt`. Default: none.",
      ),
  }),
  {
    rules: [
      ...valuesFitOperator,
      {
        rule: "!(self.operator in ['Gt', 'Lt']) || (has(self.values) && size(self.values) == 1 && self.values[0].matches('^-?[0-9]+$'))",
        message: "Gt and Lt must have one whole number",
        fieldPath: ".values",
      },
    ],
  },
);
export type NodeSelectorRequirement = DeepReadonly<z.infer<typeof NodeSelectorRequirement>>;

export const NodeSelectorTerm = withHints(
  z.strictObject({
    matchExpressions: z
      .array(NodeSelectorRequirement)
      .max(256)
      .optional()
      .describe("Requirements on the node's labels; all must hold. Default: none."),
    matchFields: z
      .array(NodeSelectorRequirement)
      .max(256)
      .optional()
      .describe("Requirements on the node's fields (`metadata.name`); all must hold. Default: none."),
  }),
  {
    atomic: true,
    rules: [
      {
        rule: "!has(self.matchFields) || self.matchFields.all(field, field.key == 'metadata.name')",
        message: "the key of each of matchFields must be metadata.name",
        fieldPath: ".matchFields",
      },
    ],
  },
);

export const NodeSelector = withHints(
  z.strictObject({
    nodeSelectorTerms: withHints(z.array(NodeSelectorTerm).max(256), { implied: { minItems: 1 } }).describe(
      "Alternatives, at least one: a node must satisfy at least one of them.",
    ),
  }),
  { atomic: true },
);

export const PreferredSchedulingTerm = z.strictObject({
  weight: z.int().min(1).max(100).describe("How much it counts against other preferences, 1 to 100."),
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
