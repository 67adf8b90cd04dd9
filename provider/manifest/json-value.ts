/**
 * The library's tree → plain JSON, as kubectl would make it. Every key becomes a property of its own, also `__proto__`,
 * so that validation sees it; keys that stand twice are refused; aliases and merge keys are copied out, within a limit.
 */
import { isMap, isScalar, isSeq, type Scalar, type YAMLMap } from "yaml";
import type { PathSegment } from "../core/field-path";
import type { Tree } from "./compose";
import { type DocumentNodes, isMergeKey, mergeSources, offsetOf } from "./document-nodes";
import { mostLevels, mostValues } from "./limits";
import { TextFault } from "./manifest-error";
import { checkTag, readScalar } from "./scalar";

/** Something that is read, but perhaps not as it was meant. */
export interface Note {
  readonly path: readonly PathSegment[];
  readonly value: unknown;
  readonly detail: string;
}

/** Notes that are kept of one document. */
const mostNotes = 100;

export interface JsonDocument {
  readonly value: unknown;
  readonly notes: readonly Note[];
}

/** Throws TextFault. */
export function toJson(tree: Tree, nodes: DocumentNodes): JsonDocument {
  const conversion = new Conversion(nodes);
  return { value: conversion.value(tree.contents), notes: conversion.notes };
}

class Conversion {
  readonly notes: Note[] = [];
  readonly #nodes: DocumentNodes;
  readonly #path: PathSegment[] = [];
  #values = 0;

  constructor(nodes: DocumentNodes) {
    this.#nodes = nodes;
  }

  value(given: unknown): unknown {
    this.#count(given, 1);
    const node = this.#nodes.resolved(given);
    if (isScalar(node)) return this.#scalar(node);
    if (isSeq(node)) {
      checkTag(node, "seq");
      return node.items.map((item, index) => this.#at(index, () => this.value(item)));
    }
    if (!isMap(node)) return null;
    checkTag(node, "map");
    const object: Record<string, unknown> = {};
    this.#fill(object, node);
    return object;
  }

  #fill(object: Record<string, unknown>, map: YAMLMap): void {
    for (const [key, pair] of this.#nodes.entriesOf(map)) {
      if (isMergeKey(pair) || Object.hasOwn(object, key)) continue;
      define(
        object,
        key,
        this.#at(key, () => {
          this.#noteKey(key, pair.key);
          return this.value(pair.value);
        }),
      );
    }
    const merge = this.#nodes.entriesOf(map).get("<<");
    if (merge === undefined || !isMergeKey(merge)) return;
    for (const source of mergeSources(merge, this.#nodes)) this.#merge(object, source);
  }

  /** What stands in the map itself wins over what is merged, and earlier sources over later ones. */
  #merge(object: Record<string, unknown>, source: YAMLMap): void {
    this.#at("<<", () => {
      this.#count(source, source.items.length);
      this.#fill(object, source);
    });
  }

  #count(node: unknown, values: number): void {
    this.#values += values;
    if (this.#values > mostValues) {
      throw new TextFault(offsetOf(node), `has more than ${mostValues} values, counting what aliases repeat`);
    }
    if (this.#path.length > mostLevels) {
      throw new TextFault(offsetOf(node), `is nested deeper than ${mostLevels} levels; an alias may contain itself`);
    }
  }

  #at<T>(segment: PathSegment, work: () => T): T {
    this.#path.push(segment);
    const result = work();
    this.#path.pop();
    return result;
  }

  #scalar(node: Scalar): unknown {
    const { value, surprising } = readScalar(node);
    if (surprising) this.#note(node, value);
    return value;
  }

  #noteKey(key: string, node: unknown): void {
    const scalar = this.#nodes.resolved(node);
    if (isScalar(scalar) && readScalar(scalar).surprising) this.#note(scalar, key);
  }

  #note(node: Scalar, value: unknown): void {
    if (this.notes.length === mostNotes) return;
    const text = String(node.value);
    const detail = `\`${text}\` is read as ${String(value)}, as kubectl reads it; write ${String(value)}, or "${text}" in quotes for the text`;
    this.notes.push({ path: this.#path.filter((segment) => segment !== "<<"), value, detail });
  }
}

/** A computed `__proto__` would be the prototype of the object, not a property. */
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  } else object[key] = value;
}
