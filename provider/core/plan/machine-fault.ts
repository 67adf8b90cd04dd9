/** What a machine says is wrong with it, for whoever made it. */
import type { VirtualMachine } from "../../api/v1alpha1/virtual-machine";
import { findCondition, type NewCondition, withCondition, withoutCondition } from "../conditions";

type Conditions = Parameters<typeof withCondition>[0];

/** The condition by which a node says that it could not do what it meant to. */
const faultType = "Synchronized";

/** Why a machine does not run, in its own words; undefined when it has not said so. */
export function whyEnded({ status }: VirtualMachine): string | undefined {
  const fault = findCondition(status?.conditions, faultType);
  return (fault?.status === "False" ? fault.message : undefined) ?? findCondition(status?.conditions, "Ready")?.message;
}

/** The owner's conditions with the fault of the first of its machines that has one, or without any. */
export function withMachineFault(
  conditions: Conditions,
  machines: readonly VirtualMachine[],
  at: string,
): ReturnType<typeof withCondition> {
  for (const { metadata, status } of machines) {
    const fault = findCondition(status?.conditions, faultType);
    if (fault?.status !== "False") continue;
    const told: NewCondition = {
      type: faultType,
      status: "False",
      reason: fault.reason ?? "SyncFailed",
      message: `VirtualMachine ${metadata.name}: ${fault.message ?? "no reason was given"}`,
    };
    return withCondition(conditions, told, at);
  }
  return withoutCondition(conditions, faultType);
}
