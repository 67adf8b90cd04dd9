/** Lines that point into files, as compilers print them: `file:line:column: Kind/name: path: value: what is wrong`. */
import { type FieldError, renderFieldError } from "../../core/field-error";
import { formatPlace, type ManifestError, type ManifestObject, type Position } from "../../manifest";
import { subjectOf } from "./judge";

export interface Diagnostic {
  readonly file: string;
  readonly position: Position | undefined;
  readonly text: string;
}

export function faultLine(
  source: ManifestObject,
  error: FieldError,
  severity: "error" | "warning" = "error",
): Diagnostic {
  // A field that should not be there is wrong from its name on, any other one in its value.
  const position = source.locate(error.field, error.type === "FieldValueForbidden" ? "key" : "value");
  const mark = severity === "warning" ? "warning: " : "";
  return { file: source.file, position, text: `${subjectOf(source.object)}: ${mark}${renderFieldError(error)}` };
}

export function readingFaultLine({ file, position, detail }: ManifestError): Diagnostic {
  return { file, position, text: detail };
}

/** One line each. Line breaks and control characters of a value cannot forge further ones. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[]): string {
  return diagnostics
    .map(({ file, position, text }) => `${printable(`${formatPlace(file, position)}: ${text}`)}\n`)
    .join("");
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** With escapes for what could begin a line or change the direction of one. */
export function printable(text: string): string {
  return text.replace(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
