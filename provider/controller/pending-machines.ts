/**
 * What the controllers wrote and the watch has not shown yet. A watch may lag; a controller that looked at it alone
 * would make a machine twice, or remove one more than it meant to. A machine that was made counts from the answer of
 * the API on, one that was asked to go is going from then on.
 */
import type { VirtualMachine } from "../api/v1alpha1/virtual-machine";
import { isDeleting } from "../core/deletion";
import { type Clock, timestamp } from "../runtime/clock";

/** After this many milliseconds a machine that the watch does not show is asked for. */
export const longestUnseenMs = 5_000;

/** A removal that the watch has not shown for so many milliseconds is asked for again. */
const longestRememberedMs = 60_000;

interface Made {
  readonly vm: VirtualMachine;
  readonly at: number;
}

export class PendingMachines {
  readonly #clock: Clock;
  /** By uid. */
  readonly #made = new Map<string, Made>();
  /** By uid: when it was asked for, in milliseconds since the epoch. */
  readonly #going = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  made(vm: VirtualMachine): void {
    const { uid } = vm.metadata;
    if (uid !== undefined) this.#made.set(uid, { vm, at: this.#clock.now() });
  }

  askedToGo({ metadata: { uid } }: Pick<VirtualMachine, "metadata">): void {
    const now = this.#clock.now();
    if (uid !== undefined) this.#going.set(uid, now);
    for (const [other, at] of this.#going) if (now - at > longestRememberedMs) this.#going.delete(other);
  }

  /** The watch has shown this machine, or that it is gone. */
  seen(vm: Pick<VirtualMachine, "metadata">, state: "present" | "gone"): void {
    const { uid } = vm.metadata;
    if (uid === undefined) return;
    this.#made.delete(uid);
    if (state === "gone" || isDeleting(vm)) this.#going.delete(uid);
  }

  /** What the watch shows of a namespace, with what it does not show yet. */
  overlay(shown: readonly VirtualMachine[], namespace: string): readonly VirtualMachine[] {
    if (this.#made.size === 0 && this.#going.size === 0) return shown;
    const known = new Set(shown.map((vm) => vm.metadata.uid));
    const unseen = [...this.#made.values()]
      .map(({ vm }) => vm)
      .filter((vm) => vm.metadata.namespace === namespace && !known.has(vm.metadata.uid));
    return [...shown, ...unseen].map((vm) => (this.#isGoing(vm) ? leaving(vm, this.#clock.now()) : vm));
  }

  #isGoing(vm: VirtualMachine): boolean {
    return vm.metadata.uid !== undefined && this.#going.has(vm.metadata.uid) && !isDeleting(vm);
  }

  /**
   * Machines of a namespace that the watch should have shown by now, and for how long the others may be waited for.
   * Whoever made them: one that is long gone, of an owner that is gone too, may be in the way of another by its name.
   */
  overdue(namespace: string | undefined): { readonly machines: readonly VirtualMachine[]; readonly waitMs?: number } {
    const here = [...this.#made.values()].filter(({ vm }) => vm.metadata.namespace === namespace);
    const now = this.#clock.now();
    const machines = here.filter(({ at }) => now - at >= longestUnseenMs).map(({ vm }) => vm);
    const young = here.filter(({ at }) => now - at < longestUnseenMs);
    if (young.length === 0) return { machines };
    return { machines, waitMs: longestUnseenMs - (now - Math.min(...young.map(({ at }) => at))) };
  }
}

function leaving(vm: VirtualMachine, now: number): VirtualMachine {
  return { ...vm, metadata: { ...vm.metadata, deletionTimestamp: timestamp(now) } };
}
