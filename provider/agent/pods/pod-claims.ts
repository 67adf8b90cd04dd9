/**
 * The claims of a machine as its launcher pod has them: the kubelet has mounted them, or made the device, and the agent
 * gives QEMU a path of its own for each. In a claim's file system everything but its root belongs to whoever uses it, who
 * may swap a file for a link at any moment: so the disk is opened once, without following links, and that very file is
 * mounted onto a name in the machine's folder, which nobody else can change. A device is made again there by its number.
 *
 * The disk of a claim with a file system is `disk.img`, always raw; an empty claim gets one of the claim's size.
 */
import { constants } from "node:fs";
import { type FileHandle, link, lstat, open, readFile, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { launcherVolumePath } from "../../core/plan/launcher-pod";
import { hasCode } from "../../runtime/error-code";
import { fileMode } from "../../runtime/whole-file";
import type { ClaimImage, ClaimLocator } from "../volumes";
import { isObjectName, makeFolder, namesIn } from "../volumes/files";
import type { RunCommand } from "../volumes/run-command";
import { VolumeError } from "../volumes/volume-error";
import type { LauncherProcess } from "./launcher";
import { type Mount, parseMounts, pathOf } from "./mounts";

export interface PodClaimsOptions {
  /** The process of a machine's launcher and what the controller found of its claims. Throws PodNotReadyError. */
  readonly launcherOf: (uid: string) => Promise<LauncherProcess>;
  /** Bytes of a claim, as the controller wrote them down; undefined when it did not. */
  readonly sizeOf: (uid: string, claim: string) => number | undefined;
  /** A machine's own folder. */
  readonly folderOf: (uid: string) => string;
  /** Where the node's file systems are, as seen from here: `/host` in a container, `/` on the node. */
  readonly hostRoot: string;
  readonly run: RunCommand;
}

const diskName = "disk.img";
const sectorBytes = 512;
/** Looks at a claim without a disk, each after an attempt to make one. */
const mostTries = 5;
const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_DIRECTORY } = constants;

export class PodClaims implements ClaimLocator {
  readonly #o: PodClaimsOptions;

  constructor(options: PodClaimsOptions) {
    this.#o = options;
  }

  async locate(_namespace: string, claim: string, use: { uid: string; volume: string }): Promise<ClaimImage> {
    const { uid, volume } = use;
    if (!isObjectName(volume)) throw new VolumeError("is not a name for a volume", { volume, reason: "Unsupported" });
    const launcher = await this.#o.launcherOf(uid);
    const inPod = `/proc/${launcher.pid}/root${launcherVolumePath(volume)}`;
    const entry = await lstat(inPod);
    const folder = this.#o.folderOf(uid);
    await makeFolder(folder);
    if (entry.isBlockDevice()) return this.#device(entry.rdev, join(folder, `${volume}.block`));
    if (entry.isDirectory()) {
      const size = this.#o.sizeOf(uid, claim);
      return this.#disk(launcher, { volume, claim, size, target: join(folder, `${volume}.claim`) });
    }
    throw unusable(volume, `claim "${claim}" is neither a file system nor a device in the launcher pod`);
  }

  /** Takes all paths of a machine's claims away again; what is behind them stays. */
  async release(uid: string): Promise<void> {
    const folder = this.#o.folderOf(uid);
    for (const { mountPoint } of await ownMounts()) {
      if (mountPoint.startsWith(`${folder}/`)) await this.#o.run("umount", ["--", mountPoint]);
    }
    for (const name of await namesIn(folder)) {
      if (/\.(claim|block)$/.test(name)) await unlink(join(folder, name));
    }
  }

  /** The kernel's numbers say which device it is, whatever it is called in the pod. */
  async #device(rdev: number, target: string): Promise<ClaimImage> {
    // The encoding of Linux: makedev(3).
    const major = ((rdev >>> 8) & 0xfff) | 0;
    const minor = (rdev & 0xff) | ((Math.floor(rdev / 2 ** 12) >>> 0) & 0xfff00);
    const there = await lstatOrNothing(target);
    if (there?.isBlockDevice() !== true || there.rdev !== rdev) {
      if (there !== undefined) await unlink(target);
      await this.#o.run("mknod", ["-m", "600", target, "b", String(major), String(minor)]);
    }
    const sectors = Number((await readFile(`/sys/dev/block/${major}:${minor}/size`, "utf8")).trim());
    return { kind: "block", path: target, capacityBytes: sectors * sectorBytes };
  }

  async #disk(
    launcher: LauncherProcess,
    use: { volume: string; claim: string; size: number | undefined; target: string },
  ): Promise<ClaimImage> {
    const { volume, claim, size, target } = use;
    const claimFolder = await this.#openFolder(launcher, { volume, claim });
    try {
      const disk = await openDisk(claimFolder, { volume, claim, size });
      try {
        const { size: capacityBytes } = await disk.stat();
        await this.#mountFile(disk, target);
        if (!(await isSameFile(disk, target))) {
          await this.#o.run("umount", ["--", target]);
          throw unusable(volume, `${diskName} of claim "${claim}" was exchanged while it was opened`);
        }
        return { kind: "file", path: target, capacityBytes };
      } finally {
        await disk.close();
      }
    } finally {
      await claimFolder.close();
    }
  }

  /** The folder that the kubelet has mounted into the pod, by a path of this mount namespace: only that can be mounted from. */
  async #openFolder(
    launcher: LauncherProcess,
    { volume, claim }: { volume: string; claim: string },
  ): Promise<FileHandle> {
    const mountPoint = launcherVolumePath(volume);
    const theirs = parseMounts(await readFile(`/proc/${launcher.pid}/mountinfo`, "utf8"));
    const wanted = theirs.findLast((mount) => mount.mountPoint === mountPoint);
    const path = wanted === undefined ? undefined : pathOf(wanted, await ownMounts(), this.#o.hostRoot);
    if (path === undefined)
      throw unusable(volume, `the file system of claim "${claim}" cannot be reached by the agent`);
    const folder = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    const [ours, inPod] = [await folder.stat(), await stat(`/proc/${launcher.pid}/root${mountPoint}`)];
    if (ours.dev === inPod.dev && ours.ino === inPod.ino) return folder;
    await folder.close();
    throw unusable(volume, `the file system of claim "${claim}" is not where the launcher pod has it`);
  }

  /**
   * Mounted onto an empty file of our own, by its descriptor: mount would else look up where that leads, and mount what is
   * called so a moment later. One that has this very file already is left as it is.
   */
  async #mountFile(disk: FileHandle, target: string): Promise<void> {
    const isMounted = (await ownMounts()).some(({ mountPoint }) => mountPoint === target);
    if (isMounted && (await isSameFile(disk, target))) return;
    if (isMounted) await this.#o.run("umount", ["--", target]);
    if ((await lstatOrNothing(target)) === undefined) {
      await (await open(target, O_RDWR | O_CREAT | O_EXCL, fileMode)).close();
    }
    const bind = ["--no-canonicalize", "--bind", "--", "/proc/self/fd/3", target];
    await this.#o.run("mount", bind, { descriptor: disk.fd });
  }
}

async function openDisk(
  folder: FileHandle,
  { volume, claim, size }: { volume: string; claim: string; size: number | undefined },
): Promise<FileHandle> {
  const path = `/proc/self/fd/${folder.fd}/${diskName}`;
  for (let tries = 0; tries < mostTries; tries += 1) {
    try {
      const disk = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      const found = await disk.stat();
      if (found.isFile() && found.nlink === 1) return disk;
      await disk.close();
      throw unusable(volume, `${diskName} of claim "${claim}" is not a regular file of one name`);
    } catch (error) {
      if (hasCode(error, "ELOOP")) throw unusable(volume, `${diskName} of claim "${claim}" is a link`);
      if (hasCode(error, "ENXIO")) throw unusable(volume, `${diskName} of claim "${claim}" is a socket`);
      if (!hasCode(error, "ENOENT")) throw error;
    }
    await makeDisk(folder, { volume, claim, size });
  }
  throw unusable(volume, `${diskName} of claim "${claim}" disappears as it is made`);
}

/**
 * Complete before it has its name, so that a crash leaves no half of it, and never over a disk that is there by now. Another
 * node may be at it too: who is in whose way is seen at the next look.
 */
async function makeDisk(
  folder: FileHandle,
  { volume, claim, size }: { volume: string; claim: string; size: number | undefined },
): Promise<void> {
  if (size === undefined) {
    throw unusable(volume, `claim "${claim}" has no ${diskName} and says no size; put a raw image of that name in it`);
  }
  const temporary = `/proc/self/fd/${folder.fd}/.${diskName}.new`;
  await unlinkIfThere(temporary);
  try {
    const disk = await open(temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, fileMode);
    try {
      await disk.truncate(Math.floor(size / sectorBytes) * sectorBytes);
      await disk.sync();
    } finally {
      await disk.close();
    }
    await link(temporary, `/proc/self/fd/${folder.fd}/${diskName}`);
  } catch (error) {
    if (!hasCode(error, "EEXIST", "ENOENT")) throw error;
  } finally {
    await unlinkIfThere(temporary);
  }
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
}

async function isSameFile(file: FileHandle, path: string): Promise<boolean> {
  const [one, other] = [await file.stat(), await lstatOrNothing(path)];
  return one.dev === other?.dev && one.ino === other.ino;
}

function unusable(volume: string, why: string): VolumeError {
  return new VolumeError(why, { volume, reason: "ImageUnreadable" });
}

async function ownMounts(): Promise<readonly Mount[]> {
  return parseMounts(await readFile("/proc/self/mountinfo", "utf8"));
}

async function lstatOrNothing(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}
