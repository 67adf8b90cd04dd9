/** VirtualMachineReplicaSet: as many equal machines as asked for. */
import { z } from "zod";
import type { DeepReadonly } from "../deep-readonly";
import { withHints } from "../kubernetes-hints";
import { LabelSelector } from "../label-selector";
import { Conditions, ObjectMeta } from "../meta";
import { apiVersion } from "./group";
import { VirtualMachineTemplateSpec } from "./virtual-machine-template";

/** Replicas when none are asked for. */
export const defaultReplicas = 1;

const replicas = z.int().min(0).max(2_147_483_647);

const hasLabels = "has(self.template.metadata) && has(self.template.metadata.labels)";
const labels = "self.template.metadata.labels";
const matchLabels = "self.selector.matchLabels";

export const VirtualMachineReplicaSetSpec = withHints(
  z.strictObject({
    replicas: replicas.optional().describe("How many machines there should be, 0 to 2147483647. Default: 1."),
    paused: z
      .boolean()
      .optional()
      .describe("Whether the set leaves its machines alone: none is made or removed meanwhile. Default: false."),
    selector: LabelSelector.describe("Which machines count, by their labels. Must match the template's labels."),
    template: VirtualMachineTemplateSpec.describe(
      "The machine that is made. A change concerns machines made after it.",
    ),
  }),
  {
    rules: [
      {
        rule: `(has(${matchLabels}) && size(${matchLabels}) > 0) || (has(self.selector.matchExpressions) && size(self.selector.matchExpressions) > 0)`,
        message: "selector must not be empty: it would count every machine of the namespace",
        fieldPath: ".selector",
      },
      {
        rule: `!has(${matchLabels}) || (${hasLabels} ? ${matchLabels}.all(key, key in ${labels} && ${labels}[key] == ${matchLabels}[key]) : size(${matchLabels}) == 0)`,
        message: "selector.matchLabels must match template.metadata.labels, or the set would not count its machines",
        fieldPath: ".selector",
      },
      {
        rule: `!has(self.selector.matchExpressions) || self.selector.matchExpressions.all(e, ${hasLabels} && e.key in ${labels} ? (e.operator == 'Exists' || (e.operator == 'In' && has(e.values) && ${labels}[e.key] in e.values) || (e.operator == 'NotIn' && !(has(e.values) && ${labels}[e.key] in e.values))) : e.operator in ['NotIn', 'DoesNotExist'])`,
        message:
          "selector.matchExpressions must match template.metadata.labels, or the set would not count its machines",
        fieldPath: ".selector",
      },
    ],
  },
);
export type VirtualMachineReplicaSetSpec = DeepReadonly<z.infer<typeof VirtualMachineReplicaSetSpec>>;

export const VirtualMachineReplicaSetStatus = z.strictObject({
  replicas: replicas.optional().describe("How many machines there are."),
  readyReplicas: replicas.optional().describe("How many of them run."),
  labelSelector: z.string().optional().describe("The selector as text, for the scale subresource."),
  conditions: Conditions.optional().describe(
    "Conditions: `Ready`, and `ReplicaPaused` and `ReplicaFailure` while they hold.",
  ),
  observedGeneration: z.int().optional().describe("The `metadata.generation` that the status speaks of."),
});
export type VirtualMachineReplicaSetStatus = DeepReadonly<z.infer<typeof VirtualMachineReplicaSetStatus>>;

export const VirtualMachineReplicaSet = z.strictObject({
  apiVersion: z.literal(apiVersion).describe("`kubevirt.io/v1alpha1`."),
  kind: z.literal("VirtualMachineReplicaSet").describe("`VirtualMachineReplicaSet`."),
  metadata: ObjectMeta.describe("Name, namespace, labels and annotations."),
  spec: VirtualMachineReplicaSetSpec.describe("Which machines there should be, and how many."),
  status: VirtualMachineReplicaSetStatus.optional().describe("The set as it is; written by the controller."),
});
export type VirtualMachineReplicaSet = DeepReadonly<z.infer<typeof VirtualMachineReplicaSet>>;
