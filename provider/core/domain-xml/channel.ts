/** `<channel>`: a line between host and guest. https://libvirt.org/formatdomain.html#consoles-serial-parallel-channel-devices */
import { oneOf } from "./codecs";
import { attribute, child, element, type ValueOf } from "./element";

/** The name by which libvirt and the guest's agent find each other. */
export const guestAgentChannel = "org.qemu.guest_agent.0";

const target = element("target", {
  type: attribute("type", oneOf("virtio")),
  name: attribute("name", oneOf(guestAgentChannel)),
});

/** Without a path: libvirt makes the socket, in a folder of the domain's own. */
export const channel = element("channel", { type: attribute("type", oneOf("unix")), target: child(target) });
export type Channel = ValueOf<typeof channel>;
