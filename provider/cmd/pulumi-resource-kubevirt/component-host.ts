/** Starts the process that makes components, and knows its port by the first line of its output. */
import { fork } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { ComponentHost } from "../../plugin/components";

/** Rejects when the process ends before it listens. What it has to say to a person goes to this one's standard error. */
export function startComponentHost(engineAddress: string): Promise<ComponentHost> {
  const child = fork(join(__dirname, "components.js"), [engineAddress], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const { stdout } = child;
  if (stdout === null) throw new Error("the process for components has no output");
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      reject(new Error(`the process for components ended before it listened (${signal ?? `exit code ${code}`})`));
    });
    createInterface({ input: stdout }).once("line", (line) =>
      resolve({ port: Number(line), stop: () => child.kill() }),
    );
  });
}
