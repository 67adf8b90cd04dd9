/**
 * The frames of a zstd stream, cut so that no piece reaches from one into the next: Node.js ends quietly at the first frame
 * when a piece holds the beginning of a second. Layers have many frames where they were made for partial downloads, with
 * skippable ones between them, which are left out. Layout: RFC 8878.
 */
import { ByteReader } from "./byte-reader";
import { OciError } from "./oci-error";

const frameMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a50;
const blockTypes = { raw: 0, repeated: 1, compressed: 2 } as const;

/** By the first four bytes; a stream may begin with a frame that says nothing. */
export function beginsZstd(start: Buffer): boolean {
  return start.length >= 4 && (start.readUInt32LE() === frameMagic || isSkippable(start.readUInt32LE()));
}

export async function* zstdFrames(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  const input = new ByteReader(source, broken);
  try {
    while (!(await input.atEnd())) {
      const start = await input.exactly(4);
      const magic = start.readUInt32LE();
      if (isSkippable(magic)) await input.skip((await input.exactly(4)).readUInt32LE());
      else if (magic === frameMagic) yield* frame(start, input);
      else throw broken();
    }
  } finally {
    await input.close();
  }
}

function isSkippable(magic: number): boolean {
  return (magic & 0xfffffff0) >>> 0 === skippableMagic;
}

async function* frame(start: Buffer, input: ByteReader): AsyncGenerator<Buffer, void, void> {
  const descriptor = await input.exactly(1);
  const flags = descriptor.readUInt8();
  const isSingle = (flags & 0x20) !== 0;
  const contentSizeBytes = [isSingle ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  const dictionaryBytes = [0, 1, 2, 4][flags & 3] ?? 0;
  const rest = await input.exactly((isSingle ? 0 : 1) + dictionaryBytes + contentSizeBytes);
  yield Buffer.concat([start, descriptor, rest]);
  for (let isLast = false; !isLast; ) {
    const head = await input.exactly(3);
    const word = head.readUIntLE(0, 3);
    isLast = (word & 1) !== 0;
    const type = (word >> 1) & 3;
    if (type > blockTypes.compressed) throw broken();
    yield Buffer.concat([head, await input.exactly(type === blockTypes.repeated ? 1 : word >> 3)]);
  }
  if ((flags & 4) !== 0) yield await input.exactly(4);
}

function broken(): OciError {
  return new OciError("a layer of the image is zstd data that cannot be read to its end", { reason: "Refused" });
}
