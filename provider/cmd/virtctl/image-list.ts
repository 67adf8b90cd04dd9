/** `virtctl image list` and `remove`: the claims of the local engine, and what it has pulled from registries. */
import { setTimeout as sleep } from "node:timers/promises";
import type { PersistentVolumeClaim } from "../../agent/claims";
import { formatBytes, type ListedDisk, listRegistryDisks } from "../../agent/volumes";
import type { KubeClient } from "../../kube/client";
import { isNotFound } from "../../kube/errors";
import { coreResources } from "../../kube/resource";

/** `volumes`: the engine's folder of disks. */
export async function imageList(client: KubeClient, volumes: string): Promise<string> {
  const disks = await listRegistryDisks(volumes);
  const claims = await listClaims(client);
  return disks.length === 0 ? claims : `${claims}\n\n${printDisks(disks)}`;
}

function printDisks(disks: readonly ListedDisk[]): string {
  const rows = disks.map(({ image, format, virtualBytes, storedBytes, inUse }) => [
    image,
    format,
    formatBytes(virtualBytes),
    formatBytes(storedBytes),
    inUse ? "yes" : "no",
  ]);
  return table([["REGISTRY DISK", "FORMAT", "CAPACITY", "STORED", "IN USE"], ...rows]);
}

async function listClaims(client: KubeClient): Promise<string> {
  const { items } = await client.list<PersistentVolumeClaim>(coreResources.persistentVolumeClaims);
  const rows = items.map(({ metadata, status }) => [
    metadata.namespace ?? "",
    metadata.name ?? "",
    status?.phase ?? "Pending",
    status?.capacity?.storage ?? "",
  ]);
  return table([["NAMESPACE", "NAME", "STATUS", "CAPACITY"], ...rows]);
}

/** Milliseconds. A claim in use stays until its machine is gone. */
const removePatienceMs = 10_000;

export async function imageRemove(client: KubeClient, claim: { namespace: string; name: string }): Promise<string> {
  const subject = `claim ${claim.namespace}/${claim.name}`;
  try {
    await client.delete(coreResources.persistentVolumeClaims, claim);
    for (const deadline = Date.now() + removePatienceMs; Date.now() < deadline; await sleep(100)) {
      await client.get(coreResources.persistentVolumeClaims, claim);
    }
  } catch (error) {
    if (isNotFound(error)) return `Removed ${subject}.`;
    throw error;
  }
  throw new Error(
    `${subject} is still used by a machine; it goes when that machine does: kubectl get vms --namespace ${claim.namespace}`,
  );
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("   ")
        .trimEnd(),
    )
    .join("\n");
}
