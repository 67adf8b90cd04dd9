/** What a node has of registries' disks, for a person to read. */
import { machinesFolder } from "../files";
import { type CachedDiskUsage, DiskCache } from "./disk-cache";
import { pinnedDisks } from "./disk-pins";

export interface ListedDisk extends CachedDiskUsage {
  /** Whether a machine stands on it. */
  readonly inUse: boolean;
}

/** `root`: the folder of all volumes. */
export async function listRegistryDisks(root: string): Promise<readonly ListedDisk[]> {
  const disks = await new DiskCache(root).list();
  const pinned = await pinnedDisks(machinesFolder(root));
  return disks.map((disk) => ({ ...disk, inUse: pinned.has(disk.digest.text) }));
}
