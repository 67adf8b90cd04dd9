/** Whether the guest's agent has opened its channel, as the document of a running domain says it. */
import { guestAgentChannel } from "../../core/domain-xml/channel";
import { parseXml } from "../../core/domain-xml/parse";
import { attributeOf, childrenNamed } from "../../core/domain-xml/xml-node";

/** `none`: the domain has no such channel. */
export type AgentChannel = "connected" | "disconnected" | "none";

export function agentChannelOf(xml: string): AgentChannel {
  const root = parseXml(xml);
  const [devices] = root === undefined ? [] : childrenNamed(root, "devices");
  for (const channel of devices === undefined ? [] : childrenNamed(devices, "channel")) {
    for (const target of childrenNamed(channel, "target")) {
      if (attributeOf(target, "name") !== guestAgentChannel) continue;
      return attributeOf(target, "state") === "connected" ? "connected" : "disconnected";
    }
  }
  return "none";
}
