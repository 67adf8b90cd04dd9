/** The text of a file that may be gone, or belong to a process that has ended. */
import { readFile } from "node:fs/promises";
import { hasCode } from "./error-code";

/** Undefined when there is no such file, or no such process any more. */
export async function textIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT", "ESRCH")) return undefined;
    throw error;
  }
}
