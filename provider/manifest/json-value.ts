/**
 * The library's tree → plain JSON, as kubectl would make it. Every key becomes a property of its own, also `__proto__`,
 * so that validation sees it; keys that stand twice are refused; aliases and merge keys are copied out, within a limit.
 */
import { isMap, isScalar, isSeq, type Pair, type Scalar, type YAMLMap } from "yaml";
import { quoteValue } from "../core/field-error";
import type { PathSegment } from "../core/field-path";
import type { Tree } from "./compose";
import { type DocumentNodes, isMergeKey, mergeSources, offsetOf } from "./document-nodes";
import { mostCopiedValues, mostLevels } from "./limits";
import { TextFault } from "./manifest-error";
import { checkTag, readScalar } from "./scalar";

/** Something that is read, but perhaps not as it was meant. */
export interface Note {
  readonly path: readonly PathSegment[];
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
  /** How many aliases and merge keys the present value is inside of. */
  #copying = 0;
  #copied = 0;

  constructor(nodes: DocumentNodes) {
    this.#nodes = nodes;
  }

  value(given: unknown): unknown {
    this.#bound(given);
    const node = this.#nodes.resolved(given);
    if (node === given) return this.#valueOf(node);
    this.#copying += 1;
    const value = this.#valueOf(node);
    this.#copying -= 1;
    return value;
  }

  #valueOf(node: unknown): unknown {
    if (isScalar(node)) return this.#scalar(node);
    if (isSeq(node)) {
      checkTag(node, "seq");
      return node.items.map((item, index) => this.#inside(index, item));
    }
    if (!isMap(node)) return null;
    checkTag(node, "map");
    return this.#object(node);
  }

  #object(map: YAMLMap): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    let merge: Pair | undefined;
    for (const pair of map.items) {
      const key = this.#nodes.keyText(pair);
      const isMerge = isMergeKey(pair);
      if (Object.hasOwn(object, key) || (isMerge && merge !== undefined)) {
        throw new TextFault(offsetOf(pair.key), `the key ${quoteValue(key)} stands twice; keep one`);
      }
      if (isMerge) merge = pair;
      else {
        define(object, key, this.#inside(key, pair.value));
        this.#noteKey(key, pair.key);
      }
    }
    if (merge !== undefined) this.#merge(object, merge);
    return object;
  }

  /** What stands in the object itself wins over what is merged, and earlier sources over later ones. */
  #merge(object: Record<string, unknown>, merge: Pair): void {
    this.#path.push("<<");
    this.#copying += 1;
    for (const source of mergeSources(merge, this.#nodes)) {
      this.#bound(source);
      const merged = this.#object(source);
      for (const key of Object.keys(merged)) if (!Object.hasOwn(object, key)) define(object, key, merged[key]);
    }
    this.#copying -= 1;
    this.#path.pop();
  }

  #inside(segment: PathSegment, node: unknown): unknown {
    this.#path.push(segment);
    const value = this.value(node);
    this.#path.pop();
    return value;
  }

  #bound(node: unknown): void {
    if (this.#copying > 0) this.#copied += 1;
    if (this.#copied > mostCopiedValues) {
      throw new TextFault(offsetOf(node), `repeats more than ${mostCopiedValues} values with aliases and merge keys`);
    }
    if (this.#path.length > mostLevels) {
      throw new TextFault(offsetOf(node), `is nested deeper than ${mostLevels} levels; an alias may contain itself`);
    }
  }

  #scalar(node: Scalar): unknown {
    const { value, surprising } = readScalar(node);
    if (surprising) this.#note(node, value);
    return value;
  }

  #noteKey(key: string, node: unknown): void {
    const scalar = this.#nodes.resolved(node);
    if (!isScalar(scalar) || !readScalar(scalar).surprising) return;
    this.#path.push(key);
    this.#note(scalar, key);
    this.#path.pop();
  }

  #note(node: Scalar, value: unknown): void {
    if (this.notes.length === mostNotes) return;
    const path = this.#path.filter((segment) => segment !== "<<");
    this.notes.push({
      path,
      detail: typeof value === "number" ? surprisingNumber : surprisingWord(String(node.value), value),
    });
  }
}

/** Without the number, which may be a password. */
const surprisingNumber =
  "a number in a spelling of YAML 1.1 (a leading 0, 0b or _), read as kubectl reads it; write it in decimal, or in quotes for the text";

function surprisingWord(word: string, value: unknown): string {
  return `\`${word}\` is read as ${String(value)}, as kubectl reads it; write ${String(value)}, or "${word}" in quotes for the text`;
}

/** A computed `__proto__` would be the prototype of the object, not a property. */
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  } else object[key] = value;
}
