/** Which disks from registries leave the node: never one that a machine uses, then the ones not asked for the longest. Pure. */

export interface EvictionCandidate {
  /** Digest as text. */
  readonly digest: string;
  readonly storedBytes: number;
  /** Milliseconds since the epoch. */
  readonly lastUsed: number;
}

export interface EvictionBounds {
  /** Bytes that disks without a machine may take together. */
  readonly unusedBytes: number;
  /** Milliseconds for which an unused disk is kept in any case, so that one machine can replace another. */
  readonly youngMs: number;
}

export const defaultEviction: EvictionBounds = { unusedBytes: 20 * 1024 ** 3, youngMs: 120_000 };

export interface EvictionView {
  readonly disks: readonly EvictionCandidate[];
  /** Digests that machines stand on or are about to. */
  readonly inUse: ReadonlySet<string>;
  readonly now: number;
}

/** The digests to remove, in order. */
export function planEviction({ disks, inUse, now }: EvictionView, bounds: EvictionBounds): readonly string[] {
  const unused = disks.filter(({ digest }) => !inUse.has(digest)).sort((a, b) => a.lastUsed - b.lastUsed);
  let total = unused.reduce((sum, { storedBytes }) => sum + storedBytes, 0);
  const leaving: string[] = [];
  for (const { digest, storedBytes, lastUsed } of unused) {
    if (total <= bounds.unusedBytes || now - lastUsed < bounds.youngMs) break;
    leaving.push(digest);
    total -= storedBytes;
  }
  return leaving;
}
