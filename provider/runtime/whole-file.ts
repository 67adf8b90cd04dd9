/** Files that appear complete or not at all, readable by their owner alone. */
import { randomBytes } from "node:crypto";
import { open, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

export const fileMode = 0o600;

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

/** writeWhole of a text. */
export function writeTextWhole(path: string, text: string): Promise<void> {
  return writeWhole(path, (temporary) => writeFile(temporary, text));
}
