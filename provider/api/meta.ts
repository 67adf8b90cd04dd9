/**
 * What every Kubernetes object carries: ObjectMeta, OwnerReference, Condition. The fields are all those a real API
 * server returns, so that an object read from one passes; what a person may set is a matter of validation.
 */
import { z } from "zod";
import type { DeepReadonly } from "./deep-readonly";
import { keyedList, withHints } from "./kubernetes-hints";
import {
  labelValuePattern,
  longestName,
  namePrefixPattern,
  optionalDnsLabelPattern,
  optionalDnsNamePattern,
} from "./names";

export const OwnerReference = z.strictObject({
  apiVersion: z.string().describe("Group and version of the owner, such as `kubevirt.io/v1alpha1`."),
  kind: z.string().describe("Kind of the owner."),
  name: z.string().describe("Name of the owner."),
  uid: z.string().describe("UID of the owner; an owner of the same name with another UID is another owner."),
  controller: z.boolean().optional().describe("True for the one owner that manages this object. Default: false."),
  blockOwnerDeletion: z
    .boolean()
    .optional()
    .describe("Whether a foreground deletion of the owner waits for this object. Default: false."),
});
export type OwnerReference = DeepReadonly<z.infer<typeof OwnerReference>>;

export const ManagedFieldsEntry = z.strictObject({
  manager: z.string().optional().describe("Who wrote the fields."),
  operation: z.string().optional().describe("`Apply` or `Update`."),
  apiVersion: z.string().optional().describe("Version of the object that the fields belong to."),
  time: z.string().optional().describe("When the fields were last written."),
  fieldsType: z.string().optional().describe("Always `FieldsV1`."),
  fieldsV1: z.record(z.string(), z.unknown()).optional().describe("The set of fields."),
  subresource: z.string().optional().describe("The subresource through which they were written."),
});

/** The value of a label. */
export const LabelValue = withHints(z.string(), { implied: { maxLength: 63, pattern: labelValuePattern.source } });

export const ObjectMeta = z.strictObject({
  name: withHints(z.string().max(253), { implied: { maxLength: longestName, pattern: optionalDnsNamePattern.source } })
    .optional()
    .describe(
      "Name, unique among the objects of its kind in a namespace: a DNS name of at most 63 characters. Default: made from `generateName`.",
    ),
  generateName: withHints(z.string().max(253), {
    implied: { maxLength: longestName - 1, pattern: namePrefixPattern.source },
  })
    .optional()
    .describe("Beginning of a name that the API server completes when `name` is absent. Default: none."),
  namespace: withHints(z.string().max(63), { implied: { pattern: optionalDnsLabelPattern.source } })
    .optional()
    .describe("Namespace of the object. Default: the connection's namespace."),
  labels: z
    .record(z.string(), LabelValue)
    .optional()
    .describe("Labels, by which selectors choose objects. Default: none."),
  annotations: z
    .record(z.string(), z.string())
    .optional()
    .describe("Annotations: notes that select nothing, at most 256 KiB altogether. Default: none."),
  finalizers: z
    .array(z.string())
    .optional()
    .describe("Names of the controllers that must act before removal. Default: none."),
  ownerReferences: z.array(OwnerReference).optional().describe("Objects this one belongs to. Default: none."),
  uid: z.string().optional().describe("Set by the API server: unique in time and space."),
  resourceVersion: z.string().optional().describe("Set by the API server: the object's revision."),
  generation: z.int().optional().describe("Set by the API server: counts changes of the spec."),
  creationTimestamp: z
    .string()
    .nullable()
    .optional()
    .describe("Set by the API server: when it was created (RFC 3339)."),
  deletionTimestamp: z.string().nullable().optional().describe("Set by the API server: when removal was asked for."),
  deletionGracePeriodSeconds: z.int().nullable().optional().describe("Set by the API server, in seconds."),
  selfLink: z.string().optional().describe("Old address of the object; ignored."),
  managedFields: z.array(ManagedFieldsEntry).optional().describe("Set by the API server: who manages which field."),
});
export type ObjectMeta = DeepReadonly<z.infer<typeof ObjectMeta>>;

export const ConditionStatus = z.enum(["True", "False", "Unknown"]).describe("Whether a condition holds.");

export const Condition = z.strictObject({
  type: z.string().describe("What the condition is about, such as `Ready`."),
  status: ConditionStatus.describe("Whether it holds."),
  reason: z.string().optional().describe("One word for a program: why the status is what it is."),
  message: z.string().optional().describe("A sentence for a person."),
  lastTransitionTime: z.string().nullable().optional().describe("When the status last changed (RFC 3339)."),
  lastProbeTime: z.string().nullable().optional().describe("When the status was last looked at (RFC 3339)."),
  observedGeneration: z.int().optional().describe("The `metadata.generation` that the condition speaks of."),
});
export type Condition = DeepReadonly<z.infer<typeof Condition>>;

/** The conditions of an object: one of each type. */
export const Conditions = keyedList(Condition, "type", 64);
