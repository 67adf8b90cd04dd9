/**
 * A blob as a stream of bytes that are what its digest names: a connection that breaks is taken up where it broke, more or
 * fewer bytes than declared are an error, and so are others. Only a stream that was read to its end has been checked.
 */
import type { IncomingMessage } from "node:http";
import { backoffDelay } from "../../runtime/backoff";
import type { Clock } from "../../runtime/clock";
import { hashFor } from "./digest";
import type { Descriptor } from "./manifest";
import { isPassing, OciError } from "./oci-error";

export interface BlobSource {
  /** Opens the blob from this byte on. */
  readonly open: (offset: number) => Promise<IncomingMessage>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Breaks in a row, without a byte between them, after which the download has failed. */
const mostFruitlessBreaks = 4;
const breakDelays = { initial: 250, max: 5_000 };

export async function* blobStream(descriptor: Descriptor, source: BlobSource): AsyncGenerator<Buffer, void, void> {
  const { digest, size } = descriptor;
  const hash = hashFor(digest);
  let offset = 0;
  for await (const piece of resumed(descriptor, source)) {
    offset += piece.length;
    hash.update(piece);
    yield piece;
  }
  const found = hash.digest("hex");
  if (offset !== size || found !== digest.hex) {
    throw new OciError(
      `the registry sent other bytes than ${digest.text} names (${digest.algorithm}:${found}); they were thrown away`,
      { reason: "Corrupt" },
    );
  }
}

/** Exactly as many bytes as declared, from as many connections as it takes. */
async function* resumed({ digest, size }: Descriptor, source: BlobSource): AsyncGenerator<Buffer, void, void> {
  const { clock, signal } = source;
  let offset = 0;
  let breaks = 0;
  while (offset < size || size === 0) {
    const before = offset;
    let fault: unknown;
    try {
      for await (const piece of bodyFrom(await source.open(offset), offset)) {
        offset += piece.length;
        if (offset > size) {
          throw new OciError(`the registry sends more than the ${size} bytes of ${digest.text}`, { reason: "Corrupt" });
        }
        yield piece;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof OciError && !isPassing(error)) throw error;
      fault = error;
    }
    if (offset >= size) return;
    breaks = offset > before ? 1 : breaks + 1;
    if (breaks > mostFruitlessBreaks) {
      throw new OciError(`the download of ${digest.text} broke off at ${offset} of ${size} bytes, again and again`, {
        reason: "Unreachable",
        cause: fault,
      });
    }
    await clock.sleep(backoffDelay(breaks, breakDelays), signal);
  }
}

/** A server that knows no ranges starts over: what is known of it already is skipped. */
async function* bodyFrom(response: IncomingMessage, offset: number): AsyncGenerator<Buffer, void, void> {
  let skip = 0;
  if (offset > 0) {
    const start = /^bytes (\d+)-/.exec(response.headers["content-range"] ?? "")?.[1];
    if (response.statusCode === 206 && Number(start) !== offset) {
      response.destroy();
      throw new OciError("the registry answers with another range than was asked for", { reason: "Corrupt" });
    }
    if (response.statusCode === 200) skip = offset;
  }
  for await (const piece of response as AsyncIterable<Buffer>) {
    const skipped = Math.min(skip, piece.length);
    skip -= skipped;
    if (skipped < piece.length) yield piece.subarray(skipped);
  }
}
