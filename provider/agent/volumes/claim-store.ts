/**
 * The images behind persistent volume claims of this node: `<root>/claims/<namespace>/<claim>/disk.img`, always raw and
 * sparse, so that no header which a guest writes into its disk is ever believed. A claim's folder comes into being by
 * one rename of a complete folder; an import that fails or is killed leaves only a folder under `<root>/importing`,
 * which the next import removes.
 */
import { constants } from "node:fs";
import { chmod, type FileHandle, open, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { hasCode } from "../../runtime/error-code";
import { fileMode, syncPath } from "../../runtime/whole-file";
import { ClaimError } from "./claim-error";
import { folderMode, isObjectName, makeFolder, regularFileSize } from "./files";
import { type ImageVerdict, imageHeaderBytes, judgeImage } from "./image-header";
import { CommandError, isOutOfSpace, type RunCommand, runCommand } from "./run-command";
import { newStaging } from "./staging";

export interface ClaimImage {
  readonly path: string;
  readonly capacityBytes: number;
  /** Default: file. */
  readonly kind?: "file" | "block";
}

/** Finds what is behind a claim for one machine's volume. */
export interface ClaimLocator {
  /** Undefined when the claim has no image. */
  locate(
    namespace: string,
    claim: string,
    use: { readonly uid: string; readonly volume: string },
  ): Promise<ClaimImage | undefined>;
}

export interface ImportRequest {
  /** A raw or qcow2 image; which of them is told by its content. */
  readonly file: string;
  readonly namespace: string;
  readonly claim: string;
  /** Called with the finished part, 0 to 1. */
  readonly progress?: (part: number) => void;
}

type Format = Exclude<ImageVerdict["kind"], "refused">;

const diskName = "disk.img";
const importTimeoutMs = 3_600_000;

export class ClaimStore {
  readonly #root: string;
  readonly #run: RunCommand;

  constructor(options: { root: string; run?: RunCommand }) {
    this.#root = options.root;
    this.#run = options.run ?? runCommand;
  }

  /** Throws ClaimError; a claim that exists is left as it is. */
  async import(request: ImportRequest): Promise<ClaimImage> {
    const { namespace, claim, file } = request;
    const target = this.#folderOf(namespace, claim);
    if ((await this.locate(namespace, claim)) !== undefined) {
      throw alreadyThere(namespace, claim);
    }
    const source = await openImage(file);
    try {
      const format = await formatOf(source, file);
      const staging = await newStaging(join(this.#root, "importing"));
      try {
        await this.#convert(source, { format, to: join(staging, diskName), request });
        await makeFolder(dirname(target));
        await publish(staging, target, () => alreadyThere(namespace, claim));
      } finally {
        await rm(staging, { recursive: true, force: true });
      }
    } catch (error) {
      throw asClaimError(error, file);
    } finally {
      await source.close();
    }
    const image = await this.locate(namespace, claim);
    if (image === undefined) {
      throw new ClaimError(`claim "${namespace}/${claim}" was removed while it was imported`, { reason: "Removed" });
    }
    return image;
  }

  /** A new disk of zeros that takes no room yet. Throws ClaimError; a claim that exists is left as it is. */
  async create(namespace: string, claim: string, bytes: number): Promise<void> {
    const target = this.#folderOf(namespace, claim);
    const staging = await newStaging(join(this.#root, "importing"));
    try {
      const disk = await open(join(staging, diskName), "wx", fileMode);
      try {
        await disk.truncate(bytes);
        await disk.sync();
      } finally {
        await disk.close();
      }
      await makeFolder(dirname(target));
      await publish(staging, target, () => alreadyThere(namespace, claim));
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  }

  /** Adds zeros at the end, also while a machine uses the disk. Never takes anything away. */
  async grow(namespace: string, claim: string, bytes: number): Promise<void> {
    const path = join(this.#folderOf(namespace, claim), diskName);
    const disk = await open(path, constants.O_RDWR | constants.O_NOFOLLOW);
    try {
      const found = await disk.stat();
      if (!found.isFile() || found.size >= bytes) return;
      await disk.truncate(bytes);
      await disk.sync();
    } finally {
      await disk.close();
    }
  }

  /** Undefined when there is no such claim. */
  async locate(namespace: string, claim: string): Promise<ClaimImage | undefined> {
    const path = join(this.#folderOf(namespace, claim), diskName);
    const capacityBytes = await regularFileSize(path);
    return capacityBytes === undefined ? undefined : { path, capacityBytes };
  }

  /** No such claim is an answer. */
  async remove(namespace: string, claim: string): Promise<void> {
    const folder = this.#folderOf(namespace, claim);
    await rm(folder, { recursive: true, force: true });
    try {
      await rmdir(dirname(folder));
    } catch (error) {
      if (!hasCode(error, "ENOTEMPTY", "EEXIST", "ENOENT")) {
        throw error;
      }
    }
  }

  #folderOf(namespace: string, claim: string): string {
    for (const name of [namespace, claim]) {
      if (!isObjectName(name)) {
        throw new ClaimError(
          `${JSON.stringify(name)} cannot name a claim or its namespace: use lower-case letters, digits, "-" and ".", with a letter or digit at both ends`,
          { reason: "InvalidName" },
        );
      }
    }
    return join(this.#root, "claims", namespace, claim);
  }

  async #convert(source: FileHandle, into: { format: Format; to: string; request: ImportRequest }): Promise<void> {
    const target = await open(into.to, "wx", fileMode);
    await target.close();
    // By descriptor: the file that was judged is the file that is read, whatever its name says by now.
    const args = ["convert", "-p", "-f", into.format, "-O", "raw", "--", "/proc/self/fd/3", into.to];
    await this.#run("qemu-img", args, {
      descriptor: source.fd,
      timeoutMs: importTimeoutMs,
      onOutput: (text) => {
        const percent = /\((\d+(?:\.\d+)?)\/100%\)/g;
        const last = [...text.matchAll(percent)].at(-1)?.[1];
        if (last !== undefined) {
          into.request.progress?.(Number(last) / 100);
        }
      },
    });
    await chmod(into.to, fileMode);
    await syncPath(into.to);
  }
}

function alreadyThere(namespace: string, claim: string): ClaimError {
  return new ClaimError(
    `claim "${namespace}/${claim}" exists already; choose another name, or delete it first (kubectl delete pvc ${claim} -n ${namespace})`,
    { reason: "AlreadyExists" },
  );
}

/** Renaming a folder onto another that has content fails: of two imports of one claim, one wins and one is told. */
async function publish(staging: string, target: string, taken: () => ClaimError): Promise<void> {
  await chmod(staging, folderMode);
  await syncPath(staging);
  try {
    await rename(staging, target);
  } catch (error) {
    throw hasCode(error, "ENOTEMPTY", "EEXIST") ? taken() : error;
  }
  await syncPath(dirname(target));
}

/** O_NONBLOCK: opening a named pipe must not wait for a writer. */
async function openImage(file: string): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const why = hasCode(error, "ENOENT") ? "there is no such file" : error instanceof Error ? error.message : "";
    throw new ClaimError(`cannot read ${file}: ${why}`, { reason: "ImageUnreadable", cause: error });
  }
  if (!(await handle.stat()).isFile()) {
    await handle.close();
    throw new ClaimError(`${file} is not a regular file; give a raw or qcow2 disk image`, { reason: "ImageRefused" });
  }
  return handle;
}

async function formatOf(source: FileHandle, file: string): Promise<Format> {
  const start = Buffer.alloc(imageHeaderBytes);
  const { bytesRead } = await source.read(start, 0, start.length, 0);
  const verdict = judgeImage(start.subarray(0, bytesRead));
  if (verdict.kind === "refused") {
    throw new ClaimError(`${file} ${verdict.why}`, { reason: "ImageRefused" });
  }
  return verdict.kind;
}

function asClaimError(error: unknown, file: string): Error {
  if (error instanceof ClaimError) {
    return error;
  }
  if (isOutOfSpace(error)) {
    return new ClaimError(`no space left to import ${file}; free some and import it again`, {
      reason: "OutOfSpace",
      cause: error,
    });
  }
  if (error instanceof CommandError) {
    return new ClaimError(`cannot import ${file}: ${error.message}`, { reason: "ImageUnreadable", cause: error });
  }
  return error instanceof Error ? error : new Error(String(error));
}
