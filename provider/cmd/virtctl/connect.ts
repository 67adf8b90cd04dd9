/** The connection of virtctl to the local engine that runs on a state folder. */
import { KubeClient } from "../../kube/client";
import { loadConnection } from "../../kube/kubeconfig";
import { isEngineProcess } from "../virt-local/process";
import { type EngineRecord, readRecord, type StatePaths } from "../virt-local/state-directory";

/** The record of the running engine. Throws with the remedy when none runs. */
export function runningEngine(paths: StatePaths): EngineRecord {
  const record = readRecord(paths);
  if (record !== undefined && isEngineProcess(record.pid, paths.root)) return record;
  throw new Error(`the local engine of ${paths.root} is not running; start it with: virtctl local start`);
}

export async function connectToEngine(paths: StatePaths): Promise<KubeClient> {
  runningEngine(paths);
  return new KubeClient(await loadConnection({ kubeconfig: paths.kubeconfig }), { fieldManager: "virtctl" });
}
