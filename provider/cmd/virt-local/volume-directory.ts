/**
 * Where disks are kept. QEMU runs as another user and must be able to pass through every folder above its disks, which
 * it cannot below root's home: then, and only for root, the disks go below /var/lib.
 */
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { firstUntraversable } from "../../agent/volumes/traversable";
import { StateDirectoryError } from "./state-directory";

export async function ensureVolumeDirectory(stateRoot: string, given: string | undefined): Promise<string> {
  const beside = join(stateRoot, "volumes");
  if (given !== undefined) return usable(given, given);
  if ((await firstUntraversable(stateRoot)) === undefined) return usable(beside, beside);
  if (process.getuid?.() === 0) {
    const engine = createHash("sha256").update(stateRoot).digest("hex").slice(0, 12);
    const system = join("/var/lib/kubevirt-local", engine);
    return usable(system, system);
  }
  return usable(beside, stateRoot);
}

async function usable(folder: string, blamed: string): Promise<string> {
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const obstacle = await firstUntraversable(folder);
  if (obstacle === undefined) return folder;
  throw new StateDirectoryError(
    `QEMU cannot reach disks in ${blamed}: the folder ${obstacle} is closed to other users; run: chmod o+x ${obstacle}, or choose another folder with --volume-dir`,
  );
}
