/**
 * Which claims a machine's disks are on, and who may have one at the same time: any number of readers, or one writer
 * alone. An ephemeral disk reads the claim below it for as long as it lives. Looks at objects that nobody may have
 * validated.
 */
import type { VirtualMachine } from "../api/v1alpha1/virtual-machine";
import { child, childAt, items } from "./json-tree";

export interface ClaimUse {
  readonly claim: string;
  readonly mode: "read" | "write";
}

export function claimsOf(vm: unknown): readonly ClaimUse[] {
  return items(childAt(vm, ["spec", "volumes"])).flatMap(claimsOfVolume);
}

/** One at most. */
export function claimsOfVolume(volume: unknown): readonly ClaimUse[] {
  const own = child(volume, "persistentVolumeClaim");
  const below = childAt(volume, ["ephemeral", "persistentVolumeClaim"]);
  const mode = own === undefined || child(own, "readOnly") === true ? "read" : "write";
  const claim = child(own ?? below, "claimName");
  return typeof claim === "string" ? [{ claim, mode }] : [];
}

/** Names of the claims that a machine writes to, each once. */
export function writtenClaims(vm: unknown): readonly string[] {
  return [...new Set(claimsOf(vm).flatMap(({ claim, mode }) => (mode === "write" ? [claim] : [])))];
}

export interface ClaimConflict {
  readonly claim: string;
  /** The machine that has it. */
  readonly holder: string;
  /** What the holder does with it. */
  readonly mode: ClaimUse["mode"];
  /** The launcher pod in which the guest of a machine whose object is gone may run. */
  readonly pod?: string | undefined;
}

/** The first claim that a machine of its namespace has and that this one cannot share with it. */
export function claimConflict(vm: VirtualMachine, running: readonly VirtualMachine[]): ClaimConflict | undefined {
  for (const { claim, mode } of claimsOf(vm)) {
    for (const other of running) {
      const { metadata } = other;
      if (metadata.uid === vm.metadata.uid || metadata.namespace !== vm.metadata.namespace) continue;
      const uses = claimsOf(other).filter((use) => use.claim === claim);
      const held = uses.find((use) => use.mode === "write") ?? (mode === "write" ? uses[0] : undefined);
      if (held !== undefined) return { claim, holder: metadata.name ?? "", mode: held.mode };
    }
  }
  return undefined;
}

/** Why a machine waits for another one that has its claim, and until when. */
export function claimConflictWords({ claim, holder, mode, pod }: ClaimConflict): string {
  if (pod !== undefined) {
    return (
      `machine "${holder}" is gone, and its guest may still write to claim "${claim}" in launcher pod "${pod}"; this ` +
      "machine starts when that pod has ended or is gone"
    );
  }
  const words = mode === "write" ? "is written by" : "is read by";
  return (
    `claim "${claim}" ${words} machine "${holder}", and a disk that is written has one user; this machine starts when ` +
    `"${holder}" has ended: stop or delete that one, or give this one a claim of its own`
  );
}
