/** The name servers that Kubernetes gave a pod, for its guest. Anything that is no address or no name is left out. */
import { isIPv4 } from "node:net";

export interface Resolver {
  readonly servers: readonly string[];
  readonly search: readonly string[];
}

const domain = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\.?$/i;
/** As many as fit into what DHCP carries. */
const mostServers = 3;
const mostDomains = 6;
const longestDomain = 100;

/** From a resolv.conf, whoever wrote it. */
export function parseResolver(text: string): Resolver {
  const words = (key: string) =>
    text.split("\n").flatMap((line) => {
      const [first, ...others] = line.trim().split(/\s+/);
      return first === key ? others : [];
    });
  return {
    // A server on the loopback of the node is not on the guest's.
    servers: words("nameserver")
      .filter((server) => isIPv4(server) && !server.startsWith("127."))
      .slice(0, mostServers),
    search: words("search")
      .filter((name) => name.length <= longestDomain && domain.test(name))
      .slice(0, mostDomains),
  };
}
