/** Checks an OfflineVirtualMachine: its strategy, which has two spellings, and its template. */
import { child, isGiven } from "../json-tree";
import type { FaultList } from "./faults";
import { validateMetadata } from "./metadata";
import { validateTemplate } from "./template";

export function validateOfflineVirtualMachine(faults: FaultList, ovm: unknown): void {
  validateMetadata(faults, child(ovm, "metadata"), "metadata");
  const spec = child(ovm, "spec");
  if (isGiven(spec) && !faults.isUnknown(spec)) validateStrategy(faults, spec);
  validateTemplate(faults, ovm);
}

function validateStrategy(faults: FaultList, spec: unknown): void {
  const runStrategy = child(spec, "runStrategy");
  const running = child(spec, "running");
  if (!isGiven(runStrategy) && !isGiven(running)) {
    faults.required("spec.runStrategy", "must be given: Always for a machine that runs, Halted for one that does not");
  } else if (faults.isKnown(runStrategy) && faults.isKnown(running)) {
    faults.invalid("spec.running", running, "is the older spelling of spec.runStrategy; give one of the two");
  }
}
