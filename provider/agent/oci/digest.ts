/** Digests of content: `sha256:…` and `sha512:…`, the two that the image specification registers. */
import { createHash, type Hash } from "node:crypto";

export interface Digest {
  readonly algorithm: "sha256" | "sha512";
  /** Lower case. */
  readonly hex: string;
  /** `algorithm:hex`. */
  readonly text: string;
}

/** Undefined for anything else, also for digests in capitals: one content has one name. */
export function parseDigest(text: unknown): Digest | undefined {
  const match = typeof text === "string" ? /^(?:(sha256):([0-9a-f]{64})|(sha512):([0-9a-f]{128}))$/.exec(text) : null;
  if (match === null) return undefined;
  const algorithm = match[1] === "sha256" ? "sha256" : "sha512";
  return digestOf(algorithm, match[2] ?? match[4] ?? "");
}

export function hashFor(digest: Digest): Hash {
  return createHash(digest.algorithm);
}

export function sha256Of(content: string | Uint8Array): Digest {
  return digestOf("sha256", createHash("sha256").update(content).digest("hex"));
}

/** Whether these bytes are the ones that the digest names. */
export function matches(digest: Digest, content: Uint8Array): boolean {
  return hashFor(digest).update(content).digest("hex") === digest.hex;
}

function digestOf(algorithm: Digest["algorithm"], hex: string): Digest {
  return { algorithm, hex, text: `${algorithm}:${hex}` };
}
