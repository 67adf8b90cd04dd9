/** `virtctl local start`: runs the engine in the background and returns when machines can be declared. */
import { spawn } from "node:child_process";
import { openSync } from "node:fs";
import { join, resolve } from "node:path";
import type { StartReport } from "../virt-local/main";
import { isEngineProcess } from "../virt-local/process";
import { ensureStateDirectory, readRecord, type StatePaths } from "../virt-local/state-directory";

export interface LocalStartFlags {
  readonly volumeDir?: string;
  readonly port?: number;
  readonly network?: string;
  readonly libvirtSocket?: string;
  readonly insecureRegistry: readonly string[];
  readonly registryCa: readonly string[];
}

/** Milliseconds. The first connection after libvirt is installed takes it several seconds. */
const startPatienceMs = 60_000;

export async function localStart(paths: StatePaths, flags: LocalStartFlags): Promise<string> {
  const record = readRecord(paths);
  if (record !== undefined && isEngineProcess(record.pid, paths.root)) {
    return `The engine is running already (process ${record.pid}, ${record.server}).\n${howToUse(paths)}`;
  }
  ensureStateDirectory(paths);
  const log = openSync(paths.log, "a", 0o600);
  const program = join(__dirname, "../virt-local/main.js");
  const child = spawn(process.execPath, [...nodeFlags, program, "--state-dir", paths.root, ...engineFlags(flags)], {
    detached: true,
    stdio: ["ignore", log, log, "ipc"],
    cwd: "/",
  });
  const report = await new Promise<StartReport>((resolve) => {
    const timer = setTimeout(() => {
      resolve({ ready: false, error: `the engine is not ready after ${startPatienceMs / 1000} s; see ${paths.log}` });
    }, startPatienceMs);
    const settle = (result: StartReport) => {
      clearTimeout(timer);
      resolve(result);
    };
    child.once("message", (message) => settle(message as StartReport));
    child.once("error", (error) => settle({ ready: false, error: error.message }));
    child.once("exit", (code, signal) => {
      settle({ ready: false, error: `the engine ended at once (${signal ?? `exit code ${code}`}); see ${paths.log}` });
    });
  });
  if (child.connected) child.disconnect();
  child.unref();
  if (!report.ready) throw new Error(report.error);
  return `The engine is ready (process ${child.pid}, ${report.server}).\n${howToUse(paths)}`;
}

/** node:sqlite announces itself as experimental; that is known. */
const nodeFlags = ["--disable-warning=ExperimentalWarning"];

function engineFlags(flags: LocalStartFlags): string[] {
  return [
    ...(flags.volumeDir === undefined ? [] : ["--volume-dir", flags.volumeDir]),
    ...(flags.port === undefined ? [] : ["--port", String(flags.port)]),
    ...(flags.network === undefined ? [] : ["--network", flags.network]),
    ...(flags.libvirtSocket === undefined ? [] : ["--libvirt-socket", flags.libvirtSocket]),
    ...flags.insecureRegistry.flatMap((host) => ["--insecure-registry", host]),
    // The engine's own working folder is another.
    ...flags.registryCa.flatMap((file) => ["--registry-ca", resolve(file)]),
  ];
}

function howToUse(paths: StatePaths): string {
  return `Use it with:\n  export KUBECONFIG=${paths.kubeconfig}\n  kubectl get vms`;
}
