/**
 * The files that a person means by names of files, names of folders and `-`: folders with everything below them, in
 * order. Bounded in number, depth and size; links are followed, but no folder is entered twice.
 */
import { closeSync, openSync, readdirSync, readSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { hasCode } from "../runtime/error-code";
import { mostFileBytes, mostFolderEntries, mostInputBytes } from "./limits";
import { ManifestError } from "./manifest-error";

export interface ManifestText {
  /** As people name it; `<stdin>` for standard input. */
  readonly file: string;
  readonly text: string;
}

export interface FoundTexts {
  readonly texts: readonly ManifestText[];
  readonly faults: readonly ManifestError[];
}

const stdin = 0;
const manifestName = /\.(ya?ml|json)$/;

/**
 * Reads every file that the paths name. What cannot be read is a fault; never throws ManifestError. `mostBytes` of one
 * file; default: as many as a manifest may have.
 */
export function readTexts(paths: readonly string[], mostBytes = mostFileBytes): FoundTexts {
  const texts: ManifestText[] = [];
  const faults: ManifestError[] = [];
  let bytesLeft = mostInputBytes;
  const attempt = (file: string, work: () => void) => {
    try {
      work();
    } catch (error) {
      faults.push(error instanceof ManifestError ? error : unreadable(file, error));
    }
  };
  const read = (file: string, path: string | typeof stdin) =>
    attempt(file, () => {
      const bytes = readAtMost(path, Math.min(mostBytes, bytesLeft), file, mostBytes);
      bytesLeft -= bytes.length;
      texts.push({ file, text: decode(bytes, file) });
    });
  for (const path of paths) {
    if (path === "-") read("<stdin>", stdin);
    else
      attempt(path, () => {
        if (!statSync(path).isDirectory()) read(path, path);
        else for (const file of filesBelow(path)) read(file, file);
      });
  }
  return { texts, faults };
}

/** Files whose names begin with a dot are left out: version control and mounted ConfigMaps keep copies there. */
function filesBelow(root: string): readonly string[] {
  const files: string[] = [];
  const entered = new Set<string>();
  let entries = 0;
  const enter = (folder: string) => {
    const real = realpathSync(folder);
    if (entered.has(real)) return;
    entered.add(real);
    for (const name of readdirSync(folder).sort()) {
      entries += 1;
      if (entries > mostFolderEntries) {
        throw new ManifestError(`has more than ${mostFolderEntries} files and folders; name the files themselves`, {
          file: root,
        });
      }
      if (name.startsWith(".")) continue;
      const path = join(folder, name);
      const entry = statSync(path, { throwIfNoEntry: false });
      if (entry?.isDirectory()) enter(path);
      else if (manifestName.test(name) && (entry === undefined || entry.isFile())) files.push(path);
    }
  };
  enter(root);
  if (files.length === 0) {
    throw new ManifestError("the folder has no *.yaml, *.yml or *.json file", { file: root });
  }
  return files;
}

/** Reads to the end, also from pipes, and gives up past the limit. */
function readAtMost(path: string | typeof stdin, limit: number, file: string, mostBytes: number): Buffer {
  const descriptor = path === stdin ? stdin : openSync(path, "r");
  try {
    const chunks: Buffer[] = [];
    let length = 0;
    for (;;) {
      const chunk = Buffer.allocUnsafe(64 * 1024);
      const bytes = readChunk(descriptor, chunk);
      if (bytes === 0) return Buffer.concat(chunks, length);
      length += bytes;
      if (length > limit) {
        const mebibytes = mostBytes / 1024 / 1024;
        throw new ManifestError(
          limit < mostBytes
            ? `all files together are larger than ${mostInputBytes / 1024 / 1024} MiB; read them in several turns`
            : `is larger than ${mebibytes} MiB; split it into several files`,
          { file },
        );
      }
      chunks.push(chunk.subarray(0, bytes));
    }
  } finally {
    if (descriptor !== stdin) closeSync(descriptor);
  }
}

/** Milliseconds between two looks at an input that has nothing yet. */
const pollMs = 20;

function readChunk(descriptor: number, chunk: Buffer): number {
  for (;;) {
    try {
      return readSync(descriptor, chunk);
    } catch (error) {
      if (hasCode(error, "EOF")) return 0;
      // A terminal or a pipe that another process has made non-blocking.
      if (!hasCode(error, "EAGAIN")) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pollMs);
    }
  }
}

function decode(bytes: Buffer, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ManifestError("is not UTF-8 text; save it as UTF-8", { file, cause: error });
  }
}

function unreadable(file: string, error: unknown): ManifestError {
  const words = hasCode(error, "ENOENT")
    ? "there is no such file or folder"
    : hasCode(error, "EACCES")
      ? "this user may not read it"
      : `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  return new ManifestError(words, { file, cause: error });
}
