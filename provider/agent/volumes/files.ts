/**
 * The few things this folder does with files: names that stay inside their folder, folders that QEMU's user may pass
 * through but not list, and files that appear complete or not at all.
 */
import { randomBytes } from "node:crypto";
import { chmod, lstat, mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Other users may enter, not list: QEMU opens images by their path. */
export const folderMode = 0o711;
export const fileMode = 0o600;

/** A name of Kubernetes (RFC 1123 subdomain): no separator, no leading dot, so never a way out of a folder. */
const objectName = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const uid = /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/;

export function isObjectName(name: string): boolean {
  return objectName.test(name);
}

export function isUid(name: string): boolean {
  return uid.test(name);
}

export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.some((code) => error.code === code);
}

/** Makes a folder and what is missing above it, each with folderMode whatever the umask. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (hasCode(error, "EEXIST")) {
      return;
    }
    if (!hasCode(error, "ENOENT") || dirname(path) === path) {
      throw error;
    }
    await makeFolder(dirname(path));
    return makeFolder(path);
  }
  await chmod(path, folderMode);
}

/** Size of a regular file; undefined when there is none. A link or anything else in its place is an error. */
export async function regularFileSize(path: string): Promise<number | undefined> {
  try {
    const entry = await lstat(path);
    if (!entry.isFile()) {
      throw new Error(`${path} is not a regular file; remove it`);
    }
    return entry.size;
  } catch (error) {
    if (hasCode(error, "ENOENT")) {
      return undefined;
    }
    throw error;
  }
}

export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Lets `write` fill a new file of fileMode and then gives it its final name. A reader sees no file, the old one, or the
 * new one whole; a crash leaves at most a file whose name starts with a dot, which goes with its folder.
 */
export async function writeWhole(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}`);
  const handle = await open(temporary, "wx", fileMode);
  try {
    await handle.close();
    await write(temporary);
    await syncPath(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncPath(dirname(path));
}
