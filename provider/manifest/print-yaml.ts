/** Objects as YAML documents that every reader takes for the same values, kubectl's YAML 1.1 included. */
import { Document, isCollection, isMap, isScalar, isSeq, Scalar, type ScalarTag } from "yaml";
import { type PathStep, parsePath } from "../core/field-path";
import type { JsonObject } from "../core/json-tree";
import { canonical } from "./canonical";

export interface Rendered {
  readonly object: JsonObject;
  /** Path of each setting that a preset gave → name of the preset. */
  readonly provenance: Readonly<Record<string, string>>;
}

export function printYaml(rendered: readonly Rendered[]): string {
  return rendered.map(printDocument).join("---\n");
}

/** Every line of a setting that a preset gave says so at its end. */
function printDocument({ object, provenance }: Rendered): string {
  const document = new Document(canonical(object), {
    compat: "yaml-1.1",
    aliasDuplicateObjects: false,
    customTags: (tags) => [emptyTag, ...tags],
  });
  for (const [path, preset] of Object.entries(provenance)) {
    mark(document.contents, parsePath(path), ` from preset ${preset}`);
  }
  return document.toString({ lineWidth: 0 });
}

/** Marks all that is at the path. */
function mark(node: unknown, [step, ...below]: readonly PathStep[], comment: string): void {
  if (!isCollection(node) || step === undefined) return;
  const key = typeof step === "object" ? placeOf(node, step.name) : step;
  const value: unknown = node.get(key, true);
  if (below.length > 0) mark(value, below, comment);
  else if (isScalar(value)) value.comment = comment;
  else if (isCollection(value) && value.items.length === 0)
    node.set(key, emptyWith(isSeq(value) ? "[]" : "{}", comment));
  else if (isCollection(value)) for (const inner of keysOf(value)) mark(value, [inner], comment);
}

function placeOf(list: unknown, name: string): number {
  return isSeq(list) ? list.items.findIndex((item) => isMap(item) && item.get("name") === name) : -1;
}

function keysOf(node: unknown): readonly PathStep[] {
  if (isSeq(node)) return [...node.items.keys()];
  return isMap(node) ? node.items.flatMap(({ key }) => (isScalar(key) ? [String(key.value)] : [])) : [];
}

/** The library puts the comment of an empty list or object on a line of its own, that of a scalar at the line's end. */
class Empty {
  readonly text: string;

  constructor(text: "{}" | "[]") {
    this.text = text;
  }
}

const emptyTag: ScalarTag = {
  tag: "empty",
  default: true,
  identify: (value) => value instanceof Empty,
  resolve: (text) => text,
  stringify: ({ value }) => (value instanceof Empty ? value.text : ""),
};

function emptyWith(text: "{}" | "[]", comment: string): Scalar {
  const scalar = new Scalar(new Empty(text));
  scalar.comment = comment;
  return scalar;
}
