/** What a server must find in its store before it serves: the namespaces that are always there. */
import type { ServerContext } from "./context";
import { findObject } from "./object-storage";
import { namespaces } from "./resources/namespace";
import { createNamed } from "./verbs/create";

/** The uid of kube-system is the identity of the engine; it never changes. */
export const identityNamespace = "kube-system";
const alwaysThere = ["default", identityNamespace] as const;

export async function bootstrap(context: ServerContext): Promise<void> {
  for (const name of alwaysThere) {
    if (findObject(context.store, namespaces, { name }) !== undefined) continue;
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
    await createNamed(context, { definition: namespaces }, namespace, { name, dryRun: false });
  }
}
