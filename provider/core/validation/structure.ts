/** Structural faults (unknown fields, wrong types, values outside an enumeration) in the words of a field error. */
import type { StructuralFault } from "../../api/structure";
import type { FieldErrorType } from "../field-error";
import { formatPath, joinPath } from "../field-path";
import { child, type IsUnknown } from "../json-tree";
import { nearestName } from "./did-you-mean";
import type { FaultList } from "./faults";

export function reportStructuralFaults(faults: FaultList, found: readonly StructuralFault[], root: unknown): void {
  for (const fault of found) {
    if (isBelowUnknown(root, fault.path, faults.isUnknown)) continue;
    const key = fault.code === "unknown-field" ? fault.key : "";
    report(
      faults,
      isTellable(fault.value, [...fault.path, key], faults.isUnknown) ? fault : { ...fault, value: undefined },
    );
  }
}

/** True when the value at the path, or anything that it is part of, is not known yet. */
function isBelowUnknown(root: unknown, path: readonly (string | number)[], isUnknown: IsUnknown): boolean {
  let current = root;
  if (isUnknown(current)) return true;
  for (const segment of path) {
    current = Array.isArray(current) ? current[Number(segment)] : child(current, String(segment));
    if (isUnknown(current)) return true;
  }
  return false;
}

/**
 * Whether a message may repeat the value. User data may hold secrets, also under a misspelled name or inside of
 * something that stands where it should not, so of lists and objects only empty ones are shown.
 */
function isTellable(value: unknown, path: readonly (string | number)[], isUnknown: IsUnknown): boolean {
  if (isUnknown(value)) return false;
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return !path.some(
    (segment) => typeof segment === "string" && /cloud-?init|user-?data|secret|password|token/i.test(segment),
  );
}

function report(faults: FaultList, fault: StructuralFault): void {
  const field = formatPath(fault.path);
  switch (fault.code) {
    case "unknown-field":
      faults.add("FieldValueForbidden", joinPath(field, fault.key), fault.value, unknownField(fault.key, fault.known));
      return;
    case "missing":
      faults.required(
        field,
        `must be given${fault.remedy === undefined ? `: ${nameOfType(fault.expected)}` : `; ${fault.remedy}`}`,
      );
      return;
    case "type":
      if (fault.expected === "int" && typeof fault.value === "number") faults.invalid(field, fault.value, wholeNumber);
      else faults.add("FieldValueTypeInvalid", field, fault.value, wrongType(fault.expected, fault.value));
      return;
    case "unsupported":
      faults.add("FieldValueNotSupported", field, fault.value, unsupported(fault.value, fault.supported));
      return;
    case "too-small":
      faults.invalid(
        field,
        fault.value,
        fault.of === "string" ? "must not be empty" : `must be at least ${fault.minimum}`,
      );
      return;
    case "too-big":
      faults.add(...tooBig(field, fault));
      return;
    case "format":
      if (fault.value === null) faults.add("FieldValueTypeInvalid", field, null, nullRemedy);
      else faults.invalid(field, fault.value, fault.remedy);
      return;
    case "key":
      faults.invalid(joinPath(field, fault.key), fault.key, `is no valid key: ${fault.remedy}`);
  }
}

const wholeNumber = "must be a whole number";
const nullRemedy = "null is no value; leave the field out";

function unknownField(key: string, known: readonly string[]): string {
  const meant = nearestName(key, known);
  if (meant !== undefined) return `unknown field; did you mean \`${meant}\`?`;
  return known.length === 0 ? "unknown field" : `unknown field (known: ${known.join(", ")})`;
}

function unsupported(value: unknown, supported: readonly string[]): string {
  const only = supported.length === 1 ? `must be ${supported[0]}` : `must be one of: ${supported.join(", ")}`;
  const meant = typeof value === "string" && supported.length > 1 ? nearestName(value, supported) : undefined;
  return meant === undefined ? only : `${only}; did you mean \`${meant}\`?`;
}

function wrongType(expected: string, value: unknown): string {
  if (value === null) return nullRemedy;
  const should = `must be ${nameOfType(expected)}`;
  if (typeof value !== "string") return should;
  const bare = (expected === "int" || expected === "number") && /^-?[0-9]+$/.test(value);
  const bool = expected === "boolean" && (value === "true" || value === "false");
  return bare || bool ? `${should}: write ${value} without quotes` : should;
}

function nameOfType(expected: string): string {
  switch (expected) {
    // Every number of the schemas is a whole one; text in its place is reported as no number at all.
    case "int":
    case "number":
      return "a whole number";
    case "boolean":
      return "true or false";
    case "array":
      return "a list";
    case "object":
    case "record":
      return "an object";
    case "string":
      return "text";
    default:
      return `a ${expected}`;
  }
}

function tooBig(
  field: string,
  fault: Extract<StructuralFault, { code: "too-big" }>,
): [FieldErrorType, string, unknown, string] {
  switch (fault.of) {
    case "array":
      return [
        "FieldValueInvalid",
        field,
        Array.isArray(fault.value) ? fault.value.length : fault.value,
        `list exceeds the ${fault.maximum} element limit`,
      ];
    case "string":
      return ["FieldValueTooLong", field, fault.value, `must have at most ${fault.maximum} characters`];
    default:
      return ["FieldValueInvalid", field, fault.value, `must be at most ${fault.maximum}`];
  }
}
