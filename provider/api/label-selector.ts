/**
 * Label selectors as Kubernetes spells them. This file owns their shape; `core/selector-match.ts` says which objects
 * they select.
 */
import { z } from "zod";
import type { DeepReadonly } from "./deep-readonly";

export const selectorOperators = ["In", "NotIn", "Exists", "DoesNotExist"] as const;

export const LabelSelectorRequirement = z.strictObject({
  key: z.string().min(1).max(317).describe("The label's key, such as `kubevirt.io/size`."),
  operator: z.enum(selectorOperators).describe("How the label's value relates to `values`."),
  values: z
    .array(z.string().max(63))
    .max(256)
    .optional()
    .describe("The values meant by `In` and `NotIn`; must be absent for `Exists` and `DoesNotExist`."),
});
export type LabelSelectorRequirement = DeepReadonly<z.infer<typeof LabelSelectorRequirement>>;

export const LabelSelector = z.strictObject({
  matchLabels: z
    .record(z.string(), z.string().max(63))
    .optional()
    .describe("Labels that an object must have with exactly these values."),
  matchExpressions: z
    .array(LabelSelectorRequirement)
    .max(256)
    .optional()
    .describe("Further requirements; all of them must hold, together with `matchLabels`."),
});
export type LabelSelector = DeepReadonly<z.infer<typeof LabelSelector>>;
