/** The content of a Secret, for the volumes that name one. */
import type { KubeClient } from "../kube/client";
import { isNotFound } from "../kube/errors";
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
  try {
    const { data = {} } = await client.get<Secret>(coreResources.secrets, address);
    return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64")]));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
