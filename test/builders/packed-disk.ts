/** A disk packed into a container image and pushed by the tools that people use for it: umoci and skopeo. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Returns the reference. Credentials are `user:password`. */
export async function packAndPush(file: string, reference: string, credentials?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "kubevirt-pack-"));
  const layout = join(folder, "layout");
  try {
    await run("umoci", ["init", "--layout", layout]);
    await run("umoci", ["new", "--image", `${layout}:disk`]);
    await run("umoci", ["insert", "--image", `${layout}:disk`, file, "/disk/disk.qcow2"]);
    const login = credentials === undefined ? [] : ["--dest-creds", credentials];
    await run("skopeo", [
      "copy",
      "--quiet",
      "--dest-tls-verify=false",
      ...login,
      `oci:${layout}:disk`,
      `docker://${reference}`,
    ]);
    return reference;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
