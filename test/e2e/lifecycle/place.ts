/** Where a lifecycle suite's machines run: what it asks of an engine, or of a cluster, besides what Pulumi does with it. */
import { readdirSync, readFileSync } from "node:fs";
import { hasCode } from "../../../provider/runtime/error-code.ts";
import type { Finished } from "../support/command.ts";
import type { Target } from "../support/pulumi-project.ts";

export interface Place extends Target {
  readonly name: string;
  /** The volume "root" that a test guest boots from. */
  readonly root: object;
  kubectl(args: readonly string[], input?: string): Promise<Finished>;
  /** Makes the API unreachable, and reachable again. */
  leave(): Promise<void>;
  comeBack(): Promise<void>;
}

/** Process ids of QEMU that run a machine, on this host, in whatever namespaces. */
export function guestsOf(namespace: string, machine: string): readonly number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && argumentsOf(entry).some(isGuest))
    .map(Number);

  function isGuest(argument: string): boolean {
    return argument.split(",")[0] === `guest=${namespace}_${machine}`;
  }
}

/** Of a process that has ended meanwhile there are none. */
function argumentsOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch (error) {
    if (hasCode(error, "ENOENT", "ESRCH")) return [];
    throw error;
  }
}
