/**
 * Which disk of the cache each volume of each machine stands on: `machines/<uid>/<volume>.base.json`, written before the
 * overlay is, gone with the machine. It is how a restarted agent finds the disk below an overlay, and what keeps the disk.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { child } from "../../../core/json-tree";
import { hasCode } from "../../../runtime/error-code";
import { writeTextWhole } from "../../../runtime/whole-file";
import { type Digest, parseDigest } from "../../oci/digest";
import { namesIn } from "../files";

const suffix = ".base.json";

export async function writePin(machineFolder: string, volume: string, digest: Digest): Promise<void> {
  await writeTextWhole(join(machineFolder, `${volume}${suffix}`), `${JSON.stringify({ digest: digest.text })}\n`);
}

export function readPin(machineFolder: string, volume: string): Promise<Digest | undefined> {
  return readDigest(join(machineFolder, `${volume}${suffix}`));
}

/** Digests of all disks that machines below this folder stand on, as text. */
export async function pinnedDisks(machinesFolder: string): Promise<ReadonlySet<string>> {
  const pinned = new Set<string>();
  for (const machine of await namesIn(machinesFolder)) {
    const folder = join(machinesFolder, machine);
    for (const name of await namesIn(folder)) {
      const digest = name.endsWith(suffix) ? await readDigest(join(folder, name)) : undefined;
      if (digest !== undefined) pinned.add(digest.text);
    }
  }
  return pinned;
}

async function readDigest(path: string): Promise<Digest | undefined> {
  try {
    return parseDigest(child(JSON.parse(await readFile(path, "utf8")), "digest"));
  } catch (error) {
    if (hasCode(error, "ENOENT") || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
