/**
 * The few things this folder does with files: names that stay inside their folder, and folders that QEMU's user may pass
 * through but not list.
 */
import { chmod, lstat, mkdir, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { hasCode } from "../../runtime/error-code";

/** Where machines' own files are, below the folder of all volumes. */
export function machinesFolder(root: string): string {
  return join(root, "machines");
}

/** Other users may enter, not list: QEMU opens images by their path. */
export const folderMode = 0o711;

/** A name of Kubernetes (RFC 1123 subdomain): no separator, no leading dot, so never a way out of a folder. */
const objectName = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const uid = /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/;

export function isObjectName(name: string): boolean {
  return objectName.test(name);
}

export function isUid(name: string): boolean {
  return uid.test(name);
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

/** The names in a folder; none when there is no such folder. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasCode(error, "ENOENT")) {
      return [];
    }
    throw error;
  }
}
