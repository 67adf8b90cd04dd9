/** An XML element as plain data: what the vocabulary encodes to, what the printer prints and the parser reads. */

export interface XmlNode {
  readonly name: string;
  /** In the order of the document. */
  readonly attributes: readonly (readonly [name: string, value: string])[];
  /** Child elements and runs of text, in the order of the document. */
  readonly children: readonly (XmlNode | string)[];
}

export function attributeOf(node: XmlNode, name: string): string | undefined {
  return node.attributes.find(([known]) => known === name)?.[1];
}

export function childrenNamed(node: XmlNode, name: string): readonly XmlNode[] {
  return node.children.filter((child): child is XmlNode => typeof child !== "string" && child.name === name);
}

export function textOf(node: XmlNode): string {
  return node.children.filter((child) => typeof child === "string").join("");
}
