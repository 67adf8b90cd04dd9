/** Runs the real kubectl against an engine. Its caches and its configuration stay in the given directory. */
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Kubectl {
  /** Whatever the outcome is. */
  try(...args: readonly string[]): Promise<Outcome>;
  /** The standard output; rejects with what kubectl complained about when it fails. */
  run(...args: readonly string[]): Promise<string>;
  /** With a manifest on standard input, for `-f -`. */
  feed(manifest: object | string, ...args: readonly string[]): Promise<Outcome>;
  start(...args: readonly string[]): ChildProcess;
}

export function requireKubectl(): void {
  try {
    execFileSync("kubectl", ["version", "--client"], { stdio: "ignore" });
  } catch (error) {
    throw new Error("kubectl is not on PATH: install it, these tests speak to the server through the real one", {
      cause: error,
    });
  }
}

export function kubectlFor(kubeconfig: string, directory: string, environment: Record<string, string> = {}): Kubectl {
  const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: directory, ...environment };
  const attempt = (args: readonly string[], input?: string): Promise<Outcome> =>
    new Promise((resolve) => {
      const child = execFile("kubectl", [...args], { env, timeout: 30_000 }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        resolve({ code, stdout, stderr });
      });
      child.stdin?.end(input ?? "");
    });
  return {
    try: (...args) => attempt(args),
    run: async (...args) => {
      const { code, stdout, stderr } = await attempt(args);
      if (code !== 0) throw new Error(`kubectl ${args.join(" ")} ended with ${code}: ${stderr}${stdout}`);
      return stdout;
    },
    feed: (manifest, ...args) => attempt(args, typeof manifest === "string" ? manifest : JSON.stringify(manifest)),
    start: (...args) => spawn("kubectl", args, { env, stdio: ["ignore", "pipe", "pipe"] }),
  };
}
