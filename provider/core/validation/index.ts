/**
 * Is this object one that the rest of the system can work with? Answers with every fault at once, each with its path,
 * its value and a remedy, and with warnings about what is allowed but probably not meant. Never throws, whatever it is
 * given. Structure comes from the schemas; the rules that cross fields are in this folder, one file per section.
 */
import { conforms } from "../../api/conforms";
import { findStructuralFaults } from "../../api/structure";
import { apiVersion, kindByName, kinds } from "../../api/v1alpha1/kinds";
import type { FieldError } from "../field-error";
import { child, type IsUnknown, isObject, nothingUnknown } from "../json-tree";
import { nearestName } from "./did-you-mean";
import { FaultList } from "./faults";
import { checkHostile } from "./hostile";
import { validateOfflineVirtualMachine } from "./offline-virtual-machine";
import { reportStructuralFaults } from "./structure";
import { validateVirtualMachine } from "./virtual-machine";
import { validateVirtualMachinePreset } from "./virtual-machine-preset";
import { validateVirtualMachineReplicaSet } from "./virtual-machine-replica-set";

export interface ValidationOptions {
  /** Recognises the marker of a value that is not known yet; such a value passes wherever it stands. */
  readonly isUnknown?: IsUnknown;
}

export interface ValidationResult {
  readonly errors: readonly FieldError[];
  readonly warnings: readonly FieldError[];
}

const rules: Readonly<Record<string, (faults: FaultList, object: unknown) => void>> = {
  VirtualMachine: validateVirtualMachine,
  OfflineVirtualMachine: validateOfflineVirtualMachine,
  VirtualMachineReplicaSet: validateVirtualMachineReplicaSet,
  VirtualMachinePreset: validateVirtualMachinePreset,
};

export function validateObject(object: unknown, options: ValidationOptions = {}): ValidationResult {
  const faults = new FaultList(options.isUnknown ?? nothingUnknown);
  check(faults, object);
  return { errors: faults.errors, warnings: faults.warnings };
}

/** Faults of a status alone: of its structure, since no rule crosses its fields. */
export function validateStatus(object: unknown): readonly FieldError[] {
  const kind = child(object, "kind");
  const definition = typeof kind === "string" ? kindByName(kind) : undefined;
  if (definition === undefined || conforms(definition.schema, object)) return [];
  const faults = new FaultList(nothingUnknown);
  const found = findStructuralFaults(definition.schema, object).filter(({ path }) => path[0] === "status");
  reportStructuralFaults(faults, found, object);
  return faults.errors;
}

function check(faults: FaultList, object: unknown): void {
  if (faults.isUnknown(object)) return;
  if (!isObject(object)) {
    faults.add("FieldValueTypeInvalid", "", object, "must be an object with apiVersion, kind, metadata and spec");
    return;
  }
  const kind = child(object, "kind");
  const definition = typeof kind === "string" ? kindByName(kind) : undefined;
  // What conforms is harmless too. Nearly every object does, and is spared the search for places.
  if (definition === undefined || !conforms(definition.schema, object)) {
    if (!checkHostile(faults, object) || faults.isUnknown(kind)) return;
    if (definition === undefined) {
      reportKind(faults, kind);
      return;
    }
    reportStructuralFaults(faults, findStructuralFaults(definition.schema, object), object);
  }
  rules[definition.kind]?.(faults, object);
}

function reportKind(faults: FaultList, kind: unknown): void {
  const known = kinds.map((definition) => definition.kind);
  const only = `must be one of: ${known.join(", ")} (${apiVersion})`;
  if (kind === undefined) faults.required("kind", only);
  else if (typeof kind !== "string") faults.add("FieldValueTypeInvalid", "kind", kind, only);
  else {
    const meant = nearestName(kind, known);
    faults.add(
      "FieldValueNotSupported",
      "kind",
      kind,
      meant === undefined ? only : `${only}; did you mean \`${meant}\`?`,
    );
  }
}
