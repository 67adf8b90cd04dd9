/** What a section of the conversion returns: its part of the document, and what cannot be done. */
import type { FieldError } from "../field-error";

export interface Section<T> {
  readonly value: T;
  readonly errors: readonly FieldError[];
}
