/** Checks a VirtualMachineReplicaSet: its template, and a selector that matches what the template makes. */
import { child, childAt, hasUnknown, isGiven, isObject } from "../json-tree";
import { matchesSelector } from "../selector-match";
import type { FaultList } from "./faults";
import { validateMetadata } from "./metadata";
import { selectsEverything, validateSelector } from "./selector";
import { validateTemplate } from "./template";

export function validateVirtualMachineReplicaSet(faults: FaultList, set: unknown): void {
  validateMetadata(faults, child(set, "metadata"), "metadata");
  const spec = child(set, "spec");
  const selector = child(spec, "selector");
  validateSelector(faults, selector, "spec.selector");
  validateMatch(faults, selector, child(spec, "template"));
  validateTemplate(faults, set);
}

/** A set that does not count its own machines would make them without end. */
function validateMatch(faults: FaultList, selector: unknown, template: unknown): void {
  const labels = childAt(template, ["metadata", "labels"]);
  if (!isObject(selector) || !isGiven(template)) return;
  if (hasUnknown(selector, faults.isUnknown) || faults.isUnknown(template)) return;
  if (faults.isUnknown(child(template, "metadata")) || hasUnknown(labels, faults.isUnknown)) return;
  if (selectsEverything(selector)) {
    faults.invalid("spec.selector", selector, "must not be empty: it would count every machine of the namespace");
  } else if (!matchesSelector(selector, labels)) {
    faults.invalid(
      "spec.selector",
      selector,
      "must match spec.template.metadata.labels, or the set would not count its machines",
    );
  }
}
