/** Reads XML text into elements. Meant for what libvirt prints; comments and processing instructions are dropped. */
import { XMLParser } from "fast-xml-parser";
import type { XmlNode } from "./xml-node";

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  htmlEntities: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
});

/** The root element, or undefined when the text is no XML document. */
export function parseXml(xml: string): XmlNode | undefined {
  let parsed: unknown;
  try {
    parsed = parser.parse(xml);
  } catch (error) {
    // The parser tells malformed text by plain errors; there is nothing in them that a caller could act on.
    if (error instanceof Error) return undefined;
    throw error;
  }
  const roots = Array.isArray(parsed) ? parsed.map(toNode).filter((node) => typeof node === "object") : [];
  return roots.length === 1 ? roots[0] : undefined;
}

function toNode(entry: unknown): XmlNode | string | undefined {
  if (typeof entry !== "object" || entry === null) return undefined;
  let attributes: XmlNode["attributes"] = [];
  let node: { name: string; content: unknown } | undefined;
  for (const [key, value] of Object.entries(entry)) {
    if (key === "#text") return String(value);
    if (key === ":@") attributes = Object.entries(Object(value)).map(([name, text]) => [name, String(text)]);
    else node = { name: key, content: value };
  }
  if (node === undefined) return undefined;
  const children = (Array.isArray(node.content) ? node.content : []).map(toNode).filter((child) => child !== undefined);
  const hasElements = children.some((child) => typeof child !== "string");
  // White space between elements is layout.
  const meant = hasElements ? children.filter((child) => typeof child !== "string" || child.trim() !== "") : children;
  return { name: node.name, attributes, children: meant };
}
