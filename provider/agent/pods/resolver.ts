/** The name servers that Kubernetes gave a pod, for its guest. Anything that is no address or no name is left out. */
import { isIPv4 } from "node:net";

export interface Resolver {
  readonly servers: readonly string[];
  readonly search: readonly string[];
}

const domain = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\.?$/i;
const mostServers = 3;
const mostDomains = 6;
const longestDomain = 100;
/** An option of DHCP is no longer; each domain takes two bytes beside its text. */
const mostBytes = 255;

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
    search: fitting(words("search").filter((name) => name.length <= longestDomain && domain.test(name))),
  };
}

/** The first of them, as many as DHCP carries. */
function fitting(names: readonly string[]): readonly string[] {
  let left = mostBytes;
  const beyond = names.findIndex((name) => {
    left -= name.length + 2;
    return left < 0;
  });
  return names.slice(0, beyond === -1 ? mostDomains : Math.min(beyond, mostDomains));
}
