/** The nodes of one document as they refer to one another: aliases to anchors, keys to values, merge keys to objects. */
import { type Alias, isAlias, isMap, isNode, isScalar, isSeq, type Node, type Pair, type YAMLMap } from "yaml";
import type { Tree } from "./compose";
import { TextFault } from "./manifest-error";
import { readScalar } from "./scalar";

export class DocumentNodes {
  readonly #targets = new Map<Alias, Node>();
  readonly #entries = new Map<YAMLMap, ReadonlyMap<string, Pair>>();

  constructor(tree: Tree) {
    this.#findTargets(tree.contents, new Map());
  }

  /** The node that an alias stands for, itself for any other. Throws TextFault. */
  resolved(node: unknown): unknown {
    if (!isAlias(node)) return node;
    const target = this.#targets.get(node);
    if (target === undefined) {
      throw new TextFault(offsetOf(node), `the alias *${node.source} has no anchor &${node.source} before it`);
    }
    return target;
  }

  /** The entries of a map by their keys, without those that are merged in. Throws TextFault. */
  entriesOf(map: YAMLMap): ReadonlyMap<string, Pair> {
    const known = this.#entries.get(map);
    if (known !== undefined) return known;
    const entries = new Map(map.items.map((pair) => [this.keyText(pair), pair]));
    this.#entries.set(map, entries);
    return entries;
  }

  /** The text of a key; `<<` is a merge key when isMergeKey says so. */
  keyText(pair: Pair): string {
    const key = this.resolved(pair.key);
    if (!isScalar(key)) throw new TextFault(offsetOf(pair.key), "a key must be text; quote it");
    const { value } = readScalar(key);
    if (value === null)
      throw new TextFault(offsetOf(pair.key), 'a key must be text; write "null" in quotes for that text');
    return String(value);
  }

  #findTargets(node: unknown, anchors: Map<string, Node>): void {
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target !== undefined) this.#targets.set(node, target);
      return;
    }
    if (!isNode(node)) return;
    const { anchor } = node;
    if (anchor !== undefined) anchors.set(anchor, node);
    if (isSeq(node)) for (const item of node.items) this.#findTargets(item, anchors);
    if (isMap(node)) {
      for (const { key, value } of node.items) {
        this.#findTargets(key, anchors);
        this.#findTargets(value, anchors);
      }
    }
  }
}

export function isMergeKey({ key }: Pair): boolean {
  return isScalar(key) && key.type === "PLAIN" && key.value === "<<" && key.tag === undefined;
}

export function offsetOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}

/** The maps that a merge key names. Throws TextFault. */
export function mergeSources(pair: Pair, nodes: DocumentNodes): readonly YAMLMap[] {
  const value = nodes.resolved(pair.value);
  const given = isSeq(value) ? value.items : [value];
  return given.map((one) => {
    const source = nodes.resolved(one);
    if (isMap(source)) return source;
    throw new TextFault(offsetOf(pair.key), "`<<` takes an object, an alias of one, or a list of these");
  });
}
