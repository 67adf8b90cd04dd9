/**
 * Images of one repository as a pull sees them: what a reference stands for now, the manifest of this node's platform,
 * and its blobs. Everything that is handed out matches the digest and size it was asked by.
 */
import type { IncomingMessage } from "node:http";
import { type Clock, systemClock } from "../../runtime/clock";
import { blobStream } from "./blob-stream";
import type { Credentials } from "./credentials";
import { type Digest, matches, parseDigest, sha256Of } from "./digest";
import { httpExchange, readBounded } from "./http-exchange";
import type { ImageReference } from "./image-reference";
import {
  checkConfig,
  choosePlatform,
  type Descriptor,
  type ImageIndex,
  type ImageManifest,
  mediaTypes,
  mostManifestBytes,
  parseManifest,
} from "./manifest";
import { OciError } from "./oci-error";
import { RegistrySession } from "./registry-session";

export interface RegistrySettings {
  /** As images spell it: `amd64`, `arm64`. */
  readonly architecture: string;
  /** Registries (`host` or `host:port`) that may be spoken to without TLS. Those of this machine always may. */
  readonly insecure?: readonly string[];
  /** Certificates in PEM that are trusted besides the usual ones. */
  readonly authorities?: readonly string[];
  /** Milliseconds of silence after which a connection is given up. Default 30 s. */
  readonly silenceMs?: number;
  readonly clock?: Clock;
}

export interface PullRequest {
  readonly image: ImageReference;
  readonly credentials: Credentials | undefined;
  readonly signal: AbortSignal;
  /** Times that a request is sent before its failure is final. Default 4. */
  readonly attempts?: number;
}

/** An image of this node's platform. */
export interface ResolvedImage {
  /** What the reference stands for: a manifest, or an index. */
  readonly digest: Digest;
  /** Of the manifest: names the image. */
  readonly manifestDigest: Digest;
  readonly manifest: ImageManifest;
}

const accept = [...mediaTypes.manifest, ...mediaTypes.index].join(", ");
const defaultSilenceMs = 30_000;
const defaultAttempts = 4;

export class RegistryClient {
  readonly #settings: RegistrySettings;
  readonly #clock: Clock;
  readonly #insecure: ReadonlySet<string>;

  constructor(settings: RegistrySettings) {
    this.#settings = settings;
    this.#clock = settings.clock ?? systemClock;
    this.#insecure = new Set(settings.insecure?.map((registry) => registry.toLowerCase()));
  }

  /** What the reference stands for, by a request that counts as no pull; undefined when the registry does not say. */
  async currentDigest(request: PullRequest): Promise<Digest | undefined> {
    const { image } = request;
    const path = `manifests/${image.digest?.text ?? image.tag}`;
    const response = await this.#session(request).ask({ path, method: "HEAD", headers: { accept } });
    response.destroy();
    const header = response.headers["docker-content-digest"];
    return parseDigest(Array.isArray(header) ? undefined : header);
  }

  async resolve(request: PullRequest): Promise<ResolvedImage> {
    const session = this.#session(request);
    const { image } = request;
    const top = await fetchManifest(session, image, image.digest);
    if (top.document.kind === "manifest") {
      return { digest: top.digest, manifestDigest: top.digest, manifest: top.document };
    }
    const { digest, size } = choosePlatform(top.document, this.#settings.architecture);
    const inner = await fetchManifest(session, image, digest);
    if (inner.size !== size || inner.document.kind !== "manifest") {
      throw new OciError("the image's index leads to something else than it says", { reason: "Refused" });
    }
    return { digest: top.digest, manifestDigest: digest, manifest: inner.document };
  }

  /** Fetches the image's configuration and compares it with the manifest. */
  async checkConfig(request: PullRequest, manifest: ImageManifest): Promise<void> {
    const { config } = manifest;
    if (config.size > mostManifestBytes) {
      throw new OciError(`the image's configuration is longer than ${mostManifestBytes} bytes`, { reason: "Refused" });
    }
    const pieces: Buffer[] = [];
    for await (const piece of this.blob(request, config)) pieces.push(piece);
    checkConfig(Buffer.concat(pieces), manifest);
  }

  blob(request: PullRequest, descriptor: Descriptor): AsyncGenerator<Buffer, void, void> {
    const session = this.#session(request);
    return blobStream(descriptor, {
      open: (offset) => openBlob(session, descriptor, offset),
      clock: this.#clock,
      signal: request.signal,
    });
  }

  #session({ image, credentials, signal, attempts = defaultAttempts }: PullRequest): RegistrySession {
    const { silenceMs = defaultSilenceMs, authorities = [] } = this.#settings;
    return new RegistrySession({
      image,
      credentials,
      signal,
      attempts,
      clock: this.#clock,
      insecure: this.#insecure,
      exchange: httpExchange({ silenceMs, authorities }),
    });
  }
}

function openBlob(session: RegistrySession, { digest }: Descriptor, offset: number): Promise<IncomingMessage> {
  // Compressed on the way, the bytes would be counted and compared as something else.
  const headers: Record<string, string> = { "accept-encoding": "identity" };
  if (offset > 0) headers.range = `bytes=${offset}-`;
  return session.ask({ path: `blobs/${digest.text}`, headers });
}

interface FetchedManifest {
  readonly digest: Digest;
  readonly size: number;
  readonly document: ImageManifest | ImageIndex;
}

async function fetchManifest(
  session: RegistrySession,
  image: ImageReference,
  digest: Digest | undefined,
): Promise<FetchedManifest> {
  const response = await session.ask({
    path: `manifests/${digest?.text ?? image.tag}`,
    headers: { accept, "accept-encoding": "identity" },
  });
  const bytes = await readBounded(response, mostManifestBytes, "the image's manifest");
  if (digest !== undefined && !matches(digest, bytes)) {
    throw new OciError(`the registry sent another manifest than ${digest.text} names`, { reason: "Corrupt" });
  }
  const mediaType = (response.headers["content-type"] ?? "").split(";")[0]?.trim() ?? "";
  return { digest: digest ?? sha256Of(bytes), size: bytes.length, document: parseManifest(bytes, mediaType) };
}
