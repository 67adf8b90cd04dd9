/**
 * The parts that most core resources share: a definition with everything at its usual value, to be given what differs.
 * Columns are those after the name.
 */
import { type ResourceDefinition, verbs } from "../registry";
import { withObjectMeta } from "../schema/object-meta";
import type { Schema } from "../schema/schema";
import { ageColumn, nameColumn } from "./columns";

const schemas = new Map<string, Schema>();

/** Of the fields of a core kind only those are declared that its lists need to be merged. */
function openSchema(kind: string): Schema {
  const byType: Schema = {
    type: "array",
    items: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["type"],
  };
  const schema = withObjectMeta({
    description: `${kind}, as in Kubernetes.`,
    type: "object",
    properties: {
      apiVersion: { type: "string", description: "Group and version." },
      kind: { type: "string", description: "Kind." },
      status: {
        type: "object",
        properties: { conditions: byType, addresses: byType },
        "x-kubernetes-preserve-unknown-fields": true,
      },
    },
    "x-kubernetes-preserve-unknown-fields": true,
  });
  schemas.set(kind, schema);
  return schema;
}

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
    schema: () => schemas.get(differing.kind) ?? openSchema(differing.kind),
    countsGenerations: false,
    ...differing,
    columns: [nameColumn, ...(differing.columns ?? [ageColumn])],
  };
}
