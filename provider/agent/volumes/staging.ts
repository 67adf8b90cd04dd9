/**
 * Private folders for work that may be killed half-way. A folder's name starts with the id of the process that made it, so
 * that the next one can tell what is left over from what is at work.
 */
import { randomBytes } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "../../runtime/error-code";
import { makeFolder } from "./files";

/** A new folder below `parent`; those of processes that are no more are removed. */
export async function newStaging(parent: string): Promise<string> {
  await makeFolder(parent);
  for (const name of await readdir(parent)) {
    if (!isAlive(Number.parseInt(name, 10))) await rm(join(parent, name), { recursive: true, force: true });
  }
  const staging = join(parent, `${process.pid}-${randomBytes(6).toString("hex")}`);
  await mkdir(staging, { mode: 0o700 });
  return staging;
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: alive, but another user's.
    return hasCode(error, "EPERM");
  }
}
