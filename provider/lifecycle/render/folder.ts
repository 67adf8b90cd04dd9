/**
 * A folder of rendered objects, one file each, which several resources and several stacks may share. Owns the files whose
 * first line says that they are its own, and the lists of them; every other file is somebody else's, and is neither
 * read further nor touched. All of it is synchronous: within a process no two changes can be between each other.
 */
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { hasCode } from "../../runtime/error-code";
import { isOwnList, type ListFile, type Listing, listFiles } from "./lists";
import { type Part, parts } from "./parts";
import { RenderError } from "./render-error";
import { type NeededSecret, secretsIn } from "./secret-notes";

/** A file of one object. */
export interface RenderedFile {
  readonly part: Part;
  readonly name: string;
  /** Without the first line. */
  readonly text: string;
}

const marked = (owner: string) =>
  `# Written by pulumi-kubevirt for ${JSON.stringify(owner)}. Do not edit: pulumi up writes it again.\n`;
const firstLine = /^# Written by pulumi-kubevirt for ("(?:[^"\\]|\\.)*")\. /;

export class RenderFolder {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** Why the file cannot be written for this owner; undefined when it can. */
  obstacle({ part, name }: Pick<RenderedFile, "part" | "name">, owners: readonly string[]): string | undefined {
    if (look(this.#root) !== undefined && statSync(this.#root, { throwIfNoEntry: false })?.isDirectory() !== true) {
      return `${this.#root} is no folder; set kubevirt:renderTo to one, or to one that is to be made`;
    }
    const folder = join(this.#root, part);
    const place = look(folder);
    if (place !== undefined && !place.isDirectory()) {
      return `${folder} is no folder of its own; move it away, or set kubevirt:renderTo to another folder`;
    }
    const path = join(folder, name);
    if (look(path) === undefined) return undefined;
    const owner = ownerOf(path);
    if (owner === undefined) {
      return `${path} is there and was not written by pulumi-kubevirt; move it away, or set kubevirt:renderTo to another folder`;
    }
    if (owners.includes(owner)) return undefined;
    return `${path} was written for another resource, ${owner}; give one of them another metadata.name or namespace, or remove the file if that resource is no more`;
  }

  holds({ part, name, text }: RenderedFile, owner: string): boolean {
    const path = join(this.#root, part, name);
    return look(path)?.isFile() === true && readFileSync(path, "utf8") === `${marked(owner)}${text}`;
  }

  /** Whether a file of this owner is there, whatever is in it. */
  has({ part, name }: Pick<RenderedFile, "part" | "name">, owner: string): boolean {
    return ownerOf(join(this.#root, part, name)) === owner;
  }

  /** `owners`: the first is the one it is written for, others had it before. Throws RenderError before anything is written. */
  write(file: RenderedFile, owners: readonly [string, ...string[]]): void {
    const why = this.obstacle(file, owners);
    if (why !== undefined) throw new RenderError(why);
    const path = join(this.#root, file.part, file.name);
    try {
      mkdirSync(join(this.#root, file.part), { recursive: true });
      replace(path, `${marked(owners[0])}${file.text}`);
      this.#list();
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      throw new RenderError(
        `${path} cannot be written (${words}); make room for it, or set kubevirt:renderTo to a folder that this user may write to`,
        error,
      );
    }
  }

  /** A file that is gone, or that is another's by now, is left as it is. */
  remove({ part, name }: Pick<RenderedFile, "part" | "name">, owner: string): void {
    const path = join(this.#root, part, name);
    if (ownerOf(path) === owner) rmSync(path);
    this.#list();
  }

  /** The files of one owner. */
  filesOf(owner: string): readonly Pick<RenderedFile, "part" | "name">[] {
    return this.#listing().flatMap(({ part, name }) => (this.has({ part, name }, owner) ? [{ part, name }] : []));
  }

  /** Every own file of an object, in order. */
  #listing(): readonly Listing[] {
    return parts.flatMap((part) => {
      const folder = join(this.#root, part);
      if (look(folder)?.isDirectory() !== true) return [];
      return readdirSync(folder)
        .sort()
        .flatMap((name) => {
          const head = headOf(join(folder, name));
          return head === undefined ? [] : [{ part, name, secrets: head.secrets }];
        });
    });
  }

  /** Writes the lists. Another process may write to the folder too: whoever writes last has seen everything. */
  #list(): void {
    for (let listing = this.#listing(), again = true; again; ) {
      this.#writeLists(listFiles(listing));
      const now = this.#listing();
      again = JSON.stringify(now) !== JSON.stringify(listing);
      listing = now;
    }
    for (const part of parts) removeIfEmpty(join(this.#root, part));
  }

  #writeLists(lists: readonly ListFile[]): void {
    for (const { folder, name, text } of lists) {
      const path = join(this.#root, folder, name);
      const present = look(path);
      const own = present?.isFile() === true && isOwnList(readFileSync(path, "utf8"));
      if (text === undefined) {
        if (own) rmSync(path);
        continue;
      }
      // Somebody's own list stays: they have said how the objects are to be used.
      if (present === undefined || own) replace(path, text);
    }
  }
}

/** What the comments at the top of an own file say. */
interface Head {
  readonly owner: string;
  readonly secrets: readonly NeededSecret[];
}

/** By path, with what tells that the file is the same still: the lists are made again after each of many files. */
const heads = new Map<string, { readonly stamp: string; readonly head: Head | undefined }>();

function headOf(path: string): Head | undefined {
  const stats = path.endsWith(".yaml") ? look(path) : undefined;
  if (stats?.isFile() !== true) return undefined;
  const stamp = [stats.dev, stats.ino, stats.mtimeMs, stats.ctimeMs, stats.size].join();
  const known = heads.get(path);
  if (known?.stamp === stamp) return known.head;
  const text = readFileSync(path, "utf8");
  const owner = firstLine.exec(text)?.[1];
  const head = owner === undefined ? undefined : { owner: String(JSON.parse(owner)), secrets: secretsIn(text) };
  heads.set(path, { stamp, head });
  return head;
}

const ownerOf = (path: string): string | undefined => headOf(path)?.owner;

/** Undefined when there is nothing. Links are looked at themselves. */
function look(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // Above it is a file where a folder should be.
    if (hasCode(error, "ENOTDIR")) return undefined;
    throw error;
  }
}

/** The old file or the new one, never a part of one, and nothing at all when it says the same. What a power cut spoils, the next run mends. */
function replace(path: string, text: string): void {
  if (look(path)?.isFile() === true && readFileSync(path, "utf8") === text) return;
  const temporary = `${path}.${process.pid}.tmp`;
  rmSync(temporary, { force: true });
  try {
    writeFileSync(temporary, text, { flag: "wx" });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!hasCode(error, "ENOENT", "ENOTEMPTY", "EEXIST", "ENOTDIR")) throw error;
  }
}
