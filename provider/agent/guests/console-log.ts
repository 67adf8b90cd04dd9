/**
 * What guests print on their serial consoles, one folder a machine: `<root>/logs/<uid>/console.log`. libvirt's virtlogd
 * writes the file and turns it over before it is large (`console.log.0` is the one before, and so on). It is made here
 * first, so that it belongs to this program and is closed to everybody else. It stays until the machine's object goes.
 */
import { constants } from "node:fs";
import { type FileHandle, open, readdir, rm, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { hasCode } from "../../runtime/error-code";
import { isUid, makeFolder } from "../volumes/files";

/** Bytes after which a log is emptied that virtlogd does not turn over, as when libvirt is set up without it. */
export const mostLogBytes = 16 * 1024 * 1024;
const fileName = "console.log";
/** Files that virtlogd may keep of one log. */
const mostTurnedOver = 16;
const blockBytes = 64 * 1024;
const followIntervalMs = 200;

export interface ReadLogOptions {
  /** Only so many lines from the end. Default: all that is kept. */
  readonly tailLines?: number | undefined;
  /** Asked now and then while following; the reading ends when nothing more can come. Absent: it ends at the end. */
  readonly isOver?: (() => Promise<boolean>) | undefined;
}

/** Up to where a log was read, for one who goes on later: the file, by its inode, whatever it is called by then. */
export interface LogPosition {
  readonly file: number;
  readonly offset: number;
}

/** What those who start, watch and end machines need of it. */
export type MachineLogs = Pick<ConsoleLogs, "prepare" | "remove" | "list" | "bound" | "readOn">;

export class ConsoleLogs {
  readonly #root: string;

  constructor(options: { readonly root: string }) {
    this.#root = join(options.root, "logs");
  }

  /** The log's path, for libvirt. What an earlier attempt to start the machine has left in it stays. */
  async prepare(uid: string): Promise<string> {
    const folder = this.#folderOf(uid);
    await makeFolder(folder);
    const path = join(folder, fileName);
    const { O_WRONLY, O_CREAT, O_NOFOLLOW } = constants;
    await (await open(path, O_WRONLY | O_CREAT | O_NOFOLLOW, 0o600)).close();
    return path;
  }

  /** No log is an answer. */
  async remove(uid: string): Promise<void> {
    await rm(this.#folderOf(uid), { recursive: true, force: true });
  }

  /** UIDs of the machines that have a log here. */
  async list(): Promise<readonly string[]> {
    return (await namesIn(this.#root)).filter(isUid);
  }

  /** Keeps logs within bounds that nobody else keeps there. */
  async bound(): Promise<void> {
    for (const uid of await this.list()) {
      const path = join(this.#folderOf(uid), fileName);
      try {
        if ((await stat(path)).size > mostLogBytes) await truncate(path);
      } catch (error) {
        if (!hasCode(error, "ENOENT")) throw error;
      }
    }
  }

  /** Undefined when there is no log of that machine. */
  async read(uid: string, options: ReadLogOptions = {}): Promise<AsyncIterable<Buffer> | undefined> {
    const folder = this.#folderOf(uid);
    const found = await openLog(join(folder, fileName));
    if (found === undefined) return undefined;
    // Opened anew by the reader: one who never begins leaves nothing open.
    await found.close();
    return this.#read(folder, options);
  }

  /** The folder in which something changes whenever the guest has printed something. */
  folderOf(uid: string): string {
    return this.#folderOf(uid);
  }

  /** What was printed after a position, or all that is kept, up to now; each block with the position at which it begins. */
  async *readOn(
    uid: string,
    after: LogPosition | undefined,
  ): AsyncGenerator<{ readonly block: Buffer; readonly position: LogPosition }> {
    const files = await openSince(this.#folderOf(uid), after?.file);
    try {
      for (const { handle, file } of files) {
        let offset = file === after?.file && (await handle.stat()).size >= after.offset ? after.offset : 0;
        for (;;) {
          const block = await readAt(handle, offset);
          if (block.length === 0) break;
          yield { block, position: { file, offset } };
          offset += block.length;
        }
      }
    } finally {
      for (const { handle } of files) await handle.close();
    }
  }

  async *#read(folder: string, { tailLines, isOver }: ReadLogOptions): AsyncGenerator<Buffer> {
    let current = await openLog(join(folder, fileName));
    if (current === undefined) return;
    try {
      let offset = (await current.stat()).size;
      yield* beginning(folder, current, { upTo: offset, tailLines });
      while (isOver !== undefined) {
        const over = await isOver();
        for (;;) {
          const block = await readAt(current, offset);
          if (block.length === 0) break;
          offset += block.length;
          yield block;
        }
        const next = await this.#successor(folder, current, offset);
        if (next !== undefined) {
          await current.close();
          current = next;
          offset = 0;
        } else if (over) return;
        else await sleep(followIntervalMs);
      }
    } finally {
      await current.close();
    }
  }

  /** The log once it is another file than the one that was read, or begins anew. */
  async #successor(folder: string, current: FileHandle, offset: number): Promise<FileHandle | undefined> {
    const next = await openLog(join(folder, fileName));
    if (next === undefined) return undefined;
    const [before, after] = [await current.stat(), await next.stat()];
    if (before.ino !== after.ino || after.size < offset) return next;
    await next.close();
    return undefined;
  }

  #folderOf(uid: string): string {
    if (!isUid(uid)) throw new Error(`${JSON.stringify(uid)} is not the UID of a machine`);
    return join(this.#root, uid);
  }
}

interface OpenLog {
  readonly handle: FileHandle;
  readonly file: number;
}

/**
 * The files of a log from this one on, the oldest first; all, when it is not among them. Opened from the newest on: one
 * that is turned over meanwhile is met twice, and none is passed over.
 */
async function openSince(folder: string, wanted: number | undefined): Promise<readonly OpenLog[]> {
  const files: OpenLog[] = [];
  for (let number = -1; number < mostTurnedOver; number += 1) {
    const handle = await openLog(join(folder, number < 0 ? fileName : `${fileName}.${number}`));
    if (handle === undefined) break;
    const { ino: file } = await handle.stat();
    if (files.some((known) => known.file === file)) await handle.close();
    else files.unshift({ handle, file });
    if (file === wanted) break;
  }
  return files;
}

/** What is kept so far, from the oldest on; or so many lines of it from the end. */
async function* beginning(
  folder: string,
  current: FileHandle,
  { upTo, tailLines }: { readonly upTo: number; readonly tailLines?: number | undefined },
): AsyncGenerator<Buffer> {
  const older = (await namesIn(folder))
    .flatMap((name) => /^console\.log\.(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((left, right) => left - right)
    .slice(0, mostTurnedOver);
  const kept: Buffer[] = [];
  let missing = tailLines ?? Number.POSITIVE_INFINITY;
  const take = async (file: FileHandle, size: number): Promise<void> => {
    const all = await readUpTo(file, size);
    const part = tailLines === undefined ? all : lastLines(all, missing);
    missing -= countLines(part);
    kept.unshift(part);
  };
  await take(current, upTo);
  for (const number of older) {
    if (missing <= 0) break;
    const file = await openLog(join(folder, `${fileName}.${number}`));
    if (file === undefined) continue;
    try {
      await take(file, (await file.stat()).size);
    } finally {
      await file.close();
    }
  }
  for (const part of kept) if (part.length > 0) yield part;
}

/** The last bytes of a file, as many as a log has at most. */
async function readUpTo(file: FileHandle, size: number): Promise<Buffer> {
  const length = Math.min(size, mostLogBytes);
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, size - length);
  return buffer.subarray(0, bytesRead);
}

async function readAt(file: FileHandle, offset: number): Promise<Buffer> {
  const buffer = Buffer.alloc(blockBytes);
  const { bytesRead } = await file.read(buffer, 0, blockBytes, offset);
  return buffer.subarray(0, bytesRead);
}

const newline = 0x0a;

/** A last line that is not at its end yet counts. */
function lastLines(text: Buffer, lines: number): Buffer {
  if (lines <= 0) return text.subarray(text.length);
  let start = text.length;
  let left = lines;
  while (start > 0) {
    const before = text.lastIndexOf(newline, start - (start === text.length ? 2 : 1));
    if (before < 0) return text;
    left -= 1;
    if (left === 0) return text.subarray(before + 1);
    start = before;
  }
  return text;
}

function countLines(text: Buffer): number {
  let count = text.length > 0 && text.at(-1) !== newline ? 1 : 0;
  for (let at = text.indexOf(newline); at >= 0; at = text.indexOf(newline, at + 1)) count += 1;
  return count;
}

/** Undefined when there is none, or it belongs to somebody who does not let it be read. */
async function openLog(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (hasCode(error, "ENOENT", "EACCES")) return undefined;
    throw error;
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}
