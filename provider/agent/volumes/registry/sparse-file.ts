/**
 * A new file that takes room only where its content is not zero. The node's last free space is left to running guests,
 * which stop when they cannot write: a file that would take it ends as a full disk does.
 */
import { type FileHandle, open, statfs } from "node:fs/promises";
import { fileMode } from "../../../runtime/whole-file";
import { isZero } from "../../oci/zeros";

export interface SparseFileOptions {
  /** Bytes of the file system that stay free. */
  readonly reserveBytes: number;
}

/** Holes are made of whole blocks of this size, which every usual file system's own divides. */
const blockBytes = 64 * 1024;
const bytesBetweenLooks = 64 * 1024 * 1024;

/** Counts as a full disk, by its code. */
class ReserveError extends Error {
  readonly code = "ENOSPC";
  constructor(reserveBytes: number) {
    super(`the last ${reserveBytes} bytes of the disk are left free`);
    this.name = "ReserveError";
  }
}

export class SparseFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #reserveBytes: number;
  #offset = 0;
  #unlooked = Number.POSITIVE_INFINITY;

  private constructor(path: string, handle: FileHandle, { reserveBytes }: SparseFileOptions) {
    this.#path = path;
    this.#handle = handle;
    this.#reserveBytes = reserveBytes;
  }

  /** A file that exists is an error. */
  static async create(path: string, options: SparseFileOptions): Promise<SparseFile> {
    return new SparseFile(path, await open(path, "wx", fileMode), options);
  }

  async write(piece: Buffer): Promise<void> {
    let pending = 0;
    for (let start = 0; start < piece.length; ) {
      const end = Math.min(piece.length, start + blockBytes - ((this.#offset + start) % blockBytes));
      if (isZero(piece.subarray(start, end))) {
        await this.#writeAt(piece.subarray(pending, start), this.#offset + pending);
        pending = end;
      }
      start = end;
    }
    await this.#writeAt(piece.subarray(pending), this.#offset + pending);
    this.#offset += piece.length;
  }

  /** Bytes written so far, zeros included; on the disk when this resolves. The file is closed. */
  async finish(mode: number): Promise<number> {
    await this.#handle.truncate(this.#offset);
    await this.#handle.chmod(mode);
    await this.#handle.sync();
    await this.#handle.close();
    return this.#offset;
  }

  /** Gives the file up as it is. Closing it twice is no error. */
  async abandon(): Promise<void> {
    await this.#handle.close();
  }

  async #writeAt(bytes: Buffer, position: number): Promise<void> {
    if (bytes.length === 0) return;
    await this.#look(bytes.length);
    for (let done = 0; done < bytes.length; ) {
      done += (await this.#handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
    }
  }

  async #look(bytes: number): Promise<void> {
    this.#unlooked += bytes;
    if (this.#unlooked < bytesBetweenLooks) return;
    this.#unlooked = 0;
    const { bavail, bsize } = await statfs(this.#path);
    if (bavail * bsize < this.#reserveBytes + bytes) throw new ReserveError(this.#reserveBytes);
  }
}
