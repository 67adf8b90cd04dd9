/**
 * One repository as a pull sees it: what a reference stands for now, the manifest of this node's platform, and its blobs.
 * Everything that is handed out matches the digest and size it was asked by. One sign-in serves them all.
 */
import type { IncomingMessage } from "node:http";
import type { Clock } from "../../runtime/clock";
import { blobStream } from "./blob-stream";
import { type Digest, matches, parseDigest, sha256Of } from "./digest";
import { readBounded } from "./http-exchange";
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
import type { RegistrySession } from "./registry-session";

/** An image of this node's platform. */
export interface ResolvedImage {
  /** What the reference stands for: a manifest, or an index. */
  readonly digest: Digest;
  /** Of the manifest: names the image. */
  readonly manifestDigest: Digest;
  readonly manifest: ImageManifest;
}

export interface RepositoryOptions {
  readonly session: RegistrySession;
  readonly image: ImageReference;
  /** As images spell it: `amd64`, `arm64`. */
  readonly architecture: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const accept = [...mediaTypes.manifest, ...mediaTypes.index].join(", ");

export class Repository {
  readonly #o: RepositoryOptions;

  constructor(options: RepositoryOptions) {
    this.#o = options;
  }

  /** What the reference stands for, by a request that counts as no pull; undefined when the registry does not say. */
  async currentDigest(): Promise<Digest | undefined> {
    const { session, image } = this.#o;
    const path = `manifests/${image.digest?.text ?? image.tag}`;
    const response = await session.ask({ path, method: "HEAD", headers: { accept } });
    response.destroy();
    const header = response.headers["docker-content-digest"];
    return parseDigest(Array.isArray(header) ? undefined : header);
  }

  async resolve(): Promise<ResolvedImage> {
    const { session, image, architecture } = this.#o;
    const top = await fetchManifest(session, image, image.digest);
    if (top.document.kind === "manifest") {
      return { digest: top.digest, manifestDigest: top.digest, manifest: top.document };
    }
    const { digest, size } = choosePlatform(top.document, architecture);
    const inner = await fetchManifest(session, image, digest);
    if (inner.size !== size || inner.document.kind !== "manifest") {
      throw new OciError("the image's index leads to something else than it says", { reason: "Refused" });
    }
    return { digest: top.digest, manifestDigest: digest, manifest: inner.document };
  }

  /** Fetches the image's configuration and compares it with the manifest. */
  async checkConfig(manifest: ImageManifest): Promise<void> {
    const { config } = manifest;
    if (config.size > mostManifestBytes) {
      throw new OciError(`the image's configuration is longer than ${mostManifestBytes} bytes`, { reason: "Refused" });
    }
    const pieces: Buffer[] = [];
    for await (const piece of this.blob(config)) pieces.push(piece);
    checkConfig(Buffer.concat(pieces), manifest);
  }

  blob(descriptor: Descriptor): AsyncGenerator<Buffer, void, void> {
    const { session, clock, signal } = this.#o;
    return blobStream(descriptor, { open: (offset) => openBlob(session, descriptor, offset), clock, signal });
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
