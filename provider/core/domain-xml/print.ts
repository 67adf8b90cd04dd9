/**
 * Prints elements. Every string is escaped so that it comes back as it went in and nothing in it can become markup:
 * besides XML's five special characters, white space that a parser would fold is written as references. Characters
 * that no XML document may hold (most control characters, lone surrogates) become U+FFFD.
 */
import type { XmlNode } from "./xml-node";

export function printXml(node: XmlNode): string {
  return `${element(node, "")}\n`;
}

function element(node: XmlNode, indent: string): string {
  const attributes = node.attributes.map(([name, value]) => ` ${name}="${escapeText(value)}"`).join("");
  if (node.children.length === 0) return `${indent}<${node.name}${attributes}/>`;
  if (node.children.some((child) => typeof child === "string")) {
    const inner = node.children.map((child) => (typeof child === "string" ? escapeText(child) : element(child, "")));
    return `${indent}<${node.name}${attributes}>${inner.join("")}</${node.name}>`;
  }
  const inner = node.children.map((child) => (typeof child === "string" ? child : element(child, `${indent}  `)));
  return `${indent}<${node.name}${attributes}>\n${inner.join("\n")}\n${indent}</${node.name}>`;
}

const special = /[&<>"'\t\n\r]/g;
const references: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

export function escapeText(text: string): string {
  return replaceForbidden(text).replace(special, (character) => references[character] ?? character);
}

/** The text with U+FFFD for each character outside XML 1.0's `Char` production. */
export function replaceForbidden(text: string): string {
  let result = "";
  for (const character of text) result += isXmlCharacter(character.codePointAt(0) ?? 0) ? character : "\ufffd";
  return result;
}

function isXmlCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd;
  return code < 0xd800 || (code > 0xdfff && code !== 0xfffe && code !== 0xffff);
}
