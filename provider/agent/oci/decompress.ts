/**
 * A layer's bytes → its archive's bytes: gzip, zstd or none, told by the first bytes as container runtimes do. What comes
 * out is bounded, in all and in proportion to what went in, so that a few kilobytes cannot keep a node busy for hours.
 */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import zlib from "node:zlib";
import { OciError } from "./oci-error";
import { beginsZstd, zstdFrames } from "./zstd-frames";

export interface InflationBounds {
  /** Bytes that may come out of one layer. */
  readonly mostBytes: number;
  /** Bytes that may come out whatever went in. */
  readonly freeBytes: number;
  /** Bytes out for each byte in, beyond that. gzip reaches 1032 with zeros. */
  readonly mostRatio: number;
}

export const defaultInflation: InflationBounds = { mostBytes: 2 ** 40, freeBytes: 2 ** 30, mostRatio: 2000 };

const gzipMagic = Buffer.from([0x1f, 0x8b]);
const longestMagic = 4;
const outputBytes = 256 * 1024;
/** 128 MiB, what zstd's own program accepts unless told otherwise; a frame may ask for far more memory. */
const mostWindowLog = 27;

export async function* decompress(
  source: AsyncIterable<Buffer>,
  bounds: InflationBounds = defaultInflation,
): AsyncGenerator<Buffer, void, void> {
  const input = new CountedInput(source);
  let bytesOut = 0;
  for await (const piece of decode(input, await input.peek(longestMagic))) {
    bytesOut += piece.length;
    const allowed = Math.min(bounds.mostBytes, bounds.freeBytes + bounds.mostRatio * input.bytes);
    if (bytesOut > allowed) {
      throw new OciError(
        `a layer of the image unpacks to more than ${allowed} bytes, which is more than is taken for its size`,
        { reason: "Refused" },
      );
    }
    yield piece;
  }
}

function decode(input: CountedInput, start: Buffer): AsyncGenerator<Buffer, void, void> {
  if (start.subarray(0, gzipMagic.length).equals(gzipMagic)) {
    return decoded(input, input.pieces(), zlib.createGunzip({ chunkSize: outputBytes }));
  }
  if (beginsZstd(start)) return decoded(input, zstdFrames(input.pieces()), makeZstd());
  return input.pieces();
}

function makeZstd(): zlib.ZstdDecompress {
  // Node.js has it since 22.15 and 23.8.
  if (typeof zlib.createZstdDecompress !== "function") {
    throw new OciError(
      `the image is compressed with zstd, which Node.js ${process.versions.node} cannot read; run the engine with 22.15 or newer, or pack the image with gzip`,
      { reason: "Refused" },
    );
  }
  return zlib.createZstdDecompress({
    chunkSize: outputBytes,
    params: { [zlib.constants.ZSTD_d_windowLogMax]: mostWindowLog },
  });
}

/** Faults of the source come out as they are; the decoder's own mean that the layer is no such archive. */
async function* decoded(
  input: CountedInput,
  pieces: AsyncGenerator<Buffer, void, void>,
  decoder: zlib.Gunzip | zlib.ZstdDecompress,
): AsyncGenerator<Buffer, void, void> {
  let fault: unknown;
  const feeding = pipeline(Readable.from(pieces, { objectMode: true, highWaterMark: 1 }), decoder).catch(
    (error: unknown) => {
      fault = error;
    },
  );
  try {
    for await (const piece of decoder as AsyncIterable<Buffer>) yield piece;
  } catch (error) {
    fault ??= error;
  } finally {
    decoder.destroy();
    await feeding;
  }
  if (input.fault !== undefined) throw input.fault;
  if (fault instanceof OciError) throw fault;
  if (fault !== undefined) {
    throw new OciError("a layer of the image is compressed data that cannot be read to its end", {
      reason: "Refused",
      cause: fault,
    });
  }
}

class CountedInput {
  readonly #iterator: AsyncIterator<Buffer>;
  #head = Buffer.alloc(0);
  #ended = false;
  /** Bytes that were taken from the source. */
  bytes = 0;
  /** What the source threw. */
  fault: unknown;

  constructor(source: AsyncIterable<Buffer>) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  /** The first bytes, fewer when there are no more; they come again from `pieces`. */
  async peek(count: number): Promise<Buffer> {
    while (this.#head.length < count && !this.#ended) {
      const next = await this.#next();
      if (next !== undefined) this.#head = Buffer.concat([this.#head, next]);
    }
    return this.#head.subarray(0, count);
  }

  async *pieces(): AsyncGenerator<Buffer, void, void> {
    try {
      if (this.#head.length > 0) yield this.#head;
      for (let piece = await this.#next(); piece !== undefined; piece = await this.#next()) yield piece;
    } finally {
      if (!this.#ended) await this.#iterator.return?.();
    }
  }

  async #next(): Promise<Buffer | undefined> {
    try {
      const { value, done } = await this.#iterator.next();
      if (done === true) {
        this.#ended = true;
        return undefined;
      }
      this.bytes += value.length;
      return value;
    } catch (error) {
      this.#ended = true;
      this.fault = error;
      throw error;
    }
  }
}
