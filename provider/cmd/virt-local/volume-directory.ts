/**
 * Where disks are kept. QEMU runs as another user and must be able to pass through every folder above its disks, which
 * it cannot below root's home: then, and only for root, the disks go below /var/lib.
 */
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { describeTraversalFault, findTraversalFault } from "../../agent/volumes/traversable";
import { StateDirectoryError } from "./state-directory";

/** Disks of engines whose state folder QEMU cannot reach. */
export const systemVolumes = "/var/lib/kubevirt-local";

export async function ensureVolumeDirectory(stateRoot: string, given: string | undefined): Promise<string> {
  if (given !== undefined) return usable(resolve(given));
  const beside = join(stateRoot, "volumes");
  if ((await findTraversalFault(stateRoot)) !== undefined && process.getuid?.() === 0) {
    const engine = createHash("sha256").update(stateRoot).digest("hex").slice(0, 12);
    return usable(join(systemVolumes, engine));
  }
  return usable(beside);
}

async function usable(folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const fault = await findTraversalFault(folder);
  if (fault === undefined) return folder;
  throw new StateDirectoryError(`${describeTraversalFault(folder, fault)} (--volume-dir)`);
}
