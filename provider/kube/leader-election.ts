/**
 * One of several processes at work: who holds the Lease leads. Kubernetes' own algorithm: others are judged by how long
 * their lease has not changed as seen from here, never by the time written in it, so clocks need not agree. A leader that
 * could not renew in time stops by itself, well before another may begin.
 *
 *   follower ──(lease free, or unchanged for its duration)──► leader ──(not renewed within the deadline)──► lost, for good
 *                                                               └────(another one holds the lease)───────► lost, for good
 */
import { type Clock, systemClock, systemTicks, type Ticks } from "../runtime/clock";
import type { Logger } from "../runtime/log";
import type { KubeClient } from "./client";
import { isAlreadyExists, isConflict, isNotFound } from "./errors";
import { coreResources, type KubeObject } from "./resource";

export interface Lease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string | null;
    readonly leaseDurationSeconds?: number | null;
    /** RFC 3339 with microseconds. */
    readonly acquireTime?: string | null;
    readonly renewTime?: string | null;
    readonly leaseTransitions?: number | null;
  };
}

export interface LeaderElectionOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  /** Who this process is; no two at the same time may say the same. */
  readonly identity: string;
  readonly log: Logger;
  readonly clock?: Clock;
  readonly ticks?: Ticks;
  /** Told when the API has answered. */
  readonly onLooked?: () => void;
}

/** Milliseconds. Others wait for the duration; a leader gives up at the deadline; both try at the interval. */
export const electionTimes = { duration: 15_000, deadline: 10_000, interval: 2_000 } as const;

/** What an attempt has found: the lease is this process's, it is another's, or nobody could say. */
type Outcome = "ours" | "theirs" | "unknown";

export class LeaderElection {
  readonly #o: LeaderElectionOptions;
  readonly #clock: Clock;
  readonly #ticks: Ticks;
  readonly #abort = new AbortController();
  /** The lease as it was last seen to change, and when that was, here. The revision of one that is not there is empty. */
  #seen: { readonly revision: string; readonly at: number } | undefined;
  /** By both ways to tell the time: one stands still while the computer sleeps, the other is set by people. */
  #renewed: { readonly ticks: number; readonly at: number } | undefined;
  #working: Promise<unknown> = Promise.resolve();

  constructor(options: LeaderElectionOptions) {
    this.#o = options;
    this.#clock = options.clock ?? systemClock;
    this.#ticks = options.ticks ?? systemTicks;
  }

  /** Resolves when this process leads, or is told to release before it does. */
  acquire(): Promise<"leading" | "released"> {
    return this.#work(this.#acquire());
  }

  /** Renews until leadership is lost, or released. To be called once it is acquired. */
  keep(): Promise<"lost" | "released"> {
    return this.#work(this.#keep());
  }

  /** Whether what this process writes now can still be a leader's word. */
  isLeading(): boolean {
    if (this.#renewed === undefined) return false;
    const ages = [this.#ticks() - this.#renewed.ticks, this.#clock.now() - this.#renewed.at];
    return ages.every((age) => age < electionTimes.deadline);
  }

  /** Gives the lease back, so that another need not wait for it to run out. Work must have ended before. */
  async release(): Promise<void> {
    this.#abort.abort(new Error("giving up the lease"));
    await this.#working;
    if (!this.isLeading()) return;
    this.#renewed = undefined;
    const { client, namespace, name, identity } = this.#o;
    // What the last attempt to renew has written is not known when it was cut off.
    const lease = await client.find<Lease>(coreResources.leases, { namespace, name });
    if (lease?.spec?.holderIdentity !== identity) return;
    const spec = { ...lease.spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime: this.#now() };
    await client.update<Lease>(coreResources.leases, { ...lease, spec });
  }

  #work<T>(work: Promise<T>): Promise<T> {
    this.#working = work;
    return work;
  }

  async #acquire(): Promise<"leading" | "released"> {
    const { log, name, identity } = this.#o;
    while ((await this.#tryOnce()) !== "ours") {
      if (await this.#pauseEnds()) return "released";
    }
    log.info({ lease: name, identity }, "leading");
    return "leading";
  }

  async #keep(): Promise<"lost" | "released"> {
    while (this.isLeading()) {
      if (await this.#pauseEnds()) return "released";
      // It may have been a long sleep.
      if (this.isLeading() && (await this.#tryOnce()) === "theirs") break;
    }
    if (this.#abort.signal.aborted) return "released";
    this.#renewed = undefined;
    this.#o.log.error({ lease: this.#o.name }, "leadership is lost");
    return "lost";
  }

  /** Waits until the next attempt is due; true when there is to be none. */
  async #pauseEnds(): Promise<boolean> {
    const { signal } = this.#abort;
    await this.#clock.sleep(electionTimes.interval, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    return signal.aborted;
  }

  /** One attempt to take or renew. An API that does not answer is no answer, not an error. */
  async #tryOnce(): Promise<Outcome> {
    const { name, log } = this.#o;
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(electionTimes.deadline / 2)]);
    try {
      const first = await this.#takeOrRenew(signal);
      // Somebody has written meanwhile: who, is seen at once.
      return first === "unknown" ? await this.#takeOrRenew(signal) : first;
    } catch (error) {
      if (!this.#abort.signal.aborted)
        log.warn({ lease: name, err: error }, "the lease could not be looked at or renewed");
      return "unknown";
    }
  }

  /** Unknown when another write came in between. */
  async #takeOrRenew(signal: AbortSignal): Promise<Outcome> {
    const { client, namespace, name } = this.#o;
    // From before the call: whoever judges us by the write cannot have seen it earlier.
    const started = { ticks: this.#ticks(), at: this.#clock.now() };
    const found = await client.find<Lease>(coreResources.leases, { namespace, name }, { signal });
    const mayTake = this.#mayTake(found);
    this.#look(found);
    this.#o.onLooked?.();
    if (!mayTake) return "theirs";
    try {
      this.#look(await this.#write(found, signal));
    } catch (error) {
      if (isConflict(error) || isAlreadyExists(error) || isNotFound(error)) return "unknown";
      throw error;
    }
    this.#renewed = started;
    return "ours";
  }

  #look(lease: Lease | undefined): void {
    const revision = lease?.metadata.resourceVersion ?? "";
    if (this.#seen?.revision !== revision) this.#seen = { revision, at: this.#ticks() };
  }

  /**
   * A lease that was there and is not any more may still be somebody's, who has not noticed yet; where there never was one,
   * as far as is known here, nobody leads.
   */
  #mayTake(lease: Lease | undefined): boolean {
    if (lease?.spec?.holderIdentity === this.#o.identity) return true;
    if (lease === undefined)
      return this.#seen === undefined || this.isLeading() || this.#isStale("", electionTimes.duration);
    if ((lease.spec?.holderIdentity ?? "") === "") return true;
    const duration = (lease.spec?.leaseDurationSeconds ?? electionTimes.duration / 1000) * 1000;
    return this.#isStale(lease.metadata.resourceVersion ?? "", duration);
  }

  /** Whether this very revision was seen so long ago already. */
  #isStale(revision: string, duration: number): boolean {
    return this.#seen?.revision === revision && this.#ticks() - this.#seen.at > duration;
  }

  #write(found: Lease | undefined, signal: AbortSignal): Promise<Lease> {
    const { client, namespace, name, identity } = this.#o;
    const isOurs = found?.spec?.holderIdentity === identity;
    const spec = {
      holderIdentity: identity,
      leaseDurationSeconds: electionTimes.duration / 1000,
      acquireTime: isOurs ? (found?.spec?.acquireTime ?? this.#now()) : this.#now(),
      renewTime: this.#now(),
      leaseTransitions: (found?.spec?.leaseTransitions ?? 0) + (found === undefined || isOurs ? 0 : 1),
    };
    if (found === undefined) {
      return client.create<Lease>(coreResources.leases, { metadata: { namespace, name }, spec }, { signal });
    }
    return client.update<Lease>(coreResources.leases, { ...found, spec }, { signal });
  }

  #now(): string {
    return microTime(this.#clock.now());
  }
}

/** Kubernetes' MicroTime. */
export function microTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace("Z", "000Z");
}
