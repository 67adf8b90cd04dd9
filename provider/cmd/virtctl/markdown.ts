/**
 * Text for Markdown pages. What users name and write goes into code spans only: nothing in one is markup, a link, HTML or
 * a mention. https://github.github.com/gfm/#code-spans
 */
import { printable } from "./diagnostics";

/** A code span; in a table, where a bar would end the cell even there, with bars escaped. */
export function code(text: string, place: "text" | "table" = "text"): string {
  const line = printable(text);
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const padded = /^`|`$|^ .* $/.test(line) || line === "" ? ` ${line} ` : line;
  const span = `${fence}${padded}${fence}`;
  return place === "table" ? span.replaceAll("|", "\\|") : span;
}

const longestValue = 80;
const plainWord = /^[\w.:/@+=-]+$/;

/** A value as a code span: words as they are, all else as JSON, cut to fit a line. Undefined is no value. */
export function codeOfValue(value: unknown): string {
  if (value === undefined) return "not set";
  const text =
    typeof value === "string" && (plainWord.test(value) || value === "[secret]") ? value : JSON.stringify(value);
  return code(text.length > longestValue ? `${text.slice(0, longestValue)}…` : text);
}
