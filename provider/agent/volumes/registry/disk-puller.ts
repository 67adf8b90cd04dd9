/**
 * From a reference to a disk in the cache: finds out what the reference stands for, and pulls what is not there yet, once
 * for all who want it. When the registry cannot be asked, what is known of the reference decides as the pull policies of
 * Kubernetes do: `latest`, or no tag, waits for the registry (Always); any other tag and a digest go on with the disk that
 * is here (IfNotPresent).
 */
import { rm } from "node:fs/promises";
import type { Clock } from "../../../runtime/clock";
import type { Credentials } from "../../oci/credentials";
import type { Digest } from "../../oci/digest";
import { type ImageReference, isMoving } from "../../oci/image-reference";
import { isPassing, OciError } from "../../oci/oci-error";
import type { PullRequest, RegistryClient } from "../../oci/registry-client";
import type { ResolvedImage } from "../../oci/repository";
import type { CachedDisk, DiskCache } from "./disk-cache";
import { extractDisk } from "./extract-disk";
import type { KnownImages, PulledAs } from "./known-images";
import { formatBytes, PullProgress } from "./pull-progress";
import { SharedWork } from "./shared-work";

export interface WantedDisk {
  readonly image: ImageReference;
  readonly pulledAs: PulledAs;
  readonly credentials: Credentials | undefined;
  readonly signal: AbortSignal;
  readonly onNews: (news: PullNews) => void;
  /** Called with the disk's name before it is looked for, so that it is kept from then on. */
  readonly hold: (digest: Digest) => Promise<void>;
}

export interface PullNews {
  readonly type: "Normal" | "Warning";
  readonly reason: "Pulling" | "Pulled" | "RegistryUnavailable";
  readonly message: string;
}

export interface DiskPullerOptions {
  readonly client: RegistryClient;
  readonly cache: DiskCache;
  readonly known: KnownImages;
  readonly clock: Clock;
  readonly reserveBytes: number;
}

/** What a download says of itself to all who wait for it. */
type PullStep =
  | { readonly kind: "pulling"; readonly what: string }
  | { readonly kind: "pulled"; readonly summary: string };

/** How long a registry is waited for when the disk is here already. */
const freshnessPatienceMs = 5_000;
const mostRefusedRemembered = 256;

export class DiskPuller {
  readonly #o: DiskPullerOptions;
  readonly #pulls = new SharedWork<CachedDisk, PullStep>();
  /** Images that were looked into and not taken, so that nobody downloads them again to find the same. */
  readonly #refused = new Map<string, OciError>();

  constructor(options: DiskPullerOptions) {
    this.#o = options;
  }

  /** Throws OciError, faults of the disk, and the signal's reason. */
  async obtain(wanted: WantedDisk): Promise<CachedDisk> {
    const { client, cache, known, clock } = this.#o;
    const still = await this.#knownAndStill(wanted);
    if (still !== undefined) {
      wanted.onNews(newsOf({ kind: "here" }, wanted.pulledAs.reference));
      await cache.touch(still.digest, clock.now());
      return still;
    }
    const image = await client.open(wanted).resolve();
    const here = await this.#find(wanted, image.manifestDigest);
    if (here !== undefined) wanted.onNews(newsOf({ kind: "here" }, wanted.pulledAs.reference));
    const disk = here ?? (await this.#pull(wanted, image));
    await known.remember(wanted.pulledAs, image);
    await cache.touch(disk.digest, clock.now());
    return disk;
  }

  /** Resolves when nothing goes on any more. Those who want something have left before. */
  settled(): Promise<void> {
    return this.#pulls.settled();
  }

  async #find(wanted: WantedDisk, digest: Digest): Promise<CachedDisk | undefined> {
    await wanted.hold(digest);
    return this.#o.cache.find(digest);
  }

  /** The disk that the reference is known to stand for, when it is here and the registry has not moved it. */
  async #knownAndStill(wanted: WantedDisk): Promise<CachedDisk | undefined> {
    const { known, client } = this.#o;
    const image = await known.recall(wanted.pulledAs);
    const disk = image === undefined ? undefined : await this.#find(wanted, image.manifestDigest);
    if (image === undefined || disk === undefined) return undefined;
    if (wanted.image.digest !== undefined) return disk;
    const patience = AbortSignal.timeout(freshnessPatienceMs);
    try {
      const request: PullRequest = { ...wanted, attempts: 1, signal: AbortSignal.any([wanted.signal, patience]) };
      const current = await client.open(request).currentDigest();
      return current?.text === image.digest.text ? disk : undefined;
    } catch (error) {
      wanted.signal.throwIfAborted();
      const fault = patience.aborted ? noAnswer(wanted.image, error) : error;
      if (!(fault instanceof OciError) || !isPassing(fault) || isMoving(wanted.image)) throw fault;
      wanted.onNews({
        type: "Warning",
        reason: "RegistryUnavailable",
        message: `${fault.message}; image "${wanted.pulledAs.reference}" is used as it was pulled last`,
      });
      return disk;
    }
  }

  #pull(wanted: WantedDisk, image: ResolvedImage): Promise<CachedDisk> {
    const key = image.manifestDigest.text;
    const refused = this.#refused.get(key);
    if (refused !== undefined) throw refused;
    return this.#pulls.join(
      key,
      async (signal, tell) => {
        try {
          return await this.#download({ ...wanted, signal }, image, tell);
        } catch (error) {
          if (error instanceof OciError && error.reason === "Refused") this.#rememberRefused(key, error);
          throw error;
        }
      },
      { signal: wanted.signal, onProgress: (step) => wanted.onNews(newsOf(step, wanted.pulledAs.reference)) },
    );
  }

  async #download(request: PullRequest & { pulledAs: PulledAs }, image: ResolvedImage, tell: (step: PullStep) => void) {
    const { client, cache, clock, reserveBytes } = this.#o;
    const { manifest, manifestDigest } = image;
    // Between the look into the cache and now, another may have finished.
    const here = await cache.find(manifestDigest);
    if (here !== undefined) return here;
    const total = manifest.layers.reduce((sum, { size }) => sum + size, 0);
    const progress = new PullProgress(total, clock);
    tell({ kind: "pulling", what: formatBytes(total) });
    const repository = client.open(request);
    await repository.checkConfig(manifest);
    const staging = await cache.newStaging();
    try {
      const disk = await extractDisk({
        layers: manifest.layers,
        open: (layer) => repository.blob(layer),
        folder: staging,
        reserveBytes,
        onBytes: (bytes) => {
          const words = progress.add(bytes);
          if (words !== undefined) tell({ kind: "pulling", what: words });
        },
      });
      request.signal.throwIfAborted();
      const published = await cache.publish(staging, disk, {
        digest: manifestDigest,
        image: request.pulledAs.reference,
      });
      tell({ kind: "pulled", summary: progress.summary() });
      return published;
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  }

  #rememberRefused(key: string, error: OciError): void {
    this.#refused.set(key, error);
    const oldest = this.#refused.keys().next().value;
    if (this.#refused.size > mostRefusedRemembered && oldest !== undefined) this.#refused.delete(oldest);
  }
}

function newsOf(step: PullStep | { readonly kind: "here" }, reference: string): PullNews {
  const type = "Normal";
  switch (step.kind) {
    case "here":
      return { type, reason: "Pulled", message: `Image "${reference}" is on this node already` };
    case "pulling":
      return { type, reason: "Pulling", message: `Pulling image "${reference}" (${step.what})` };
    case "pulled":
      return { type, reason: "Pulled", message: `Successfully pulled image "${reference}" (${step.summary})` };
  }
}

function noAnswer({ registry }: ImageReference, cause: unknown): OciError {
  const words = `${registry} cannot be reached: no answer within ${freshnessPatienceMs / 1000} s`;
  return new OciError(words, { reason: "Unreachable", cause });
}
