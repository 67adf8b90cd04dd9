/** `virtctl local delete`: stops an engine that has no machines left and removes its folder and its disks. */
import { rm, rmdir } from "node:fs/promises";
import { dirname } from "node:path";
import { virtualMachines } from "../../core/resources";
import type { KubeClient } from "../../kube/client";
import { hasCode } from "../../runtime/error-code";
import { readRecord, type StatePaths } from "../virt-local/state-directory";
import { systemVolumes } from "../virt-local/volume-directory";
import { localStop } from "./local-stop";

export async function localDelete(paths: StatePaths, connect: () => Promise<KubeClient>): Promise<string> {
  const record = readRecord(paths);
  if (record === undefined) return `There is no engine in ${paths.root}.`;
  const client = await connect();
  const { items } = await client.list(virtualMachines);
  client.connection.close();
  if (items.length > 0) {
    const names = items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    throw new Error(
      `the engine still has machines (${names.join(", ")}); delete them first: kubectl delete vms --all --all-namespaces`,
    );
  }
  await localStop(paths);
  await rm(record.volumes, { recursive: true, force: true });
  await removeIfEmpty(dirname(record.volumes));
  await rm(paths.root, { recursive: true, force: true });
  return `Removed the engine of ${paths.root} and its disks in ${record.volumes}.`;
}

/** The folder that the engines of this machine share goes with the last of them. */
async function removeIfEmpty(folder: string): Promise<void> {
  if (folder !== systemVolumes) return;
  try {
    await rmdir(folder);
  } catch (error) {
    if (!hasCode(error, "ENOTEMPTY", "ENOENT")) throw error;
  }
}
