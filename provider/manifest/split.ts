/**
 * Cuts a text into its documents, so that a fault in one does not hide the others: at lines that begin with `---`,
 * which YAML allows nowhere else, and between the values of a JSON stream.
 */
import { mostDocuments } from "./limits";
import { TextFault } from "./manifest-error";

export interface DocumentText {
  readonly text: string;
  /** Where it begins in the whole text. */
  readonly offset: number;
}

/** Throws TextFault when there are too many. */
export function splitDocuments(text: string): readonly DocumentText[] {
  return splitJsonStream(text) ?? splitAtMarkers(text);
}

const marker = /(?:^|\n)---(?=[ \t\r\n]|$)/g;

function splitAtMarkers(text: string): readonly DocumentText[] {
  const documents: DocumentText[] = [];
  let start = 0;
  for (const { 0: found, index } of text.matchAll(marker)) {
    const at = index + found.length - "---".length;
    const before = text.slice(start, at);
    // `%` directives are part of the document whose marker they stand before.
    if (isDirectives(before)) continue;
    if (before !== "") add(documents, { text: before, offset: start });
    start = at;
  }
  add(documents, { text: text.slice(start), offset: start });
  return documents;
}

/** Only directives and comments, at least one directive among them. */
function isDirectives(text: string): boolean {
  if (!/^%/m.test(text)) return false;
  return text.split("\n").every((line) => /^(%.*|\s*(#.*)?)$/.test(line));
}

function add(documents: DocumentText[], document: DocumentText): void {
  if (documents.length === mostDocuments) {
    throw new TextFault(document.offset, `has more than ${mostDocuments} documents; split it into several files`);
  }
  documents.push(document);
}

/**
 * The values of a text such as `{…}{…}` or `{…}\n{…}`. Undefined when it is anything else: one value, or YAML that
 * only begins like JSON.
 */
function splitJsonStream(text: string): readonly DocumentText[] | undefined {
  const documents: DocumentText[] = [];
  const token = /\s+|"[^"\\\n]*(?:\\.[^"\\\n]*)*"|[{[]|[}\]]|[^\s"{}[\]]+/y;
  let level = 0;
  let start = 0;
  while (token.lastIndex < text.length) {
    const at = token.lastIndex;
    const found = token.exec(text)?.[0];
    if (found === undefined) return undefined;
    const first = found[0] ?? "";
    if (first === "{" || first === "[") {
      if (level === 0) start = at;
      level += 1;
    } else if (first === "}" || first === "]") {
      level -= 1;
      if (level < 0) return undefined;
      if (level === 0) add(documents, { text: text.slice(start, token.lastIndex), offset: start });
    } else if (level === 0 && first.trim() !== "") return undefined;
  }
  return level === 0 && documents.length > 1 ? documents : undefined;
}
