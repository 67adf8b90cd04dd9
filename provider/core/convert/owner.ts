/** Whose domain is it? Reads the owner from any domain's XML, this project's or not. */
import { type DomainOwner, metadata } from "../domain-xml/metadata";
import { parseXml } from "../domain-xml/parse";
import { childrenNamed, type XmlNode } from "../domain-xml/xml-node";

export type { DomainOwner };

/** The owner named in a domain's metadata; undefined when the domain is nobody's of ours. */
export function readOwner(domain: string | XmlNode): DomainOwner | undefined {
  const node = typeof domain === "string" ? parseXml(domain) : domain;
  if (node?.name !== "domain") return undefined;
  const found = childrenNamed(node, "metadata")[0];
  return found === undefined ? undefined : metadata.decode(found)?.kubevirt;
}
