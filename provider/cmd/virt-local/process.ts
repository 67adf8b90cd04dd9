/** Whether a process id is still the engine that wrote it down: ids are used again. */
import { readFileSync } from "node:fs";
import { hasCode } from "../../runtime/error-code";

/** The command line of a live process; undefined when there is none or it may not be read. */
function commandLine(pid: number): readonly string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch (error) {
    if (hasCode(error, "ENOENT", "ESRCH")) return undefined;
    throw error;
  }
}

export function isEngineProcess(pid: number, stateDirectory: string): boolean {
  const words = commandLine(pid) ?? [];
  const ofThisFolder = words.includes(stateDirectory) || !words.includes("--state-dir");
  return ofThisFolder && words.some((word) => word.includes("virt-local"));
}
