/** Starts and kills the engine child of `engine.ts`. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface EngineChild {
  readonly url: string;
  readonly kubeconfig: string;
  readonly readyMs: number;
  readonly process: ChildProcess;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

const support = __dirname;

/** @throws Error with what the child wrote when it ends before it is ready */
export async function startEngine(directory: string, port = 0): Promise<EngineChild> {
  const child = spawn(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      "--import",
      join(support, "ts-loader.mjs"),
      join(support, "engine.ts"),
      directory,
      String(port),
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let complaints = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const ready: { url: string; readyMs: number } = JSON.parse(line);
    return {
      ...ready,
      kubeconfig: join(directory, "kubeconfig"),
      process: child,
      kill: async (signal = "SIGTERM") => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        child.kill(signal);
        await once(child, "exit");
      },
    };
  }
  throw new Error(`the engine ended before it was ready: ${complaints}`);
}
