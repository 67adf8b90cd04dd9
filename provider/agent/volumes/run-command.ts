/**
 * Runs a program of the node: no shell, a fixed environment in plain C locale, bounded time and output. Arguments are
 * visible to every user of the machine, so nothing secret goes in them.
 */
import { spawn } from "node:child_process";
import { hasCode } from "../../runtime/error-code";

export interface RunOptions {
  readonly timeoutMs?: number;
  /** An open file that the program finds as its descriptor 3. */
  readonly descriptor?: number;
  /** Called with each piece of standard output. */
  readonly onOutput?: (text: string) => void;
}

export type RunCommand = (command: string, args: readonly string[], options?: RunOptions) => Promise<void>;

/** A program that is not there, ended with an error, or took too long. */
export class CommandError extends Error {
  readonly command: string;
  readonly exitCode: number | undefined;
  /** What it wrote to standard error, cut to a few kilobytes. */
  readonly stderr: string;

  constructor(message: string, detail: { command: string; exitCode?: number; stderr?: string; cause?: unknown }) {
    super(message, { cause: detail.cause });
    this.name = "CommandError";
    this.command = detail.command;
    this.exitCode = detail.exitCode;
    this.stderr = detail.stderr ?? "";
  }
}

const mostStderr = 4096;
const defaultTimeoutMs = 60_000;
const packageOf: Readonly<Record<string, string>> = { "qemu-img": "qemu-utils", genisoimage: "genisoimage" };

export const runCommand: RunCommand = (command, args, options = {}) =>
  new Promise((resolve, reject) => {
    const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe", ...(options.descriptor === undefined ? [] : [options.descriptor])],
      env: { PATH: process.env.PATH ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" },
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    });
    let stderr = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      stderr = (stderr + chunk.toString("utf8")).slice(0, mostStderr);
    });
    child.stdout?.on("data", (chunk: Buffer) => options.onOutput?.(chunk.toString("utf8")));
    child.once("error", (error) => {
      const missing = hasCode(error, "ENOENT");
      const remedy = missing ? `${command} is not installed; install the package ${packageOf[command] ?? command}` : "";
      reject(new CommandError(remedy || `${command} cannot be run: ${error.message}`, { command, cause: error }));
    });
    child.once("close", (exitCode, signal) => {
      if (exitCode === 0) {
        resolve();
        return;
      }
      const said = stderr.trim().split("\n").slice(-1).join("");
      const ended =
        signal === null ? `ended with status ${exitCode}` : `was ended by ${signal} (limit ${timeoutMs} ms)`;
      reject(
        new CommandError(`${command} ${ended}${said === "" ? "" : `: ${said}`}`, {
          command,
          stderr,
          ...(exitCode !== null && { exitCode }),
        }),
      );
    });
  });

/** True for a full disk or an exhausted quota, whether the system or a program said so. */
export function isOutOfSpace(error: unknown): boolean {
  if (error instanceof CommandError) {
    return /No space left on device|Disk quota exceeded/.test(error.stderr);
  }
  return hasCode(error, "ENOSPC", "EDQUOT");
}
