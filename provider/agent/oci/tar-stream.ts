/**
 * The entries of a tar archive, one after the other, each with its content as a stream. Written here, and not taken from a
 * library, for its bounds: extended headers are small and few, and each costs what it holds, since the archives come
 * from strangers and are read by the process that serves the API (docs/decisions/tar-reader.md).
 */
import { ByteReader } from "./byte-reader";
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
  const input = new ByteReader(source, () => malformed("an end in the middle of a file"));
  try {
    let extended: ReadonlyMap<string, string> | undefined;
    let longName: string | undefined;
    for (;;) {
      const header = (await input.atEnd()) ? undefined : parseTarHeader(await input.exactly(tarBlockBytes));
      if (header === undefined) break;
      switch (header.type) {
        case "pax":
          if (extended !== undefined) throw malformed("two extended headers for one entry");
          extended = parsePaxRecords(await whole(input, header.size));
          continue;
        case "long name":
          longName = (await whole(input, header.size)).toString("utf8").replace(/\0+$/, "");
          continue;
        case "long link name":
          await whole(input, header.size);
          continue;
        case "pax for all":
          if (namesContent(parsePaxRecords(await whole(input, header.size)))) {
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
          const content = input.part(body);
          yield { name, type: header.type, size, content };
          await input.skip(input.unread + paddingOf(body));
          [extended, longName] = [undefined, undefined];
        }
      }
    }
    await onlyZerosLeft(input);
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

/** An extended header's content. */
async function whole(input: ByteReader, size: number): Promise<Buffer> {
  if (size > mostHeaderBytes) throw malformed(`an extended header of more than ${mostHeaderBytes} bytes`);
  const bytes = await input.exactly(size);
  await input.skip(paddingOf(size));
  return bytes;
}

/** Archives are padded with zeros; anything else would be seen by some readers and not by others. */
async function onlyZerosLeft(input: ByteReader): Promise<void> {
  while (!(await input.atEnd())) {
    if (!isZero(await input.next())) throw malformed("something behind its end");
  }
}
