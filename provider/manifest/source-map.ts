/** Finds the place in a text of a field of the object that was read from it. */
import { isMap, isScalar, isSeq, type YAMLMap } from "yaml";
import type { PathStep } from "../core/field-path";
import { type DocumentNodes, isMergeKey, mergeSources, offsetOf } from "./document-nodes";

/** Which end of `key: value` is meant. */
export type PlaceOf = "key" | "value";

/** Where a field is, as far as it is there. */
interface Spot {
  /** Its key, or the node itself where it has none. */
  readonly key: unknown;
  readonly value: unknown;
}

export class SourceMap {
  readonly #root: unknown;
  readonly #nodes: DocumentNodes;

  constructor(root: unknown, nodes: DocumentNodes) {
    this.#root = root;
    this.#nodes = nodes;
  }

  /**
   * The offset of the field at the path, or of the nearest one above it that is there. Lists and objects are found at
   * their key, since they begin on its line; texts and numbers at their value, unless the key is asked for.
   */
  offsetAt(path: readonly PathStep[], place: PlaceOf): number {
    let spot: Spot = { key: this.#root, value: this.#root };
    for (const step of path) {
      const next = this.#step(this.#nodes.resolved(spot.value), step);
      if (next === undefined) return offsetOf(spot.key);
      spot = next;
    }
    return offsetOf(
      place === "value" && isScalar(spot.value) && spot.value.range?.[0] !== undefined ? spot.value : spot.key,
    );
  }

  #step(node: unknown, step: PathStep): Spot | undefined {
    if (isMap(node)) return typeof step === "string" ? this.#entry(node, step, 0) : undefined;
    if (!isSeq(node) || typeof step === "string") return undefined;
    const item = typeof step === "number" ? node.items[step] : node.items.find((one) => this.#isNamed(one, step.name));
    return item === undefined ? undefined : { key: item, value: item };
  }

  #entry(map: YAMLMap, key: string, merges: number): Spot | undefined {
    const entries = this.#nodes.entriesOf(map);
    const own = entries.get(key);
    if (own !== undefined) return { key: own.key, value: own.value };
    const merge = entries.get("<<");
    if (merge === undefined || !isMergeKey(merge) || merges === mostMerges) return undefined;
    for (const source of mergeSources(merge, this.#nodes)) {
      const found = this.#entry(source, key, merges + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #isNamed(item: unknown, name: string): boolean {
    const node = this.#nodes.resolved(item);
    if (!isMap(node)) return false;
    const given = this.#nodes.resolved(this.#nodes.entriesOf(node).get("name")?.value);
    return isScalar(given) && String(given.value) === name;
  }
}

/** Merged objects may merge others; a place that is further away than this is not worth the search. */
const mostMerges = 4;
