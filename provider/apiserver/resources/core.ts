/**
 * The parts that most core resources share: a definition with everything at its usual value, to be given what differs.
 * Columns are those after the name.
 */
import { type ResourceDefinition, verbs } from "../registry";
import { ageColumn, nameColumn } from "./columns";

type Differing = Partial<ResourceDefinition> & Pick<ResourceDefinition, "kind" | "plural" | "singular">;

export function coreResource(differing: Differing): ResourceDefinition {
  return {
    group: "",
    version: "v1",
    listKind: `${differing.kind}List`,
    shortNames: [],
    categories: [],
    namespaced: true,
    verbs,
    listed: true,
    subresources: { status: false },
    tracksFields: true,
    strategicMerge: true,
    selectableFields: {},
    validate: () => ({ errors: [], warnings: [] }),
    schema: () => ({
      description: `${differing.kind}, as in Kubernetes.`,
      type: "object",
      properties: {
        apiVersion: { type: "string", description: "Group and version." },
        kind: { type: "string", description: "Kind." },
        metadata: { type: "object", description: "Name, namespace, labels and annotations." },
      },
      "x-kubernetes-preserve-unknown-fields": true,
    }),
    ...differing,
    columns: [nameColumn, ...(differing.columns ?? [ageColumn])],
  };
}
