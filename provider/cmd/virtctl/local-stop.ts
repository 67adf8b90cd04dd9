/** `virtctl local stop` and `status`. Guests go on when the engine stops. */
import { setTimeout as sleep } from "node:timers/promises";
import { isEngineProcess } from "../virt-local/process";
import { readRecord, type StatePaths } from "../virt-local/state-directory";

const stopPatienceMs = 15_000;

export async function localStop(paths: StatePaths): Promise<string> {
  const record = readRecord(paths);
  if (record === undefined || !isEngineProcess(record.pid, paths.root)) return "The engine is not running.";
  process.kill(record.pid, "SIGTERM");
  const deadline = Date.now() + stopPatienceMs;
  while (isEngineProcess(record.pid, paths.root)) {
    if (Date.now() > deadline) {
      throw new Error(
        `the engine (process ${record.pid}) has not stopped after ${stopPatienceMs / 1000} s; see ${paths.log}`,
      );
    }
    await sleep(50);
  }
  return "The engine has stopped. Guests go on running; start it again with: virtctl local start";
}

export interface LocalStatus {
  readonly running: boolean;
  readonly text: string;
}

export function localStatus(paths: StatePaths): LocalStatus {
  const record = readRecord(paths);
  if (record === undefined || !isEngineProcess(record.pid, paths.root)) {
    return { running: false, text: `The engine of ${paths.root} is not running; start it with: virtctl local start` };
  }
  const lines = [
    `The engine is running: process ${record.pid}, version ${record.version}, since ${record.startedAt}`,
    `  server:     ${record.server}`,
    `  kubeconfig: ${paths.kubeconfig}`,
    `  state:      ${paths.root}`,
    `  disks:      ${record.volumes}`,
    `  log:        ${paths.log}`,
  ];
  return { running: true, text: lines.join("\n") };
}
