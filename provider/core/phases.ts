/** The phases of a virtual machine: which there are and which are final. */
import { type VirtualMachinePhase, virtualMachinePhases } from "../api/v1alpha1/virtual-machine";

export { type VirtualMachinePhase, virtualMachinePhases };

const finalPhases: ReadonlySet<string> = new Set<VirtualMachinePhase>(["Succeeded", "Failed"]);

/** Whether a machine in this phase has ended for good. A machine without a phase has not. */
export function isFinal(phase: string | undefined): boolean {
  return phase !== undefined && finalPhases.has(phase);
}
