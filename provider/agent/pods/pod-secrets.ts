/**
 * The secrets of a machine as the kubelet has brought them to the node for its launcher pod. So the agent needs no right to
 * read secrets: which node may have which secret is decided by Kubernetes, by the pods that are on it.
 */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { isUid, namesIn } from "../volumes/files";
import type { LauncherPod } from "./launcher";

/** Kubernetes lets no secret be larger. */
const mostSecretBytes = 1024 * 1024;

/** Key → bytes; undefined when there is no such secret, or the kubelet has not brought it yet. */
export async function readPodSecret(
  pod: LauncherPod,
  secretName: string,
  kubeletFolder: string,
): Promise<Readonly<Record<string, Uint8Array>> | undefined> {
  const volume = pod.spec?.volumes?.find(({ secret }) => secret?.secretName === secretName)?.name;
  const { uid = "" } = pod.metadata;
  if (volume === undefined || !isUid(uid) || !/^secret-\d+$/.test(volume)) return undefined;
  const folder = join(kubeletFolder, "pods", uid, "volumes/kubernetes.io~secret", volume);
  const keys = (await namesIn(folder)).filter((key) => !key.startsWith(".."));
  const content = await Promise.all(keys.map(async (key) => [key, await readKey(join(folder, key))] as const));
  return content.length === 0 ? undefined : Object.fromEntries(content);
}

/** The kubelet's own links are followed: it swaps all keys of a secret at once by one of them. */
async function readKey(path: string): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { size } = await file.stat();
    if (size > mostSecretBytes) throw new Error(`${path} is larger than a secret can be`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}
