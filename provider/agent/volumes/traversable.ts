/**
 * QEMU runs as a user of its own and opens images by their path, so it must be able to pass through every folder above
 * them. A state folder inside a private home does not work, and QEMU only says "Permission denied": this finds the
 * folder that is in the way before a machine is started.
 */
import { stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { hasCode } from "./files";

export interface TraversalFault {
  /** The first folder, from the top, that other users cannot enter. */
  readonly folder: string;
  readonly mode: number;
}

const othersExecute = 0o001;

/** Folders that do not exist yet are made traversable by who makes them, and are no fault. */
export async function findTraversalFault(root: string): Promise<TraversalFault | undefined> {
  const folders = [resolve(root)];
  for (let folder = resolve(root); dirname(folder) !== folder; folder = dirname(folder)) {
    folders.unshift(dirname(folder));
  }
  for (const folder of folders) {
    try {
      const { mode } = await stat(folder);
      if ((mode & othersExecute) === 0) {
        return { folder, mode: mode & 0o7777 };
      }
    } catch (error) {
      if (hasCode(error, "ENOENT")) {
        return undefined;
      }
      throw error;
    }
  }
  return undefined;
}

/** One line: what is in the way and the two ways out. */
export function describeTraversalFault(root: string, fault: TraversalFault): string {
  const mode = fault.mode.toString(8).padStart(4, "0");
  return `QEMU cannot reach the images in ${root}: its user may not enter ${fault.folder} (mode ${mode}). Allow it with: chmod o+x ${fault.folder}, or keep the state elsewhere, for instance under ${join("/var/lib", "kubevirt")}`;
}
