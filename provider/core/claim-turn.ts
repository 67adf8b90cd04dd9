/**
 * Whose turn it is to write to a claim: one machine at a time, wherever the machines are, since no lock on a disk is sure
 * to reach from one node to another. The order is total, so that nobody waits in a circle, and follows from the objects
 * alone, so that whoever looks finds the same. Pure.
 */

/** A machine that writes to claims, or would. */
export interface ClaimWriter {
  readonly uid: string;
  readonly name: string;
  /** RFC 3339; empty when it is not known. */
  readonly createdAt: string;
  /** Names of the claims that it writes to. */
  readonly claims: readonly string[];
  /** guest: it was given to a node, and its guest may run; launcher: its place is being held. */
  readonly has: "guest" | "launcher" | "nothing";
  /** Its launcher pod, when that is all there is of it. */
  readonly pod?: string;
}

export interface ClaimTurn {
  readonly claim: string;
  /** Who goes first. */
  readonly writer: ClaimWriter;
}

const ranks = { guest: 0, launcher: 1, nothing: 2 } as const;

/** The first of those for whom this machine has to wait; undefined when it is its turn. All are of one namespace. */
export function goesFirst(own: ClaimWriter, others: readonly ClaimWriter[]): ClaimTurn | undefined {
  let first: ClaimTurn | undefined;
  for (const writer of others) {
    if (writer.uid === own.uid || inOrder(own, writer) <= 0) continue;
    if (first !== undefined && inOrder(first.writer, writer) <= 0) continue;
    const claim = own.claims.find((name) => writer.claims.includes(name));
    if (claim !== undefined) first = { claim, writer };
  }
  return first;
}

function inOrder(a: ClaimWriter, b: ClaimWriter): number {
  return (
    ranks[a.has] - ranks[b.has] || compare(a.createdAt, b.createdAt) || compare(a.name, b.name) || compare(a.uid, b.uid)
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
