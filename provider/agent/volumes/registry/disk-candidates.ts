/**
 * Which file of an image is its disk: the only file of the folder `/disk`; of an image without such a file, the only one
 * whose name ends like a disk's. Anything else is refused with the names of what was found, since a guess would boot the
 * wrong disk.
 */
import type { LayerPaths } from "../../oci/layer-paths";
import { normalizePath } from "../../oci/layer-paths";
import { OciError, quote } from "../../oci/oci-error";
import type { TarEntry } from "../../oci/tar-stream";

/** In the order of preference. */
export type CandidateRank = "inFolder" | "byName";

interface Candidate {
  readonly path: string;
  /** What it is instead of a regular file. */
  readonly insteadOfFile: string | undefined;
}

const diskFolder = "disk";
const diskName = /\.(qcow2|img|raw)$/i;
const mostNamed = 5;

export class DiskCandidates {
  readonly #paths: LayerPaths;
  readonly #found: Record<CandidateRank, Candidate[]> = { inFolder: [], byName: [] };
  /** Paths of the candidates in the present layer. */
  #fresh = new Set<string>();

  constructor(paths: LayerPaths) {
    this.#paths = paths;
  }

  /** Notes the next entry of the layer. Answers with the rank when this is the first file of it, whose content is wanted. */
  see(entry: Pick<TarEntry, "name" | "type">): CandidateRank | undefined {
    const path = normalizePath(entry.name);
    if (path === "") return undefined;
    const known = this.#fresh.has(path);
    const verdict = this.#paths.see(path, entry.type === "directory");
    if (known) throw refused(`has ${quote(path)} twice in one layer`);
    if (verdict !== "visible" || entry.type === "directory") return undefined;
    const isFile = entry.type === "file";
    const rank = rankOf(path);
    if (rank === undefined || (rank === "byName" && !isFile)) return undefined;
    this.#found[rank].push({ path, insteadOfFile: isFile ? undefined : entry.type });
    this.#fresh.add(path);
    return isFile && this.#found[rank].length === 1 ? rank : undefined;
  }

  /** Throws what further layers cannot mend. */
  endLayer(): void {
    for (const path of this.#fresh) {
      const cover = this.#paths.coverInLayer(path);
      if (cover !== undefined) throw refused(`has ${quote(path)} below ${quote(cover)}, which is no folder`);
    }
    this.#fresh = new Set();
    this.#paths.endLayer();
    this.#check("inFolder");
  }

  /** The rank and path of the disk. Throws when there is none, or more than one. */
  choose(): { readonly rank: CandidateRank; readonly path: string } {
    for (const rank of ["inFolder", "byName"] as const) {
      this.#check(rank);
      const [only] = this.#found[rank];
      if (only !== undefined) return { rank, path: only.path };
    }
    throw refused(
      `has no disk: put one raw or qcow2 image into /${diskFolder} (FROM scratch, COPY disk.qcow2 /${diskFolder}/)`,
    );
  }

  #check(rank: CandidateRank): void {
    const found = this.#found[rank];
    const [first] = found;
    if (found.length > 1) {
      const names = found.slice(0, mostNamed).map(({ path }) => quote(`/${path}`));
      const more = found.length > mostNamed ? ` and ${found.length - mostNamed} more` : "";
      const where = rank === "inFolder" ? `in /${diskFolder}` : `named like a disk and none in /${diskFolder}`;
      throw refused(`has ${found.length} files ${where}: ${names.join(", ")}${more}; leave one of them`);
    }
    if (first?.insteadOfFile !== undefined) {
      throw refused(`has a ${first.insteadOfFile} at ${quote(`/${first.path}`)}; put the disk itself there`);
    }
  }
}

function rankOf(path: string): CandidateRank | undefined {
  const parts = path.split("/");
  if (parts.length === 2 && parts[0] === diskFolder) return "inFolder";
  return diskName.test(path) ? "byName" : undefined;
}

function refused(why: string): OciError {
  return new OciError(`the image ${why}`, { reason: "Refused" });
}
