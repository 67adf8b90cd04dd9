/** OfflineVirtualMachine: a machine that is made again whenever it has ended, as long as it should run. */
import { z } from "zod";
import type { DeepReadonly } from "../deep-readonly";
import { withHints } from "../kubernetes-hints";
import { Conditions, ObjectMeta } from "../meta";
import { apiVersion } from "./group";
import { VirtualMachineTemplateSpec } from "./virtual-machine-template";

export const RunStrategy = z.enum(["Always", "Halted"]).describe("Whether a machine runs.");
export type RunStrategy = z.infer<typeof RunStrategy>;

export const OfflineVirtualMachineSpec = withHints(
  z.strictObject({
    runStrategy: RunStrategy.optional().describe(
      "Whether the machine runs: `Always`, also after a crash or an accidental deletion, or `Halted`. Either this or `running` must be given. Default: what `running` says.",
    ),
    running: z
      .boolean()
      .optional()
      .describe(
        "Older spelling of `runStrategy`: true is `Always`, false is `Halted`. Excludes `runStrategy`. Default: what `runStrategy` says.",
      ),
    template: VirtualMachineTemplateSpec.describe("The machine. A change takes effect when it is next started."),
  }),
  {
    rules: [
      {
        rule: "has(self.runStrategy) || has(self.running)",
        message: "runStrategy must be given: Always for a machine that runs, Halted for one that does not",
        fieldPath: ".runStrategy",
        reason: "FieldValueRequired",
      },
      {
        rule: "!(has(self.runStrategy) && has(self.running))",
        message: "running is the older spelling of runStrategy: give one of the two",
        fieldPath: ".running",
      },
    ],
  },
);
export type OfflineVirtualMachineSpec = DeepReadonly<z.infer<typeof OfflineVirtualMachineSpec>>;

export const OfflineVirtualMachineStatus = z.strictObject({
  created: z.boolean().optional().describe("Whether its VirtualMachine is there."),
  ready: z.boolean().optional().describe("Whether its VirtualMachine runs."),
  conditions: Conditions.optional().describe("Conditions, `Ready` among them."),
  observedGeneration: z.int().optional().describe("The `metadata.generation` that the status speaks of."),
});
export type OfflineVirtualMachineStatus = DeepReadonly<z.infer<typeof OfflineVirtualMachineStatus>>;

export const OfflineVirtualMachine = z.strictObject({
  apiVersion: z.literal(apiVersion).describe("`kubevirt.io/v1alpha1`."),
  kind: z.literal("OfflineVirtualMachine").describe("`OfflineVirtualMachine`."),
  metadata: ObjectMeta.describe("Name, namespace, labels and annotations."),
  spec: OfflineVirtualMachineSpec.describe("The machine, and whether it should run."),
  status: OfflineVirtualMachineStatus.optional().describe("The machine as it is; written by the controller."),
});
export type OfflineVirtualMachine = DeepReadonly<z.infer<typeof OfflineVirtualMachine>>;

/** Whether the machine should run, whichever way that was spelled; undefined when it was not said. */
export function runStrategyOf(
  spec: Pick<OfflineVirtualMachineSpec, "runStrategy" | "running">,
): RunStrategy | undefined {
  if (spec.runStrategy !== undefined) return spec.runStrategy;
  return spec.running === undefined ? undefined : spec.running ? "Always" : "Halted";
}
