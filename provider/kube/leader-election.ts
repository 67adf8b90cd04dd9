/**
 * One of several processes at work: who holds the Lease leads. Kubernetes' own algorithm: others are judged by how long
 * their lease has not changed as seen from here, never by the time written in it, so clocks need not agree. A leader that
 * could not renew in time stops by itself, well before another may begin.
 *
 *   follower ──(lease free, or unchanged for its duration)──► leader ──(not renewed within the deadline)──► lost, for good
 */
import { type Clock, systemClock } from "../runtime/clock";
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
  /** Told when the API has answered. */
  readonly onLooked?: () => void;
}

/** Milliseconds. Others wait for the duration; a leader gives up at the deadline; both try at the interval. */
export const electionTimes = { duration: 15_000, deadline: 10_000, interval: 2_000 } as const;

export class LeaderElection {
  readonly #o: LeaderElectionOptions;
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  /** The lease as it was last seen to change, and when that was, here. */
  #seen: { readonly revision: string; readonly at: number } | undefined;
  #lease: Lease | undefined;
  #renewedAt: number | undefined;
  #renewing: Promise<void> = Promise.resolve();

  constructor(options: LeaderElectionOptions) {
    this.#o = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Resolves when this process leads; rejects when it is stopped before. */
  async acquire(): Promise<void> {
    const { log, name, identity } = this.#o;
    while (!(await this.#tryOnce())) await this.#clock.sleep(electionTimes.interval, this.#abort.signal);
    log.info({ lease: name, identity }, "leading");
  }

  /** Renews until leadership is lost, and then resolves; or until release. To be called once acquired. */
  keep(): Promise<void> {
    const kept = this.#keep();
    this.#renewing = kept;
    return kept;
  }

  /** Whether what this process writes now can still be a leader's word. */
  isLeading(): boolean {
    return this.#renewedAt !== undefined && this.#clock.now() - this.#renewedAt < electionTimes.deadline;
  }

  /** Gives the lease back, so that another need not wait for it to run out. Work must have ended before. */
  async release(): Promise<void> {
    this.#abort.abort(new Error("giving up the lease"));
    await this.#renewing.catch(() => undefined);
    if (!this.isLeading() || this.#lease === undefined) return;
    this.#renewedAt = undefined;
    const { spec, ...others } = this.#lease;
    await this.#o.client.update<Lease>(coreResources.leases, {
      ...others,
      spec: { ...spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime: this.#now() },
    });
  }

  async #keep(): Promise<void> {
    const { log } = this.#o;
    const { signal } = this.#abort;
    while (this.isLeading()) {
      await this.#clock.sleep(electionTimes.interval, signal).catch(() => undefined);
      if (signal.aborted) return;
      if (!(await this.#tryOnce()) && this.#holder() !== this.#o.identity && this.#lease !== undefined) break;
    }
    this.#renewedAt = undefined;
    if (!signal.aborted) log.error({ lease: this.#o.name }, "leadership is lost");
  }

  /** One attempt to take or renew. An API that does not answer is no answer, not an error. */
  async #tryOnce(): Promise<boolean> {
    const { client, namespace, name, log } = this.#o;
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(electionTimes.deadline / 2)]);
    const startedAt = this.#clock.now();
    try {
      const found = await client.find<Lease>(coreResources.leases, { namespace, name }, { signal });
      this.#look(found);
      this.#o.onLooked?.();
      if (found !== undefined && !this.#mayTake(found)) return false;
      this.#lease = await this.#write(found, signal);
      this.#look(this.#lease);
      // From before the call: whoever judges us by the write cannot have seen it earlier.
      this.#renewedAt = startedAt;
      return true;
    } catch (error) {
      if (this.#abort.signal.aborted) throw error;
      const lostRace = isConflict(error) || isAlreadyExists(error) || isNotFound(error);
      if (!lostRace) log.warn({ lease: name, err: error }, "the lease could not be looked at or renewed");
      return false;
    }
  }

  #look(lease: Lease | undefined): void {
    this.#lease = lease;
    const revision = lease?.metadata.resourceVersion ?? "";
    if (this.#seen?.revision !== revision) this.#seen = { revision, at: this.#clock.now() };
  }

  #holder(): string {
    return this.#lease?.spec?.holderIdentity ?? "";
  }

  #mayTake(lease: Lease): boolean {
    const holder = lease.spec?.holderIdentity ?? "";
    if (holder === "" || holder === this.#o.identity) return true;
    const duration = (lease.spec?.leaseDurationSeconds ?? electionTimes.duration / 1000) * 1000;
    return this.#seen !== undefined && this.#clock.now() - this.#seen.at > duration;
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
