/** A writable overlay over an image: what the guest writes goes with the machine, the image is only read. */

import { writeWhole } from "../../runtime/whole-file";
import { regularFileSize } from "./files";
import type { RunCommand } from "./run-command";

export interface OverlayBase {
  readonly path: string;
  readonly format: "raw" | "qcow2";
  readonly capacityBytes: number;
}

/** Keeps an overlay that is there: it is complete, and may hold what a guest wrote before a crash. */
export async function ensureOverlay(path: string, base: OverlayBase, run: RunCommand): Promise<void> {
  if ((await regularFileSize(path)) !== undefined) {
    return;
  }
  await writeWhole(path, (temporary) =>
    // -u: the size is given, so qemu-img need not open the base, which may belong to QEMU's user at this moment.
    run("qemu-img", [
      "create",
      "-q",
      "-u",
      "-f",
      "qcow2",
      "-F",
      base.format,
      "-b",
      base.path,
      "--",
      temporary,
      String(base.capacityBytes),
    ]),
  );
}
