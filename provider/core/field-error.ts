/**
 * One fault in an object, as data. Validation and merging return lists of these; the edges (Pulumi check failures,
 * Kubernetes Status causes, the command line) render them. This file owns the shape and the one-line rendering.
 */

/** The Kubernetes cause types of `k8s.io/apimachinery/pkg/util/validation/field`. */
export const fieldErrorTypes = [
  "FieldValueNotFound",
  "FieldValueRequired",
  "FieldValueDuplicate",
  "FieldValueInvalid",
  "FieldValueNotSupported",
  "FieldValueForbidden",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
] as const;

export type FieldErrorType = (typeof fieldErrorTypes)[number];

export interface FieldError {
  readonly type: FieldErrorType;
  /** Path from the object's root, such as `spec.domain.devices.disks[0].volumeName`. */
  readonly field: string;
  /** The offending value as it was given; undefined when a required value is missing. */
  readonly badValue?: unknown;
  /** What is wrong and what would be right, without the path and the value. */
  readonly detail: string;
}

const longestValue = 120;

/** The offending value as JSON, or as near to it as it comes, cut to a length that fits one line. */
export function quoteValue(value: unknown): string {
  const text = asJson(value) ?? String(value);
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
}

/** `value: detail`, for a reader that already has the path. */
export function renderDetail(error: FieldError): string {
  return error.badValue === undefined ? error.detail : `${quoteValue(error.badValue)}: ${error.detail}`;
}

/** `path: value: detail`, one line. */
export function renderFieldError(error: FieldError): string {
  return `${error.field}: ${renderDetail(error)}`;
}

/** All of them on one line. */
export function renderFieldErrors(errors: readonly FieldError[]): string {
  return errors.map(renderFieldError).join("; ");
}

/** Undefined for what JSON has no word for, such as a function, a bigint or a circle. */
function asJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
