/**
 * Pods for the engine's own API server, which has none: with them it stands for a cluster's. A pod that a node has goes
 * only when the node says that nothing of it runs there any more, with `spec.gone`: deletions are graceful.
 */
import { valueAt } from "../../provider/apiserver/object";
import { createRegistry, type Registry, type ResourceDefinition } from "../../provider/apiserver/registry";
import { defaultRegistry } from "../../provider/apiserver/resources";
import { coreResource } from "../../provider/apiserver/resources/core";
import { anything } from "../../provider/apiserver/schema/shorthand";

const pods: ResourceDefinition = coreResource({
  kind: "Pod",
  description: "A pod of containers.",
  fields: { spec: anything, status: anything },
  plural: "pods",
  singular: "pod",
  subresources: { status: true },
  tracksFields: false,
  selectableFields: { "spec.nodeName": (pod) => String(valueAt(pod, "spec", "nodeName") ?? "") },
  heldBySpec: (pod) => (valueAt(pod, "spec", "nodeName") ?? "") !== "" && valueAt(pod, "spec", "gone") !== true,
});

export function clusterRegistry(): Registry {
  const others = defaultRegistry().definitions.filter(({ plural }) => plural !== pods.plural);
  return createRegistry([...others, pods]);
}
