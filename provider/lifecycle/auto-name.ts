/** The name of an object whose program gave none. Needs nothing else of the lifecycle: programs load it, too. */
import { createHash } from "node:crypto";

/** Longest metadata.name: it becomes a label's value, a domain's name and a host name. */
const maxName = 63;

/** `name` of the resource with eight hexadecimal digits of its URN's hash: stable, so that an interrupted run finds it. */
export function autoName(name: string, urn: string): string {
  const suffix = createHash("sha256").update(urn).digest("hex").slice(0, 8);
  const base = name
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, "-")
    // No part between two dots may be empty, or start or end with a dash.
    .replace(/-*\.[.-]*/g, ".")
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "")
    .slice(0, maxName - suffix.length - 1)
    .replace(/[^a-z0-9]+$/, "");
  return base === "" ? `vm-${suffix}` : `${base}-${suffix}`;
}
