/**
 * What becomes of each part of a domain's document when a machine is made of it. Whatever no reader has taken is lost,
 * and is named: a part that this project has never heard of cannot get lost in silence.
 */
import { childrenNamed, type XmlNode } from "../domain-xml/xml-node";

export interface Loss {
  /** Place in the document, such as `/domain/devices/disk[2]/driver/@cache`. */
  readonly path: string;
  /** The attribute's or the element's own text; "" for an element that has none. */
  readonly value: string;
  /** Why, and what to do where something can be done. */
  readonly why: string;
}

export class Ledger {
  readonly #taken = new Set<XmlNode>();
  readonly #attributes = new Map<XmlNode, Set<string>>();
  readonly #whole = new Set<XmlNode>();
  readonly #reasons = new Map<XmlNode, string>();
  readonly #attributeReasons = new Map<XmlNode, Map<string, string>>();

  /** The element itself, and these attributes and its text, are in the machine, or come about by themselves. */
  take(node: XmlNode, ...attributes: readonly string[]): void {
    this.#taken.add(node);
    const known = this.#attributes.get(node) ?? new Set();
    for (const name of attributes) known.add(name);
    this.#attributes.set(node, known);
  }

  /** The element with everything below it. */
  takeWhole(node: XmlNode): void {
    this.#whole.add(node);
  }

  /** Lost for a reason of its own; an attribute of the element, or all of it. */
  lose(node: XmlNode, why: string, attribute?: string): void {
    if (attribute === undefined) {
      this.#reasons.set(node, why);
      return;
    }
    const reasons = this.#attributeReasons.get(node) ?? new Map<string, string>();
    reasons.set(attribute, why);
    this.#attributeReasons.set(node, reasons);
  }

  /** In the order of the document. `reasonOf` knows why an element that nobody has looked at is lost. */
  losses(root: XmlNode, reasonOf: (node: XmlNode, parent: XmlNode | undefined) => string): readonly Loss[] {
    const visit = (node: XmlNode, path: string, parent: XmlNode | undefined): readonly Loss[] => {
      if (this.#whole.has(node)) return [];
      const reason = this.#reasons.get(node);
      if (reason !== undefined) return [{ path, value: shown(node), why: reason }];
      const known = this.#attributes.get(node) ?? new Set();
      const reasons = this.#attributeReasons.get(node);
      if (!this.#taken.has(node)) return [{ path, value: shown(node), why: reasonOf(node, parent) }];
      const own = node.attributes.flatMap(([name, value]): readonly Loss[] => {
        const why = reasons?.get(name) ?? (known.has(name) ? undefined : reasonOf(node, parent));
        return why === undefined ? [] : [{ path: `${path}/@${name}`, value, why }];
      });
      return [...own, ...elementsOf(node).flatMap((inner) => visit(inner, `${path}/${place(node, inner)}`, node))];
    };
    return visit(root, `/${root.name}`, undefined);
  }
}

export function elementsOf(node: XmlNode): readonly XmlNode[] {
  return node.children.filter((inner): inner is XmlNode => typeof inner !== "string");
}

/** The name, with its place where there are several. */
function place(parent: XmlNode, node: XmlNode): string {
  const alike = childrenNamed(parent, node.name);
  return alike.length > 1 ? `${node.name}[${alike.indexOf(node) + 1}]` : node.name;
}

/** The attributes, or the text, of an element. */
function shown(node: XmlNode): string {
  const text = node.children
    .filter((inner) => typeof inner === "string")
    .join("")
    .trim();
  return [...node.attributes.map(([name, value]) => `${name}=${value}`), ...(text === "" ? [] : [text])].join(" ");
}
