/** The line of the guest's agent, for a machine of which somebody wants to know that it speaks. */
import type { ObjectMeta } from "../../api/meta";
import { guestAgentChannel } from "../domain-xml/channel";
import type { Devices as DevicesElement } from "../domain-xml/devices";
import { guestWaitsOf } from "../wait-for";

export function convertChannels(metadata: Pick<ObjectMeta, "annotations">): DevicesElement["channels"] {
  if (!guestWaitsOf(metadata).some(({ kind }) => kind === "guest-agent")) return [];
  return [{ type: "unix", target: { type: "virtio", name: guestAgentChannel } }];
}
