import { expect, it } from "vitest";
import { agentChannelOf } from "../../../../provider/agent/guests/agent-channel";

const domain = (channel: string) => `<domain><devices><serial type='pty'/>${channel}</devices></domain>`;
const channel = (name: string, state = "") =>
  `<channel type='unix'><target type='virtio' name='${name}'${state}/></channel>`;

it.each([
  ["none", "no domain at all"],
  ["none", domain("")],
  ["none", domain(channel("com.redhat.spice.0", " state='connected'"))],
  ["disconnected", domain(channel("org.qemu.guest_agent.0"))],
  ["disconnected", domain(channel("org.qemu.guest_agent.0", " state='disconnected'"))],
  ["connected", domain(channel("com.redhat.spice.0") + channel("org.qemu.guest_agent.0", " state='connected'"))],
])("the channel of a guest's agent is %s in %s", (state, xml) => {
  expect(agentChannelOf(xml)).toBe(state);
});
