/**
 * Reads and writes differences.md: a heading `### id` for each rule, its reason, and a last paragraph `Lines:` with the
 * recorded lines that it explains. That paragraph is written by `make golden-update` and checked by the tests.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const documentPath = join(__dirname, "differences.md");

export interface DocumentedRule {
  readonly id: string;
  readonly reason: string;
  /** The paragraph of lines as it stands there, unwrapped. */
  readonly lines: string;
}

export function documentedRules(): readonly DocumentedRule[] {
  return sectionsOf(readFileSync(documentPath, "utf8")).map(({ id, body }) => {
    const [reason = "", lines = ""] = body.split(/^Lines:/m);
    return { id, reason: reason.trim(), lines: lines.replace(/\s+/g, " ").trim() };
  });
}

/** The document with the lines of each rule as they are now. */
export function documentWithLines(linesOf: (rule: string) => string): string {
  const text = readFileSync(documentPath, "utf8");
  return sectionsOf(text)
    .reduce((document, { id, body }) => {
      const reason = (body.split(/^Lines:/m)[0] ?? "").trim();
      return document.replace(
        `### ${id}\n${body}`,
        () => `### ${id}\n\n${reason}\n\n${wrapped(`Lines: ${linesOf(id)}`)}\n\n`,
      );
    }, text)
    .replace(/\n+$/, "\n");
}

/** `domain-clock-000, -004; domain-cpu-001`: of ids that differ in their number alone, the first is written out. */
export function foldIds(ids: readonly string[]): string {
  const groups = new Map<string, string[]>();
  for (const id of [...ids].sort()) {
    const [, before = id, number = "", after = ""] = /^(.*)(-\d+)(-v\d+)?$/.exec(id) ?? [];
    const numbers = groups.get(`${before} ${after}`);
    if (numbers === undefined) groups.set(`${before} ${after}`, [id]);
    else numbers.push(`${number}${after}`);
  }
  return [...groups.values()].map((numbers) => numbers.join(", ")).join("; ");
}

function sectionsOf(text: string): readonly { readonly id: string; readonly body: string }[] {
  return [...text.matchAll(/^### (\S+)\n((?:(?!^#{2,3} )[^\n]*\n?)*)/gm)].map(([, id = "", body = ""]) => ({
    id,
    body,
  }));
}

function wrapped(text: string): string {
  const rows: string[] = [];
  for (const word of text.split(" ")) {
    const last = rows.at(-1);
    if (last === undefined || last.length + word.length >= 118) rows.push(word);
    else rows[rows.length - 1] = `${last} ${word}`;
  }
  return rows.join("\n");
}
