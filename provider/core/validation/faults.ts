/** Collects the faults of one object while its sections are checked. A fault about a value not known yet is dropped. */
import type { FieldError, FieldErrorType } from "../field-error";
import { type IsUnknown, isGiven } from "../json-tree";

export class FaultList {
  readonly isUnknown: IsUnknown;
  readonly #errors: FieldError[] = [];
  readonly #warnings: FieldError[] = [];

  constructor(isUnknown: IsUnknown) {
    this.isUnknown = isUnknown;
  }

  /** Present, and not a marker. */
  isKnown(value: unknown): boolean {
    return isGiven(value) && !this.isUnknown(value);
  }

  get errors(): readonly FieldError[] {
    return this.#errors;
  }

  get warnings(): readonly FieldError[] {
    return this.#warnings;
  }

  add(type: FieldErrorType, field: string, badValue: unknown, detail: string): void {
    if (this.isUnknown(badValue)) return;
    this.#errors.push(badValue === undefined ? { type, field, detail } : { type, field, badValue, detail });
  }

  invalid(field: string, badValue: unknown, detail: string): void {
    this.add("FieldValueInvalid", field, badValue, detail);
  }

  required(field: string, detail: string): void {
    this.add("FieldValueRequired", field, undefined, detail);
  }

  warn(field: string, badValue: unknown, detail: string): void {
    if (this.isUnknown(badValue)) return;
    const type: FieldErrorType = badValue === undefined ? "FieldValueRequired" : "FieldValueInvalid";
    this.#warnings.push(badValue === undefined ? { type, field, detail } : { type, field, badValue, detail });
  }
}
