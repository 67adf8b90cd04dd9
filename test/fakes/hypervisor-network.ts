/** The fake hypervisor's network, and libvirt's rule for reservations: no MAC, address or name twice. */
import type { DhcpHost, NetworkDescription } from "../../provider/libvirt/hypervisor";
import { refusal } from "./hypervisor-refusal";

export const fakeNetwork: NetworkDescription = {
  name: "default",
  active: true,
  bridge: "virbr0",
  gateway: "192.168.122.1",
  prefixLength: 24,
  ranges: [{ start: "192.168.122.2", end: "192.168.122.254" }],
  hosts: [],
};

/** The same reservation twice is not an error. */
export function withDhcpHost(network: NetworkDescription, host: DhcpHost): NetworkDescription {
  const rival = network.hosts.find(
    (other) => other.mac === host.mac || other.ip === host.ip || (host.name !== undefined && other.name === host.name),
  );
  if (rival === undefined) {
    return { ...network, hosts: [...network.hosts, host] };
  }
  if (rival.mac !== host.mac || rival.ip !== host.ip || rival.name !== host.name) {
    const message = `Requested operation is not valid: there is an existing dhcp host entry in network '${network.name}'`;
    throw refusal("operationInvalid", message, "network");
  }
  return network;
}
