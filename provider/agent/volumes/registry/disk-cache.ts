/**
 * Disks from registries on this node, each once, whoever uses it: `<root>/registry/disks/<manifest digest>/` has the disk
 * as it was packed (`disk.img`) and what is known of it (`disk.json`), its format above all, so that nobody has to guess
 * it from bytes. A folder comes into being by one rename of a complete one, and its disk never changes: overlays of
 * machines stand on it.
 */
import { chmod, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { child } from "../../../core/json-tree";
import { hasCode } from "../../../runtime/error-code";
import { fileMode, syncPath } from "../../../runtime/whole-file";
import { type Digest, parseDigest } from "../../oci/digest";
import { folderMode, makeFolder, namesIn, regularFileSize } from "../files";
import { newStaging } from "../staging";
import { diskFileName, type ExtractedDisk } from "./extract-disk";

export interface CachedDisk {
  /** Of the image's manifest: names the disk. */
  readonly digest: Digest;
  readonly path: string;
  readonly format: "raw" | "qcow2";
  /** Size of the disk that a guest sees. */
  readonly virtualBytes: number;
}

export interface CachedDiskUsage extends CachedDisk {
  /** The reference that it was pulled by first. */
  readonly image: string;
  /** Bytes that it takes on the node's disk. */
  readonly storedBytes: number;
  /** Milliseconds since the epoch: when a machine asked for it last. */
  readonly lastUsed: number;
}

const recordName = "disk.json";

export class DiskCache {
  readonly #root: string;

  /** `root`: the folder of all volumes. */
  constructor(root: string) {
    this.#root = join(root, "registry");
  }

  /** Undefined when it is not here, or not whole. */
  async find(digest: Digest): Promise<CachedDisk | undefined> {
    const folder = this.#folderOf(digest);
    const record = await readRecord(folder);
    const path = join(folder, diskFileName);
    if (record === undefined || (await regularFileSize(path)) !== record.bytes) return undefined;
    return { digest, path, format: record.format, virtualBytes: record.virtualBytes };
  }

  /** A private folder for one pull. */
  newStaging(): Promise<string> {
    return newStaging(join(this.#root, "pulling"));
  }

  /** Takes over a staging folder with the disk in it. */
  async publish(staging: string, disk: ExtractedDisk, from: { digest: Digest; image: string }): Promise<CachedDisk> {
    const { format, bytes, virtualBytes, path } = disk;
    const record = { image: from.image, path, format, bytes, virtualBytes };
    await writeFile(join(staging, recordName), `${JSON.stringify(record)}\n`, { mode: fileMode });
    await syncPath(join(staging, recordName));
    await chmod(staging, folderMode);
    await syncPath(staging);
    const target = this.#folderOf(from.digest);
    await makeFolder(dirname(target));
    try {
      await rename(staging, target);
    } catch (error) {
      if (!hasCode(error, "ENOTEMPTY", "EEXIST")) throw error;
      // What is left of one whose removal was cut off.
      await rm(target, { recursive: true, force: true });
      await rename(staging, target);
    }
    await syncPath(dirname(target));
    return { digest: from.digest, path: join(target, diskFileName), format, virtualBytes };
  }

  /** Notes that a machine asked for the disk. */
  async touch(digest: Digest, at: number): Promise<void> {
    await utimes(join(this.#folderOf(digest), recordName), at / 1000, at / 1000);
  }

  async list(): Promise<readonly CachedDiskUsage[]> {
    const found: CachedDiskUsage[] = [];
    for (const name of await namesIn(join(this.#root, "disks"))) {
      const digest = parseDigest(name.replace("-", ":"));
      const disk = digest === undefined ? undefined : await this.find(digest);
      if (disk === undefined) continue;
      const folder = dirname(disk.path);
      const record = await readRecord(folder);
      const { mtimeMs } = await stat(join(folder, recordName));
      const { blocks } = await stat(disk.path);
      found.push({ ...disk, image: record?.image ?? "", storedBytes: blocks * 512, lastUsed: mtimeMs });
    }
    return found;
  }

  /** The caller knows that nobody uses it. Without a record it is no disk any more, whenever this is cut off. */
  async remove(digest: Digest): Promise<void> {
    const folder = this.#folderOf(digest);
    await rm(join(folder, recordName), { force: true });
    await rm(folder, { recursive: true, force: true });
  }

  #folderOf({ algorithm, hex }: Digest): string {
    return join(this.#root, "disks", `${algorithm}-${hex}`);
  }
}

interface DiskRecord {
  readonly image: string;
  readonly format: "raw" | "qcow2";
  readonly bytes: number;
  readonly virtualBytes: number;
}

async function readRecord(folder: string): Promise<DiskRecord | undefined> {
  let record: unknown;
  try {
    record = JSON.parse(await readFile(join(folder, recordName), "utf8"));
  } catch (error) {
    if (hasCode(error, "ENOENT") || error instanceof SyntaxError) return undefined;
    throw error;
  }
  const [image, format] = [child(record, "image"), child(record, "format")];
  const [bytes, virtualBytes] = [child(record, "bytes"), child(record, "virtualBytes")];
  if (format !== "raw" && format !== "qcow2") return undefined;
  if (typeof image !== "string" || typeof bytes !== "number" || typeof virtualBytes !== "number") return undefined;
  return { image, format, bytes, virtualBytes };
}
