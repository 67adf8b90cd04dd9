/**
 * Resources of this run that are refused, and why. The engine stops at the first resource whose check reports a failure,
 * and a person would hear of one resource at a time. So a check only notes its faults here, and the resource is refused
 * when the engine carries its step out: in a preview not before the checks of the resources that the program registers
 * beside it, whose faults are told with it. Nothing of a refused resource is made, changed or removed.
 *
 *   check: faulty ──► noted ──► diff: to be updated, whatever changed ──► create, update, delete: refused
 *   check: sound  ──► forgotten
 */
import type { Clock } from "../runtime/clock";
import { nameOf } from "./urn";

export interface RefusalsOptions {
  readonly clock: Clock;
}

/** Milliseconds without a check after which no more are expected, and for which they are waited for at most. */
const quietMs = 500;
const longestMs = 10_000;

export class RefusedError extends Error {
  constructor(lines: readonly string[]) {
    super(lines.length === 1 ? `refused: ${lines[0]}` : ["refused:", ...lines].join("\n  "));
    this.name = "RefusedError";
  }
}

export class Refusals {
  readonly #clock: Clock;
  readonly #faults = new Map<string, readonly string[]>();
  /** Whose faults have been told, or will be by a step that waits. */
  readonly #told = new Set<string>();
  #lastCheck = 0;

  constructor({ clock }: RefusalsOptions) {
    this.#clock = clock;
  }

  /** Takes down what a check has found; nothing is an answer, too. */
  note(urn: string, faults: readonly string[]): void {
    this.#lastCheck = this.#clock.now();
    this.#told.delete(urn);
    if (faults.length > 0) this.#faults.set(urn, faults);
    else this.#faults.delete(urn);
  }

  has(urn: string): boolean {
    return this.#faults.has(urn);
  }

  /** Throws a RefusedError with the resource's faults, if it has any. */
  enforce(urn: string): void {
    const faults = this.#faults.get(urn);
    if (faults !== undefined) throw new RefusedError(faults);
  }

  /**
   * The same in a preview: when checks have come to an end, and with the faults of those whose steps the engine has not
   * begun, and will not begin after a first one was refused.
   */
  async enforceInPreview(urn: string): Promise<void> {
    const own = this.#faults.get(urn);
    if (own === undefined) return;
    this.#told.add(urn);
    const end = this.#clock.now() + longestMs;
    for (;;) {
      const left = Math.min(this.#lastCheck + quietMs, end) - this.#clock.now();
      if (left <= 0) break;
      await this.#clock.sleep(left);
    }
    const others = [...this.#faults].filter(([other]) => !this.#told.has(other));
    for (const [other] of others) this.#told.add(other);
    throw new RefusedError([
      ...own,
      ...others.flatMap(([other, faults]) => faults.map((fault) => `${nameOf(other)}: ${fault}`)),
    ]);
  }
}
