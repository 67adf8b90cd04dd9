/** Names a cluster in words that tell nothing of its kubeconfig. Needs nothing else of the lifecycle: programs load it, too. */
import { createHash } from "node:crypto";

/** The same text for connections that name the same cluster in the same words; empty fields count as not given. */
export function clusterDigest(connection: unknown): string {
  const textOf = (name: string): string => {
    const value: unknown = Reflect.get(Object(connection ?? {}) as object, name);
    return typeof value === "string" ? value : "";
  };
  return createHash("sha256")
    .update(JSON.stringify([textOf("kubeconfig"), textOf("context")]))
    .digest("hex");
}
