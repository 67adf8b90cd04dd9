/**
 * The entries of a tar archive, one after the other, each with its content as a stream. Written here, and not taken from a
 * library, for its bounds: extended headers are small and few, and each costs what it holds, since the archives come
 * from strangers and are read by the process that serves the API (docs/decisions/tar-reader.md).
 */
import { malformed, paddingOf, parsePaxRecords, parseTarHeader, type TarType, tarBlockBytes } from "./tar-header";
import { isZero } from "./zeros";

export interface TarEntry {
  readonly name: string;
  readonly type: Exclude<TarType, "pax" | "pax for all" | "long name" | "long link name">;
  readonly size: number;
  /** What is not read of it is skipped. */
  readonly content: AsyncIterable<Buffer>;
}

/** A name has at most 4096 bytes on Linux; programs add times, owners and attributes. */
const mostHeaderBytes = 64 * 1024;

export async function* tarEntries(source: AsyncIterable<Buffer>): AsyncGenerator<TarEntry, void, void> {
  const input = new Blocks(source);
  try {
    let extended: ReadonlyMap<string, string> | undefined;
    let longName: string | undefined;
    for (;;) {
      const block = await input.block();
      const header = block === undefined ? undefined : parseTarHeader(block);
      if (header === undefined) break;
      switch (header.type) {
        case "pax":
          if (extended !== undefined) throw malformed("two extended headers for one entry");
          extended = parsePaxRecords(await input.whole(header.size));
          continue;
        case "long name":
          longName = (await input.whole(header.size)).toString("utf8").replace(/\0+$/, "");
          continue;
        case "long link name":
          await input.whole(header.size);
          continue;
        case "pax for all":
          if (namesContent(parsePaxRecords(await input.whole(header.size)))) {
            throw malformed("a global header that renames or resizes what follows");
          }
          continue;
        default: {
          if (extended !== undefined && [...extended.keys()].some((key) => key.startsWith("GNU.sparse."))) {
            throw malformed("a sparse entry: pack it without --sparse");
          }
          const size = sizeOf(extended?.get("size"), header.size);
          const name = extended?.get("path") ?? longName ?? header.name;
          const body = header.type === "file" ? size : 0;
          if (body !== size) throw malformed(`a ${header.type} with content`);
          const content = input.content(body);
          yield { name, type: header.type, size, content };
          await input.skip(input.unread + paddingOf(body));
          [extended, longName] = [undefined, undefined];
        }
      }
    }
    // Archives are padded with zeros; anything else would be seen by some readers and not by others.
    await input.onlyZerosLeft();
  } finally {
    await input.close();
  }
}

function namesContent(records: ReadonlyMap<string, string>): boolean {
  return [...records.keys()].some((key) => key === "path" || key === "size" || key.startsWith("GNU.sparse."));
}

function sizeOf(record: string | undefined, size: number): number {
  if (record === undefined) return size;
  const given = Number(record);
  if (!/^[0-9]{1,16}$/.test(record) || !Number.isSafeInteger(given)) throw malformed("a size that is none");
  return given;
}

/** Reads exact numbers of bytes from pieces of any size. */
class Blocks {
  readonly #iterator: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);
  /** Bytes of the content begun last that nobody has read. */
  unread = 0;

  constructor(source: AsyncIterable<Buffer>) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  /** Undefined at the end of the source. */
  async block(): Promise<Buffer | undefined> {
    if (this.#rest.length === 0 && !(await this.#more())) return undefined;
    return this.#exactly(tarBlockBytes);
  }

  /** An extended header's content. */
  async whole(size: number): Promise<Buffer> {
    if (size > mostHeaderBytes) throw malformed(`an extended header of more than ${mostHeaderBytes} bytes`);
    const bytes = await this.#exactly(size);
    await this.skip(paddingOf(size));
    return bytes;
  }

  content(size: number): AsyncGenerator<Buffer, void, void> {
    this.unread = size;
    return this.#remaining();
  }

  async *#remaining(): AsyncGenerator<Buffer, void, void> {
    while (this.unread > 0) {
      if (this.#rest.length === 0 && !(await this.#more())) throw malformed("an end in the middle of a file");
      const piece = this.#take(this.unread);
      this.unread -= piece.length;
      yield piece;
    }
  }

  async skip(size: number): Promise<void> {
    for await (const _ of this.content(size));
  }

  async onlyZerosLeft(): Promise<void> {
    do {
      if (!isZero(this.#rest)) throw malformed("something behind its end");
      this.#rest = Buffer.alloc(0);
    } while (await this.#more());
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }

  async #exactly(size: number): Promise<Buffer> {
    if (this.#rest.length >= size) return this.#take(size);
    const pieces: Buffer[] = [];
    for await (const piece of this.content(size)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  #take(most: number): Buffer {
    const piece = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }

  /** False at the end of the source. */
  async #more(): Promise<boolean> {
    for (;;) {
      const next = await this.#iterator.next();
      if (next.done === true) return false;
      if (next.value.length > 0) {
        this.#rest = next.value;
        return true;
      }
    }
  }
}
