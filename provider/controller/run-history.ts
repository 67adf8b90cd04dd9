/**
 * How the machines of each owner ended, from which the back-off follows. Kept in memory: a controller that is started
 * anew makes one start too early, no more. An owner of the same name with another uid starts with a clean sheet.
 */
import { afterRun, type EndedRuns } from "../core/plan/crash-backoff";

export class RunHistory {
  readonly #byKey = new Map<string, { readonly uid: string | undefined; readonly runs: EndedRuns }>();

  of(key: string, uid: string | undefined): EndedRuns | undefined {
    const known = this.#byKey.get(key);
    return known?.uid === uid ? known?.runs : undefined;
  }

  /** One more run has ended, of machines made at these times (RFC 3339); the longest counts. */
  count(key: string, uid: string | undefined, created: readonly (string | null | undefined)[], endedAt: number): void {
    const starts = created.map((at) => Date.parse(at ?? "")).filter((at) => !Number.isNaN(at));
    const run = { startedAt: Math.min(endedAt, ...starts), endedAt };
    this.#byKey.set(key, { uid, runs: afterRun(this.of(key, uid), run) });
  }

  forget(key: string): void {
    this.#byKey.delete(key);
  }
}
