/** A new, empty disk that lives as long as the machine. It takes room only as the guest writes. */

import { writeWhole } from "../../runtime/whole-file";
import { regularFileSize } from "./files";
import type { RunCommand } from "./run-command";

const sectorBytes = 512;

/** Keeps a disk that is there. The size is rounded up to whole sectors. */
export async function ensureEmptyDisk(path: string, capacityBytes: number, run: RunCommand): Promise<void> {
  if ((await regularFileSize(path)) !== undefined) {
    return;
  }
  const size = Math.ceil(capacityBytes / sectorBytes) * sectorBytes;
  await writeWhole(path, (temporary) =>
    run("qemu-img", ["create", "-q", "-f", "qcow2", "--", temporary, String(size)]),
  );
}
