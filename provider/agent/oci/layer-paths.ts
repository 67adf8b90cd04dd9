/**
 * Paths of a layered image, without unpacking it: layers are looked at from the highest to the lowest, and this knows
 * which paths of a lower layer the higher ones hide (image specification, "layer changeset": a file replaces what was at
 * its path and below; `.wh.name` removes name; `.wh..wh..opq` empties its folder). Nothing is followed and nothing is
 * resolved: a path with ".." is refused.
 */
import { OciError, quote } from "./oci-error";

const whiteoutPrefix = ".wh.";
const opaqueMarker = ".wh..wh..opq";

export interface PathBounds {
  /** Entries of all layers together. */
  readonly mostEntries: number;
  /** Characters of all their names together. */
  readonly mostCharacters: number;
}

export const defaultPathBounds: PathBounds = { mostEntries: 200_000, mostCharacters: 16 * 1024 * 1024 };

const longestPath = 4096;
const deepestPath = 128;

export type PathVerdict = "visible" | "hidden" | "whiteout";

export class LayerPaths {
  readonly #bounds: PathBounds;
  /** Paths that higher layers have. */
  readonly #present = new Set<string>();
  /** Paths under which higher layers let nothing of lower ones through: files, links, removed names. */
  readonly #covering = new Set<string>();
  /** Folders that higher layers have emptied. */
  readonly #opaque = new Set<string>();
  /** The layer that is being read: what it has, and what of that is no folder. */
  #own = new Map<string, "folder" | "other">();
  #ownMarks: { readonly kind: "removed" | "opaque"; readonly path: string }[] = [];
  #entries = 0;
  #characters = 0;

  constructor(bounds: PathBounds = defaultPathBounds) {
    this.#bounds = bounds;
  }

  /** Notes an entry of the present layer. The path is as `normalizePath` gives it. */
  see(path: string, isFolder: boolean): PathVerdict {
    this.#count(path);
    const slash = path.lastIndexOf("/");
    const [folder, name] = [slash < 0 ? "" : path.slice(0, slash), path.slice(slash + 1)];
    if (name === opaqueMarker) {
      this.#ownMarks.push({ kind: "opaque", path: folder });
      return "whiteout";
    }
    if (name.startsWith(whiteoutPrefix)) {
      this.#ownMarks.push({ kind: "removed", path: joined(folder, name.slice(whiteoutPrefix.length)) });
      return "whiteout";
    }
    this.#own.set(path, isFolder ? "folder" : "other");
    return this.#isHidden(path) ? "hidden" : "visible";
  }

  /** The nearest entry above a path that the present layer has and that is no folder. */
  coverInLayer(path: string): string | undefined {
    return ancestors(path).find((ancestor) => this.#own.get(ancestor) === "other");
  }

  /** The next layer is a lower one. */
  endLayer(): void {
    for (const [path, kind] of this.#own) {
      this.#present.add(path);
      if (kind === "other") this.#covering.add(path);
    }
    for (const { kind, path } of this.#ownMarks) (kind === "opaque" ? this.#opaque : this.#covering).add(path);
    this.#own = new Map();
    this.#ownMarks = [];
  }

  #isHidden(path: string): boolean {
    if (this.#present.has(path) || this.#covering.has(path)) return true;
    return ancestors(path).some((ancestor) => this.#covering.has(ancestor) || this.#opaque.has(ancestor));
  }

  #count(path: string): void {
    this.#entries += 1;
    this.#characters += path.length;
    const { mostEntries, mostCharacters } = this.#bounds;
    if (this.#entries > mostEntries || this.#characters > mostCharacters) {
      throw new OciError(
        `the image has more than ${mostEntries} files or absurd names; pack the disk alone (FROM scratch)`,
        {
          reason: "Refused",
        },
      );
    }
  }
}

/** `./disk//a` and `/disk/a` → `disk/a`; the root is "". Throws for names that lead out or cannot be on a disk. */
export function normalizePath(name: string): string {
  const parts = name.length > longestPath ? [] : name.split("/").filter((part) => part !== "" && part !== ".");
  if (name.length > longestPath || parts.length > deepestPath) {
    throw new OciError(`the image has an entry named ${quote(name)}, which is longer or deeper than a path may be`, {
      reason: "Refused",
    });
  }
  if (parts.includes("..") || name.includes("\0")) {
    throw new OciError(`the image has an entry named ${quote(name)}, which leads out of it`, { reason: "Refused" });
  }
  return parts.join("/");
}

function joined(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

/** `a/b/c` → `a/b`, `a`, and the root. */
function ancestors(path: string): readonly string[] {
  const found: string[] = [];
  for (let slash = path.lastIndexOf("/"); slash >= 0; slash = path.lastIndexOf("/", slash - 1)) {
    found.push(path.slice(0, slash));
    if (slash === 0) break;
  }
  return path === "" ? found : [...found, ""];
}
