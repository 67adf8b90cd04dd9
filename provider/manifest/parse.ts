/**
 * A text in YAML or JSON → the Kubernetes objects in it, each with the way back to its place. Lists are taken apart.
 * A document that cannot be read is a fault; the others are read all the same. Never throws.
 */

import { type PathSegment, parsePath } from "../core/field-path";
import { child, isObject, type JsonObject } from "../core/json-tree";
import { composeTrees, SymbolBudget, type Tree } from "./compose";
import { DocumentNodes } from "./document-nodes";
import { type Note, toJson } from "./json-value";
import { fileSymbols } from "./limits";
import { LineIndex } from "./line-index";
import { ManifestError, type Position, TextFault } from "./manifest-error";
import { type PlaceOf, SourceMap } from "./source-map";
import { type DocumentText, splitDocuments } from "./split";

export interface ManifestObject {
  readonly object: JsonObject;
  readonly file: string;
  /** Words that were read, but perhaps not as they were meant. */
  readonly notes: readonly Note[];
  /** The place of a field, such as `spec.volumes[0].name`, or of the nearest one above it; "" is the object itself. */
  locate(path: string, place?: PlaceOf): Position;
}

export interface ParsedManifest {
  readonly objects: readonly ManifestObject[];
  readonly faults: readonly ManifestError[];
}

export function parseManifest(text: string, file: string): ParsedManifest {
  const objects: ManifestObject[] = [];
  const faults: ManifestError[] = [];
  const lines = new LineIndex(text);
  const attempt = (offset: number, work: () => void) => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof TextFault)) throw error;
      faults.push(
        new ManifestError(shortened(error.message), { file, position: lines.positionAt(offset + error.offset) }),
      );
    }
  };
  attempt(0, () => {
    checkCharacters(text);
    const budget = new SymbolBudget("file", fileSymbols(text.length));
    for (const document of splitDocuments(text)) {
      if (budget.isSpent) return;
      attempt(document.offset, () => {
        for (const tree of composeTrees(document.text, budget)) readTree(tree, { document, file, lines, objects });
      });
    }
  });
  return { objects, faults };
}

const longestDetail = 300;

/** Names of anchors and tags may be as long as the text. */
function shortened(detail: string): string {
  return detail.length > longestDetail ? `${detail.slice(0, longestDetail)}…` : detail;
}

/** Kubernetes' reader refuses these too. A lone carriage return is a line end to some readers and not to others. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const forbidden = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)/;

function checkCharacters(text: string): void {
  const found = forbidden.exec(text);
  if (found === null) return;
  const code = found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  throw new TextFault(
    found.index,
    found[0] === "\r"
      ? "a carriage return without a line feed; save the file with LF or CRLF line ends"
      : `the control character U+${code}; remove it, or write it as an escape in double quotes`,
  );
}

interface Reading {
  readonly document: DocumentText;
  readonly file: string;
  readonly lines: LineIndex;
  readonly objects: ManifestObject[];
}

function readTree(tree: Tree, { document, file, lines, objects }: Reading): void {
  const nodes = new DocumentNodes(tree);
  const { value, notes } = toJson(tree, nodes);
  if (value === null) return;
  const sources = new SourceMap(tree.contents, nodes);
  const offsetAt = (prefix: readonly PathSegment[], path: string, place: PlaceOf) =>
    sources.offsetAt([...prefix, ...parsePath(path)], place);
  for (const { object, prefix } of flatten(value, [], offsetAt)) {
    const own = notes.filter(({ path }) => prefix.every((segment, index) => path[index] === segment));
    objects.push({
      object,
      file,
      notes: own.map((note) => ({ ...note, path: note.path.slice(prefix.length) })),
      locate: (path, place = "value") => lines.positionAt(document.offset + offsetAt(prefix, path, place)),
    });
  }
}

interface FoundObject {
  readonly object: JsonObject;
  /** Where it is in its document. */
  readonly prefix: readonly PathSegment[];
}

type OffsetAt = (prefix: readonly PathSegment[], path: string, place: PlaceOf) => number;

function flatten(value: unknown, prefix: readonly PathSegment[], offsetAt: OffsetAt): readonly FoundObject[] {
  const fault = (field: string, detail: string) => new TextFault(offsetAt(prefix, field, "value"), detail);
  if (!isObject(value)) {
    const found = Array.isArray(value) ? "a list; put its items under `items` of a `kind: List`" : `a ${typeof value}`;
    throw fault("", `a Kubernetes object is expected here (apiVersion, kind, metadata, …), and this is ${found}`);
  }
  const kind = child(value, "kind");
  const list = child(value, "items");
  if (typeof kind !== "string" || !kind.endsWith("List") || (kind !== "List" && list === undefined)) {
    return [{ object: value, prefix }];
  }
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw fault("items", `the items of a ${kind} must be a list`);
  const itemKind = kind.slice(0, -"List".length);
  return list.flatMap((item, index) =>
    flatten(withKind(item, itemKind, child(value, "apiVersion")), [...prefix, "items", index], offsetAt),
  );
}

/** Items of a list of one kind need not repeat it, as an API server's answers do not. */
function withKind(item: unknown, kind: string, apiVersion: unknown): unknown {
  return kind === "" || !isObject(item) || child(item, "kind") !== undefined ? item : { apiVersion, kind, ...item };
}
