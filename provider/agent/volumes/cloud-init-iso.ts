/**
 * A NoCloud data source: an ISO 9660 file system labelled "cidata" that holds the documents cloud-init reads
 * (https://cloudinit.readthedocs.io, data source NoCloud). The documents may be secret: they are written only into a
 * private folder, never passed as arguments, and the image is readable by its owner alone.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type CloudInitDocuments, cloudInitLabel } from "../../core/cloud-init";
import { fileMode, writeWhole } from "../../runtime/whole-file";
import type { RunCommand } from "./run-command";

/** Replaces an image that is there: it is made from the objects as they are now. */
export async function writeNoCloudIso(path: string, documents: CloudInitDocuments, run: RunCommand): Promise<void> {
  const folder = await mkdtemp(join(dirname(path), ".seed-"));
  try {
    await writeFile(join(folder, "meta-data"), documents.metaData, { mode: fileMode, flag: "wx" });
    await writeFile(join(folder, "user-data"), documents.userData, { mode: fileMode, flag: "wx" });
    await writeWhole(path, (temporary) =>
      run("genisoimage", ["-quiet", "-V", cloudInitLabel, "-r", "-J", "-o", temporary, folder]),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
