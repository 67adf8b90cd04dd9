/** The query parameters that several verbs share, parsed. */
import type { FieldError } from "../../core/field-error";
import { type FieldValidation, fieldValidations } from "../field-validation";
import { badRequest, invalid } from "../status";

export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
}

type OptionsKind = "CreateOptions" | "UpdateOptions" | "PatchOptions";

const longestManager = 128;
const printable = /^[\x20-\x7e\u00a1-\uffff]*$/;

/** Faults that only one of the verbs knows can be given too. @throws ApiError 422 with every fault */
export function parseWriteOptions(
  query: URLSearchParams,
  kind: OptionsKind,
  others: readonly FieldError[] = [],
): WriteOptions {
  const asked = query.get("fieldValidation") || "Warn";
  const fieldValidation = fieldValidations.find((each) => each === asked);
  const faults = [...dryRunFaults(query), ...managerFaults(query.get("fieldManager") ?? ""), ...others];
  if (fieldValidation === undefined || faults.length > 0) {
    const unsupported = { type: "FieldValueNotSupported", field: "fieldValidation", badValue: asked } as const;
    const mode = { ...unsupported, detail: `must be one of ${fieldValidations.join(", ")}` };
    throw invalidOptions(kind, fieldValidation === undefined ? [...faults, mode] : faults);
  }
  return { dryRun: asksForDryRun(query), fieldValidation };
}

function invalidOptions(kind: OptionsKind, faults: readonly FieldError[]) {
  return invalid({ group: "meta.k8s.io", plural: "", kind }, "", faults);
}

function asksForDryRun(query: URLSearchParams): boolean {
  return query.getAll("dryRun").some((value) => value !== "");
}

function dryRunFaults(query: URLSearchParams): readonly FieldError[] {
  const unknown = query.getAll("dryRun").find((value) => value !== "" && value !== "All");
  if (unknown === undefined) return [];
  return [{ type: "FieldValueNotSupported", field: "dryRun", badValue: unknown, detail: 'only "All" is supported' }];
}

function managerFaults(manager: string): readonly FieldError[] {
  const field = "fieldManager";
  if (Buffer.byteLength(manager) > longestManager) {
    return [{ type: "FieldValueTooLong", field, detail: `may not be more than ${longestManager} bytes` }];
  }
  if (printable.test(manager)) return [];
  return [{ type: "FieldValueInvalid", field, badValue: manager, detail: "should only contain printable characters" }];
}

export function parseFlag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value !== "0" && value.toLowerCase() !== "false";
}

/** A whole number of 64 bits, or undefined when the parameter is absent. @throws ApiError 400 */
export function parseInteger(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (/^[+-]?\d{1,20}$/.test(text)) {
    const value = BigInt(text.replace("+", ""));
    if (value === BigInt.asIntN(64, value)) return Number(value);
  }
  throw badRequest(`${name}: ${JSON.stringify(text)} is not a whole number of 64 bits`);
}

/** A whole number of at least 0, or undefined when the parameter is absent. @throws ApiError 400 */
export function parseCount(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw badRequest(`${name}: ${JSON.stringify(text)} is not a whole number`);
  }
  return value;
}
