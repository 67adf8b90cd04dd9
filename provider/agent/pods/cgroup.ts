/**
 * The part of a launcher pod's cgroup that the machine is in: QEMU, and the address server of its guest. What they use is
 * counted as the pod's and bounded by the pod's limits, whoever started them; they outlive the agent's own container; and
 * the kubelet ends them when it removes the pod.
 */
import { mkdir, readdir, rmdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { hasCode } from "../../runtime/error-code";
import { textIfThere } from "../../runtime/text-if-there";
import type { CgroupPath } from "./launcher";

const ownFolder = "virt-machine";

/** How a hierarchy of version 1 is called below the mount point of all: by its controllers, or its name. */
function folderOf(controllers: string, hasUnifiedFolder: boolean): string {
  if (controllers === "") return hasUnifiedFolder ? "unified" : "";
  return controllers.startsWith("name=") ? controllers.slice("name=".length) : controllers;
}

export class PodCgroups {
  readonly #root: string;

  /** `root`: where the node's hierarchies are mounted. */
  constructor(root = "/sys/fs/cgroup") {
    this.#root = root;
  }

  /**
   * Moves processes to the machine's part of the pod that a launcher process of these paths is in. Throws where that is
   * nowhere: they would be bounded by nothing, and end with whoever started them.
   */
  async add(launcher: readonly CgroupPath[], pids: readonly number[]): Promise<void> {
    const folders = await this.#foldersOf(launcher);
    if (folders.length === 0) {
      throw new Error(
        `none of the launcher's cgroups is below ${this.#root}; the agent needs the node's cgroups there, and a view of all of them`,
      );
    }
    for (const folder of folders) {
      await this.#make(folder);
      for (const pid of pids) await writeFile(join(folder, "cgroup.procs"), String(pid));
    }
  }

  /** Ids of the processes in the machine's part. */
  async members(launcher: readonly CgroupPath[]): Promise<readonly number[]> {
    const [first] = await this.#foldersOf(launcher);
    if (first === undefined) return [];
    const text = (await textIfThere(join(first, "cgroup.procs"))) ?? "";
    return text.split("\n").filter(Boolean).map(Number);
  }

  /** Removes the machine's part, once it is empty. None is an answer. */
  async remove(launcher: readonly CgroupPath[]): Promise<void> {
    for (const folder of await this.#foldersOf(launcher)) {
      try {
        await rmdir(folder);
      } catch (error) {
        // Busy: the kubelet removes it with the pod's.
        if (!hasCode(error, "ENOENT", "EBUSY")) throw error;
      }
    }
  }

  /** Beside the container's, in every hierarchy that the node has mounted. */
  async #foldersOf(launcher: readonly CgroupPath[]): Promise<readonly string[]> {
    const present = await readdir(this.#root);
    const hasUnified = present.includes("unified");
    return launcher.flatMap(({ controllers, path }) => {
      const hierarchy = folderOf(controllers, hasUnified);
      const pod = dirname(path);
      const isMounted = hierarchy === "" || present.includes(hierarchy);
      // A process at the root of a hierarchy is in no pod there; one that is beyond it is not seen from here.
      const isPod = pod.startsWith("/") && pod !== "/" && !pod.split("/").includes("..");
      if (!isMounted || !isPod) return [];
      return [join(this.#root, hierarchy, pod, ownFolder)];
    });
  }

  async #make(folder: string): Promise<void> {
    try {
      await mkdir(folder);
    } catch (error) {
      if (!hasCode(error, "EEXIST")) throw error;
    }
    // Version 1 lets no process in before a cpuset has processors and memory.
    for (const file of ["cpuset.cpus", "cpuset.mems"]) {
      const own = (await textIfThere(join(folder, file)))?.trim();
      if (own !== "") continue;
      const above = (await textIfThere(join(dirname(folder), file)))?.trim();
      if (above !== undefined && above !== "" && folder.includes("/cpuset/"))
        await writeFile(join(folder, file), above);
    }
  }
}
