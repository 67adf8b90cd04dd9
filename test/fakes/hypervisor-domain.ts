/** What the fake hypervisor reads of a domain's document, who it is, and what it adds while the domain runs. */
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { refusal } from "./hypervisor-refusal";

const parser = new XMLParser({ parseTagValue: false });

function field(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null
    ? new Map<string, unknown>(Object.entries(value)).get(key)
    : undefined;
}

export function identityOf(xml: string): { name: string; uuid: string } {
  const document: unknown = XMLValidator.validate(xml) === true ? parser.parse(xml) : undefined;
  const domain = field(document, "domain");
  const name = field(domain, "name");
  const uuid = field(domain, "uuid");
  if (typeof name !== "string" || typeof uuid !== "string") {
    throw refusal("xmlError", "XML error: a domain needs a name and a uuid");
  }
  return { name, uuid: uuid.toLowerCase() };
}

export type AgentState = "connected" | "disconnected";

const agentTarget = /(<target type="virtio" name="org\.qemu\.guest_agent\.0")/;

export const hasAgentChannel = (xml: string): boolean => agentTarget.test(xml);

export const withAgentState = (xml: string, state: AgentState): string =>
  xml.replace(agentTarget, `$1 state="${state}"`);
