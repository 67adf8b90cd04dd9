/**
 * Who a host belongs to: whether it is this machine itself, and whether two names belong to one owner. The latter goes
 * by the public suffix list: below a suffix that is open to all (co.uk, github.io) each name is another owner's.
 */
import { isIP } from "node:net";
import { getDomain } from "tldts";

/** `host`, `host:port` or `[v6]:port` → the host alone, in lower case. */
export function hostnameOf(authority: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(authority)?.[1];
  return (bracketed ?? authority.replace(/:\d+$/, "")).toLowerCase();
}

export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" || (isIP(hostname) === 4 && hostname.startsWith("127."));
}

/** Domains that give each of their customers a registry, and that the public suffix list does not have. */
const sharedDomains: ReadonlySet<string> = new Set(["azurecr.io", "azurecr.cn", "azurecr.us", "jfrog.io", "pkg.dev"]);

export function haveOneOwner(a: string, b: string): boolean {
  if (a === b) return true;
  if (isIP(a) !== 0 || isIP(b) !== 0) return false;
  const domain = getDomain(a, { allowPrivateDomains: true });
  if (domain === null || sharedDomains.has(domain)) return false;
  return domain === getDomain(b, { allowPrivateDomains: true });
}
