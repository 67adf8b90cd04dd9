/** The machine's one network card. */
import type { NetworkInterface } from "../domain-xml/interface";
import type { MachineFacts, NetworkAttachment } from "./machine-facts";

export function convertNetwork({ mac, network }: Pick<MachineFacts, "mac" | "network">): NetworkInterface {
  return {
    ...attachment(network),
    mac: { address: mac },
    model: { type: "virtio" },
    alias: { name: "ua-default_interface" },
  };
}

function attachment(network: NetworkAttachment): Pick<NetworkInterface, "type" | "source" | "target" | "mtu"> {
  switch (network.kind) {
    case "network":
      return { type: "network", source: { network: network.name } };
    case "bridge":
      return { type: "bridge", source: { bridge: network.name } };
    case "direct":
      return { type: "direct", source: { dev: network.device, mode: "passthrough" } };
    case "tap":
      return {
        type: "ethernet",
        target: { dev: network.device, managed: true },
        ...(network.mtu === undefined ? {} : { mtu: { size: network.mtu } }),
      };
  }
}
