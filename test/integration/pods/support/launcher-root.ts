/**
 * A process that stands for a launcher: it has a root and a mount namespace of its own, in which claims are at
 * `/volumes/<name>`, as the kubelet would have put them there. As root.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LauncherProcess } from "../../../../provider/agent/pods/launcher";
import { eventually } from "../../../e2e/support/wait";

/** What the pod has of a claim: a folder that is mounted there, or a device of these numbers. */
export type PodVolume =
  | { readonly kind: "folder"; readonly path: string }
  | { readonly kind: "device"; readonly major: number; readonly minor: number }
  | { readonly kind: "fifo" };

/** Paths come in as arguments, never as part of the script. */
const script = `
set -e
root=$1; shift
mount --bind "$root" "$root"
mkdir "$root/usr" "$root/volumes"
mount --bind /usr "$root/usr"
for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$root/$folder"; done
while [ $# -gt 0 ]; do
  case $2 in
    folder) mkdir "$root/volumes/$1"; mount --bind "$3" "$root/volumes/$1" ;;
    device) mknod "$root/volumes/$1" b "$3" "$4" ;;
    fifo) mkfifo "$root/volumes/$1" ;;
  esac
  shift 4
done
exec chroot "$root" sh -c 'echo ready; exec sleep 600'
`;

/** A folder whose mounts are nobody else's, and go with it. */
export class MountLab {
  readonly folder = mkdtempSync(join(tmpdir(), "mounts-"));
  readonly #launchers: ChildProcess[] = [];
  #made = 0;

  constructor() {
    execFileSync("mount", ["--bind", this.folder, this.folder]);
    execFileSync("mount", ["--make-private", this.folder]);
  }

  makeFolder(name: string): string {
    const path = join(this.folder, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  /** A file system of its own. */
  makeFileSystem(name: string, options = "size=16m"): string {
    const path = this.makeFolder(name);
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path]);
    return path;
  }

  async launch(volumes: Readonly<Record<string, PodVolume>>): Promise<LauncherProcess> {
    this.#made += 1;
    const root = this.makeFolder(`root-${this.#made}`);
    const words = Object.entries(volumes).flatMap(([name, volume]): readonly string[] => {
      if (volume.kind === "folder") return [name, "folder", volume.path, ""];
      if (volume.kind === "device") return [name, "device", String(volume.major), String(volume.minor)];
      return [name, "fifo", "", ""];
    });
    const child = spawn("unshare", ["--mount", "--propagation", "private", "sh", "-c", script, "sh", root, ...words], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#launchers.push(child);
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk));
    await eventually("the launcher is ready", async () => {
      if (child.exitCode !== null) throw new Error(`the launcher ended with ${child.exitCode}: ${said}`);
      return said.includes("ready") ? true : undefined;
    });
    return { pid: child.pid ?? 0, cgroups: [] };
  }

  async close(): Promise<void> {
    for (const child of this.#launchers) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      if (child.exitCode === null && child.signalCode === null && child.kill("SIGKILL")) await ended;
    }
    // What is mounted last goes first.
    for (const mountPoint of [...mountPointsBelow(this.folder)].reverse())
      execFileSync("umount", ["--lazy", mountPoint]);
    rmSync(this.folder, { recursive: true });
  }
}

export function mountPointsBelow(folder: string): readonly string[] {
  const points = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "");
  return points.filter((point) => point === folder || point.startsWith(`${folder}/`));
}
