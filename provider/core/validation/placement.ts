/** Checks `spec.nodeSelector` and `spec.affinity`: keys, and operators with the values they need. */
import { joinPath } from "../field-path";
import { child, childAt, items } from "../json-tree";
import type { FaultList } from "./faults";
import { validateLabels } from "./metadata";
import { faultOfLabelKey } from "./names";

export function validatePlacement(faults: FaultList, spec: unknown, field: string): void {
  validateLabels(faults, child(spec, "nodeSelector"), `${field}.nodeSelector`);
  const affinity = childAt(spec, ["affinity", "nodeAffinity"]);
  const place = `${field}.affinity.nodeAffinity`;
  const required = child(affinity, "requiredDuringSchedulingIgnoredDuringExecution");
  const terms = child(required, "nodeSelectorTerms");
  const termsField = `${place}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
  if (Array.isArray(terms) && terms.length === 0) faults.required(termsField, "must have at least one alternative");
  items(terms).forEach((term, index) => {
    validateTerm(faults, term, `${termsField}[${index}]`);
  });
  const preferred = `${place}.preferredDuringSchedulingIgnoredDuringExecution`;
  items(child(affinity, "preferredDuringSchedulingIgnoredDuringExecution")).forEach((term, index) => {
    validateTerm(faults, child(term, "preference"), `${`${preferred}[${index}]`}.preference`);
  });
}

function validateTerm(faults: FaultList, term: unknown, field: string): void {
  for (const list of ["matchExpressions", "matchFields"] as const) {
    items(child(term, list)).forEach((requirement, index) => {
      validateRequirement(faults, requirement, joinPath(joinPath(field, list), index), list);
    });
  }
}

function validateRequirement(
  faults: FaultList,
  requirement: unknown,
  field: string,
  list: "matchExpressions" | "matchFields",
): void {
  const key = child(requirement, "key");
  if (typeof key === "string" && !faults.isUnknown(key)) {
    const fault =
      list === "matchExpressions"
        ? faultOfLabelKey(key)
        : key === "metadata.name"
          ? undefined
          : "must be metadata.name";
    if (fault !== undefined) faults.invalid(`${field}.key`, key, fault);
  }
  const values = child(requirement, "values");
  if (faults.isUnknown(values)) return;
  const count = items(values).length;
  switch (child(requirement, "operator")) {
    case "In":
    case "NotIn":
      if (count === 0) faults.required(`${field}.values`, "must have at least one value for In and NotIn");
      return;
    case "Exists":
    case "DoesNotExist":
      if (count > 0)
        faults.add("FieldValueForbidden", `${field}.values`, values, "must be absent for Exists and DoesNotExist");
      return;
    case "Gt":
    case "Lt": {
      const value = items(values)[0];
      const whole = typeof value === "string" && /^-?[0-9]+$/.test(value);
      if (count !== 1 || !(whole || faults.isUnknown(value)))
        faults.invalid(`${field}.values`, values, "must be one whole number for Gt and Lt");
    }
  }
}
