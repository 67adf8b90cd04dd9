/** The content of a Secret, for the volumes that name one. */
import type { KubeClient } from "../kube/client";
import { coreResources, type KubeObject } from "../kube/resource";

interface Secret extends KubeObject {
  /** Key → value in base64. */
  readonly data?: Readonly<Record<string, string>>;
}

/** Key → bytes; undefined when there is no such Secret. */
export async function readSecret(
  client: KubeClient,
  address: { namespace: string; name: string },
): Promise<Readonly<Record<string, Uint8Array>> | undefined> {
  const secret = await client.find<Secret>(coreResources.secrets, address);
  if (secret === undefined) return undefined;
  const entries = Object.entries(secret.data ?? {});
  return Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, "base64")]));
}
