/** Checks the template of a machine in an OfflineVirtualMachine or a VirtualMachineReplicaSet. */
import { child, childAt, isGiven } from "../json-tree";
import type { FaultList } from "./faults";
import { validateTemplateMetadata } from "./metadata";
import { validateVirtualMachineSpec, warnOfMemory } from "./virtual-machine";

/** `owner` is the object whose `spec.template` is checked. */
export function validateTemplate(faults: FaultList, owner: unknown): void {
  if (!isGiven(child(owner, "spec"))) faults.required("spec.template", "must be given: the machine");
  const template = childAt(owner, ["spec", "template"]);
  if (!isGiven(template) || faults.isUnknown(template)) return;
  const metadata = child(template, "metadata");
  validateTemplateMetadata(faults, metadata, "spec.template.metadata");
  warnOfNamespace(faults, owner, child(metadata, "namespace"));
  const spec = child(template, "spec");
  if (!isGiven(spec) || faults.isUnknown(spec)) return;
  validateVirtualMachineSpec(faults, spec, "spec.template.spec");
  warnOfMemory(faults, spec, "spec.template.spec");
}

function warnOfNamespace(faults: FaultList, owner: unknown, namespace: unknown): void {
  const own = childAt(owner, ["metadata", "namespace"]);
  if (typeof namespace !== "string" || namespace === "" || namespace === own || faults.isUnknown(own)) return;
  faults.warn("spec.template.metadata.namespace", namespace, "has no effect: a machine is made beside its owner");
}
