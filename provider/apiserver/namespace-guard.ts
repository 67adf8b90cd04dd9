/** Refuses objects for a namespace that does not exist or is going away. */
import type { ServerContext } from "./context";
import type { KubeObject } from "./object";
import { findObject } from "./object-storage";
import type { ResourceDefinition } from "./registry";
import { forbidden, notFound } from "./status";

export const namespaceResource = { group: "", plural: "namespaces", kind: "Namespace", namespaced: false } as const;

/** @throws ApiError 404, 403 */
export function requireLiveNamespace(context: ServerContext, definition: ResourceDefinition, object: KubeObject): void {
  const { namespace, name } = object.metadata;
  if (!definition.namespaced || namespace === undefined) return;
  const stored = findObject(context.store, namespaceResource, { name: namespace });
  if (stored === undefined) throw notFound(namespaceResource, namespace);
  if (stored.object.metadata.deletionTimestamp === undefined) return;
  throw forbidden(
    definition,
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
    [
      {
        reason: "NamespaceTerminating",
        message: `namespace ${namespace} is being terminated`,
        field: "metadata.namespace",
      },
    ],
  );
}
