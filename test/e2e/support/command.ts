/** Programs run by the end-to-end tests, with what they printed. */
import { execFile } from "node:child_process";

export interface Finished {
  readonly code: number;
  /** Standard output and standard error, as a person would see them. */
  readonly output: string;
  readonly stdout: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  readonly timeoutMs?: number;
}

/** Runs a program to its end, whatever its exit code. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      args,
      { cwd: options.cwd, env: options.env, timeout: options.timeoutMs ?? 300_000, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== "number") {
          reject(new Error(`${program} ${args.join(" ")} did not end by itself: ${error.message}\n${stdout}${stderr}`));
          return;
        }
        resolve({ code: typeof error?.code === "number" ? error.code : 0, output: `${stdout}${stderr}`, stdout });
      },
    );
    // A program may end without having read its input; its exit code says whether that was right.
    child.stdin?.on("error", (error) => {
      if (!("code" in error) || error.code !== "EPIPE") reject(error);
    });
    child.stdin?.end(options.input ?? "");
  });
}

/** Runs a program that must succeed, and returns its standard output without the last line break. */
export async function succeed(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const finished = await run(program, args, options);
  if (finished.code !== 0) {
    throw new Error(`${program} ${args.join(" ")} ended with code ${finished.code}:\n${finished.output}`);
  }
  return finished.stdout.trimEnd();
}
