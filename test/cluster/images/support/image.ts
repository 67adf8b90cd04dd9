/** One of the built images, unpacked into a temporary folder, and its programs run as in a container. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { succeed } from "../../../e2e/support/command.ts";

export const imageNames = ["virt-controller", "virt-agent", "virt-launcher"] as const;
export type ImageName = (typeof imageNames)[number];

export const layout = resolve(__dirname, "../../../../dist/images/oci");

export interface ImageConfig {
  readonly created: string;
  readonly architecture: string;
  readonly config: {
    readonly User: string;
    readonly Env: readonly string[];
    readonly Entrypoint: readonly string[];
    readonly Labels: Readonly<Record<string, string>>;
  };
}

interface Manifest {
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
}

export interface RunAs {
  /** Folders of this machine and where they are in the container. */
  readonly volumes?: readonly (readonly [string, string])[];
  /** `host`: process ids of this machine, as with `hostPID`. Default: the program is process 1. */
  readonly processes?: "host" | "own";
  /** `own`: a /dev/pts of the container's. Default: this machine's. */
  readonly terminals?: "host" | "own";
}

/** What a container engine does, as far as these programs can tell: root, folders, user, environment, namespaces. */
const enter = `
set -e
rootfs=$1 user=$2 terminals=$3
shift 3
mount --make-rprivate /
mount --bind "$rootfs" "$rootfs"
mount --rbind /dev "$rootfs/dev"
mount -t proc proc "$rootfs/proc"
mount --rbind /sys "$rootfs/sys"
if [ "$terminals" = own ]; then mount -t devpts -o newinstance,ptmxmode=0666 devpts "$rootfs/dev/pts"; fi
while [ "$1" != -- ]; do mkdir -p "$rootfs$2"; mount --bind "$1" "$rootfs$2"; shift 2; done
shift
exec chroot --userspec="$user" "$rootfs" "$@"
`;

export class Image {
  readonly rootfs: string;
  readonly config: ImageConfig;
  readonly layers: Manifest["layers"];
  readonly #folder: string;

  private constructor(folder: string, config: ImageConfig, layers: Manifest["layers"]) {
    this.#folder = folder;
    this.rootfs = join(folder, "bundle/rootfs");
    this.config = config;
    this.layers = layers;
  }

  static async unpack(name: ImageName): Promise<Image> {
    const inspect = async (...flags: string[]): Promise<unknown> =>
      JSON.parse(await succeed("skopeo", ["inspect", ...flags, `oci:${layout}:${name}`]));
    // The files are what this project's own build wrote.
    const config = (await inspect("--config")) as ImageConfig;
    const { layers } = (await inspect("--raw")) as Manifest;
    const folder = mkdtempSync(join(tmpdir(), "kubevirt-image-"));
    await succeed("umoci", ["unpack", "--image", `${layout}:${name}`, join(folder, "bundle")]);
    return new Image(folder, config, layers);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Starts a program as the image's user, with the image's environment and no network. */
  spawn(command: readonly string[], { volumes = [], processes = "own", terminals = "host" }: RunAs = {}): ChildProcess {
    const namespaces = ["--mount", "--net", ...(processes === "own" ? ["--pid", "--fork", "--kill-child"] : [])];
    const words = [this.rootfs, this.config.config.User, terminals, ...volumes.flat(), "--", ...command];
    return spawn("unshare", [...namespaces, "sh", "-c", enter, "enter", ...words], {
      stdio: ["ignore", "pipe", "pipe"],
      env: environmentOf(this.config),
    });
  }

  /** Runs a program to its end: what it printed on both outputs, and its exit code. */
  async run(command: readonly string[], as: RunAs = {}): Promise<{ output: string; code: number | null }> {
    const child = this.spawn(command, as);
    const ended = new Promise<number | null>((done, failed) => {
      child.once("error", failed);
      child.once("exit", done);
    });
    const [code, stdout, stderr] = await Promise.all([ended, textOf(child.stdout), textOf(child.stderr)]);
    return { output: stdout + stderr, code };
  }

  /** The same, of a program that must succeed. */
  async succeed(command: readonly string[], as: RunAs = {}): Promise<string> {
    const { output, code } = await this.run(command, as);
    if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: ${output}`);
    return output;
  }
}

/** All that a program prints. */
export const textOf = async (stream: Readable | null): Promise<string> => (stream === null ? "" : text(stream));

/** The programs that enter the container are this machine's, so its own folders come last. */
function environmentOf({ config }: ImageConfig): Record<string, string> {
  const environment = Object.fromEntries(config.Env.map((line) => line.split(/=(.*)/s, 2) as [string, string]));
  return { ...environment, PATH: `${environment.PATH}:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin` };
}
