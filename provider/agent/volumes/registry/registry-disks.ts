/**
 * The disks that machines of this node want from registries, made ready in the background: a machine's start asks, is told
 * that it has to wait, and is called when there is an answer. So a slow registry keeps nobody's turn but its own. What
 * fails is tried again after a back-off, and not before it however often a start asks.
 */
import { isDeepStrictEqual } from "node:util";
import { backoffDelay } from "../../../runtime/backoff";
import { type Clock, systemClock } from "../../../runtime/clock";
import { type Logger, silentLogger } from "../../../runtime/log";
import type { Credentials } from "../../oci/credentials";
import type { Digest } from "../../oci/digest";
import type { ImageReference } from "../../oci/image-reference";
import type { RegistryClient } from "../../oci/registry-client";
import { machinesFolder } from "../files";
import { isOutOfSpace } from "../run-command";
import { VolumePendingError } from "../volume-error";
import { type CachedDisk, DiskCache } from "./disk-cache";
import { pinnedDisks } from "./disk-pins";
import { DiskPuller, type PullNews } from "./disk-puller";
import { defaultEviction, type EvictionBounds, planEviction } from "./eviction";
import { KnownImages, type PulledAs } from "./known-images";

export interface RegistryDisksOptions {
  /** The folder of all volumes. */
  readonly root: string;
  readonly client: RegistryClient;
  readonly clock?: Clock;
  readonly log?: Logger;
  readonly eviction?: EvictionBounds;
  /** Bytes of the node's disk that pulls leave free. Default 512 MiB. */
  readonly reserveBytes?: number;
  readonly backoff?: { readonly initial: number; readonly max: number };
}

/** Of a machine that waits for a disk. */
export interface DiskNews {
  readonly event: (news: PullNews) => void;
  /** There is an answer now: ask again. */
  readonly settled: () => void;
}

export interface DiskWish {
  readonly uid: string;
  readonly volume: string;
  readonly image: ImageReference;
  readonly pulledAs: PulledAs;
  readonly credentials: Credentials | undefined;
  readonly news: DiskNews;
}

interface Task {
  readonly wish: DiskWish;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
  outcome: { readonly disk: CachedDisk } | { readonly fault: unknown; readonly retryAt: number } | undefined;
  /** Disks that must stay while this goes on. */
  readonly held: Set<string>;
  failures: number;
  /** Whether somebody was told to wait. */
  awaited: boolean;
}

/** Milliseconds that a start waits for an answer: enough for a disk that is here and a registry that answers. */
const patienceMs = 500;
const defaultBackoff = { initial: 2_000, max: 120_000 };
const defaultReserveBytes = 512 * 1024 ** 2;
const nothingUnused: EvictionBounds = { unusedBytes: 0, youngMs: 0 };

export class RegistryDisks {
  readonly #o: RegistryDisksOptions;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #cache: DiskCache;
  readonly #known: KnownImages;
  readonly #puller: DiskPuller;
  /** By machine and volume. */
  readonly #tasks = new Map<string, Task>();
  /** One at a time: looking whether a disk is here, and taking one away. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: RegistryDisksOptions) {
    const { root, client, clock = systemClock, log = silentLogger, reserveBytes = defaultReserveBytes } = options;
    this.#o = options;
    this.#clock = clock;
    this.#log = log;
    this.#cache = new DiskCache(root);
    this.#known = new KnownImages(root);
    this.#puller = new DiskPuller({ client, cache: this.#cache, known: this.#known, clock, reserveBytes });
  }

  /** The disk, kept until `settle`. Throws VolumePendingError while it is on its way, and what went wrong last. */
  async obtain(wish: DiskWish): Promise<CachedDisk> {
    const key = keyOf(wish);
    let task = this.#tasks.get(key);
    if (task === undefined || this.#isOver(task, wish)) {
      task?.abort.abort(new Error("asked for anew"));
      task = this.#begin(wish, task !== undefined && isSameWish(task.wish, wish) ? task.failures : 0);
      this.#tasks.set(key, task);
    }
    const patience = new AbortController();
    await Promise.race([task.ended, this.#clock.sleep(patienceMs, patience.signal).catch(() => undefined)]);
    patience.abort(new Error("there is an answer"));
    const { outcome } = task;
    if (outcome === undefined) {
      task.awaited = true;
      throw new VolumePendingError(wish.volume);
    }
    if ("fault" in outcome) throw outcome.fault;
    return outcome.disk;
  }

  /** The disk of this digest when it is here. */
  find(digest: Digest): Promise<CachedDisk | undefined> {
    return this.#cache.find(digest);
  }

  /** The machine's own record says now that it stands on the disk. */
  settle({ uid, volume }: Pick<DiskWish, "uid" | "volume">): void {
    this.#tasks.delete(keyOf({ uid, volume }));
  }

  /** The machine wants nothing any more; what it alone waited for is given up. */
  release(uid: string): void {
    for (const [key, task] of this.#tasks) {
      if (task.wish.uid !== uid) continue;
      task.abort.abort(new Error("the machine is gone"));
      this.#tasks.delete(key);
    }
  }

  /** Machines may have left disks behind: removes what is too much of them, in the background. */
  tidy(): void {
    void this.#evict(this.#o.eviction ?? defaultEviction);
  }

  /** Gives everything up and resolves when nothing is at work. */
  async close(): Promise<void> {
    for (const task of this.#tasks.values()) task.abort.abort(new Error("the node agent is stopping"));
    this.#tasks.clear();
    await this.#puller.settled();
    await this.#turn;
  }

  #isOver({ outcome, wish: before }: Task, wish: DiskWish): boolean {
    if (!isSameWish(before, wish)) return true;
    return outcome !== undefined && "fault" in outcome && this.#clock.now() >= outcome.retryAt;
  }

  #begin(wish: DiskWish, failures: number): Task {
    const abort = new AbortController();
    const held = new Set<string>();
    const wanted = {
      ...wish,
      signal: abort.signal,
      onNews: wish.news.event,
      hold: (digest: Digest) => this.#exclusively(async () => void held.add(digest.text)),
    };
    const obtained = this.#puller.obtain(wanted);
    const task: Task = {
      wish,
      abort,
      held,
      failures,
      awaited: false,
      outcome: undefined,
      ended: obtained.then(
        (disk) => this.#end(task, { disk }),
        (fault: unknown) => this.#fail(task, fault),
      ),
    };
    return task;
  }

  async #fail(task: Task, fault: unknown): Promise<void> {
    task.failures += 1;
    const delay = backoffDelay(task.failures, this.#o.backoff ?? defaultBackoff);
    task.held.clear();
    if (isOutOfSpace(fault)) await this.#evict(nothingUnused);
    this.#end(task, { fault, retryAt: this.#clock.now() + delay });
  }

  #end(task: Task, outcome: NonNullable<Task["outcome"]>): void {
    if (task.abort.signal.aborted) return;
    task.outcome = outcome;
    if ("disk" in outcome) this.tidy();
    if (task.awaited) task.wish.news.settled();
  }

  async #evict(bounds: EvictionBounds): Promise<void> {
    try {
      await this.#exclusively(() => this.#evictNow(bounds));
    } catch (error) {
      this.#log.warn({ err: error }, "unused disks from registries could not be removed");
    }
  }

  async #evictNow(bounds: EvictionBounds): Promise<void> {
    const disks = await this.#cache.list();
    if (disks.length === 0) return;
    // Those held first: one that is pinned meanwhile is in the second list then.
    const held = [...this.#tasks.values()].flatMap((task) => [...task.held]);
    const inUse = new Set([...held, ...(await pinnedDisks(machinesFolder(this.#o.root)))]);
    const view = disks.map((disk) => ({ ...disk, digest: disk.digest.text }));
    const leaving = new Set(planEviction({ disks: view, inUse, now: this.#clock.now() }, bounds));
    for (const { digest, image, storedBytes } of disks) {
      if (!leaving.has(digest.text)) continue;
      this.#log.info({ digest: digest.text, image, storedBytes }, "removing a disk that no machine uses");
      await this.#known.forget(digest);
      await this.#cache.remove(digest);
    }
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

function keyOf({ uid, volume }: Pick<DiskWish, "uid" | "volume">): string {
  return `${uid}/${volume}`;
}

/** With other credentials there may be another answer. */
function isSameWish(a: DiskWish, b: DiskWish): boolean {
  return isDeepStrictEqual([a.image, a.pulledAs, a.credentials], [b.image, b.pulledAs, b.credentials]);
}
