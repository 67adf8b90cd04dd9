/**
 * How the machines of each owner ended, from which the back-off follows. Kept in memory: a controller that is started
 * anew makes one start too early, no more. An owner of the same name with another uid starts with a clean sheet.
 */
import type { VirtualMachine } from "../api/v1alpha1/virtual-machine";
import { afterRun, type EndedRuns } from "../core/plan/crash-backoff";
import { whyEnded } from "../core/plan/machine-fault";

export class RunHistory {
  readonly #byKey = new Map<string, { readonly uid: string | undefined; readonly runs: EndedRuns }>();

  of(key: string, uid: string | undefined): EndedRuns | undefined {
    const known = this.#byKey.get(key);
    return known?.uid === uid ? known?.runs : undefined;
  }

  /** One more run has ended: that of these machines together. The longest counts, and the first that says why. */
  count(key: string, uid: string | undefined, machines: readonly VirtualMachine[], endedAt: number): void {
    const starts = machines
      .map(({ metadata }) => Date.parse(metadata.creationTimestamp ?? ""))
      .filter((at) => !Number.isNaN(at));
    const why = machines.map(whyEnded).find((told) => told !== undefined);
    const run = { startedAt: Math.min(endedAt, ...starts), endedAt, why };
    this.#byKey.set(key, { uid, runs: afterRun(this.of(key, uid), run) });
  }

  forget(key: string): void {
    this.#byKey.delete(key);
  }
}
