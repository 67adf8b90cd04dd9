/**
 * Label selectors as Kubernetes spells them. This file owns their shape; `core/selector-match.ts` says which objects
 * they select.
 */
import { z } from "zod";
import type { DeepReadonly } from "./deep-readonly";
import { type CrossFieldRule, withHints } from "./kubernetes-hints";
import { LabelValue } from "./meta";
import { labelKeyPattern } from "./names";

export const selectorOperators = ["In", "NotIn", "Exists", "DoesNotExist"] as const;
export const LabelSelectorOperator = z.enum(selectorOperators).describe("How a label relates to values.");

/** The key of a label, as a requirement names it. */
export const LabelKey = withHints(z.string().min(1).max(317), { implied: { pattern: labelKeyPattern.source } });

/** What a requirement's operator asks of its values; for node affinities too. */
export const valuesFitOperator: readonly CrossFieldRule[] = [
  {
    rule: "!(self.operator in ['In', 'NotIn']) || (has(self.values) && size(self.values) > 0)",
    message: "In and NotIn must have at least one value",
    fieldPath: ".values",
    reason: "FieldValueRequired",
  },
  {
    rule: "!(self.operator in ['Exists', 'DoesNotExist']) || !has(self.values) || size(self.values) == 0",
    message: "Exists and DoesNotExist must have no values",
    fieldPath: ".values",
    reason: "FieldValueForbidden",
  },
];

export const LabelSelectorRequirement = withHints(
  z.strictObject({
    key: LabelKey.describe("The label's key, such as `kubevirt.io/size`."),
    operator: LabelSelectorOperator.describe("How the label's value relates to `values`."),
    values: z
      .array(LabelValue.max(63))
      .max(256)
      .optional()
      .describe("At least one value for `In` and `NotIn`, none for `Exists` and `DoesNotExist`. Default: none."),
  }),
  {
    rules: valuesFitOperator,
  },
);
export type LabelSelectorRequirement = DeepReadonly<z.infer<typeof LabelSelectorRequirement>>;

/** Labels that one selector may ask for. */
export const mostMatchLabels = 256;

export const LabelSelector = withHints(
  z.strictObject({
    matchLabels: withHints(z.record(z.string(), LabelValue.max(63)), { implied: { maxProperties: mostMatchLabels } })
      .optional()
      .describe("Labels that an object must have with exactly these values. Default: none."),
    matchExpressions: z
      .array(LabelSelectorRequirement)
      .max(256)
      .optional()
      .describe("Further requirements; all of them must hold, together with `matchLabels`. Default: none."),
  }),
  { atomic: true },
);
export type LabelSelector = DeepReadonly<z.infer<typeof LabelSelector>>;
