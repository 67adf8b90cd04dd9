/**
 * Takes the one disk out of an image's layers while they are downloaded, into a file of a folder that is the pull's own. No
 * layer is unpacked, no other file is kept, no link is followed; the file's first bytes are judged before it counts.
 */
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { decompress, type InflationBounds } from "../../oci/decompress";
import { LayerPaths } from "../../oci/layer-paths";
import type { Descriptor } from "../../oci/manifest";
import { OciError, quote } from "../../oci/oci-error";
import { type TarEntry, tarEntries } from "../../oci/tar-stream";
import { imageHeaderBytes, judgeImage } from "../image-header";
import { type CandidateRank, DiskCandidates } from "./disk-candidates";
import { SparseFile } from "./sparse-file";

export interface ExtractRequest {
  /** The lowest first. */
  readonly layers: readonly Descriptor[];
  /** The bytes of a layer; they have been checked when they end without an error. */
  readonly open: (layer: Descriptor) => AsyncIterable<Buffer>;
  /** The disk becomes `disk.img` in it. */
  readonly folder: string;
  readonly reserveBytes: number;
  readonly inflation?: InflationBounds;
  /** Called with each number of bytes that were downloaded. */
  readonly onBytes?: (bytes: number) => void;
}

export interface ExtractedDisk {
  readonly format: "raw" | "qcow2";
  /** Size of the disk that a guest sees, in bytes. */
  readonly virtualBytes: number;
  /** Length of the file. */
  readonly bytes: number;
  /** Path inside the image. */
  readonly path: string;
}

export const diskFileName = "disk.img";
/** Many machines read it, none may write to it. */
const diskMode = 0o400;
const sectorBytes = 512;

export async function extractDisk(request: ExtractRequest): Promise<ExtractedDisk> {
  const candidates = new DiskCandidates(new LayerPaths());
  const spools = new Map<CandidateRank, Spool>();
  for (const layer of [...request.layers].reverse()) {
    const source = counted(request.open(layer), request.onBytes);
    for await (const entry of tarEntries(decompress(source, request.inflation))) {
      const rank = candidates.see(entry);
      if (rank !== undefined) spools.set(rank, await spool(entry, join(request.folder, rank), request.reserveBytes));
    }
    if (!source.ended) throw new OciError("a layer of the image goes on behind its archive", { reason: "Refused" });
    candidates.endLayer();
    judged(spools.get("inFolder"));
  }
  const { rank, path } = candidates.choose();
  const disk = judged(spools.get(rank));
  if (disk === undefined) throw new Error(`the file ${quote(path)} was chosen and not kept`);
  for (const other of spools.keys()) if (other !== rank) await rm(join(request.folder, other));
  await rename(join(request.folder, rank), join(request.folder, diskFileName));
  return { ...disk, path: `/${path}` };
}

interface Spool {
  readonly bytes: number;
  readonly name: string;
  readonly start: Buffer;
}

async function spool(entry: TarEntry, path: string, reserveBytes: number): Promise<Spool> {
  const file = await SparseFile.create(path, { reserveBytes });
  try {
    let start = Buffer.alloc(0);
    for await (const piece of entry.content) {
      if (start.length < imageHeaderBytes) start = Buffer.concat([start, piece]).subarray(0, imageHeaderBytes);
      await file.write(piece);
    }
    return { bytes: await file.finish(diskMode), name: entry.name, start: Buffer.from(start) };
  } finally {
    await file.abandon();
  }
}

function judged(spool: Spool | undefined): Omit<ExtractedDisk, "path"> | undefined {
  if (spool === undefined) return undefined;
  const { bytes, name, start } = spool;
  const verdict = judgeImage(start);
  if (verdict.kind === "refused") {
    throw new OciError(`the image's disk ${quote(name)} ${verdict.why}`, { reason: "Refused" });
  }
  return verdict.kind === "raw"
    ? { format: "raw", bytes, virtualBytes: Math.ceil(bytes / sectorBytes) * sectorBytes }
    : { format: "qcow2", bytes, virtualBytes: verdict.virtualBytes };
}

interface CountedSource extends AsyncIterable<Buffer> {
  /** Whether the source was read to its end, which is where it is checked. */
  readonly ended: boolean;
}

function counted(source: AsyncIterable<Buffer>, onBytes: ((bytes: number) => void) | undefined): CountedSource {
  const state = { ended: false };
  return {
    get ended() {
      return state.ended;
    },
    async *[Symbol.asyncIterator]() {
      for await (const piece of source) {
        onBytes?.(piece.length);
        yield piece;
      }
      state.ended = true;
    },
  };
}
