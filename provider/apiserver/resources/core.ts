/**
 * The parts that most core resources share: a definition with everything at its usual value, to be given what differs.
 * Columns are those after the name.
 */
import { type ResourceDefinition, verbs } from "../registry";
import { withObjectMeta } from "../schema/object-meta";
import type { Schema } from "../schema/schema";
import { ageColumn, nameColumn } from "./columns";

const schemas = new Map<string, Schema>();

/** What a field of a core kind is, as far as the server must know. */
export const anything: Schema = { "x-kubernetes-preserve-unknown-fields": true };
export const flag: Schema = { type: "boolean" };
export const text: Schema = { type: "string" };
/** Values are bytes, as base64. */
export const bytes: Schema = { type: "object", additionalProperties: { type: "string", format: "byte", default: "" } };
export const texts: Schema = { type: "object", additionalProperties: { type: "string", default: "" } };

/** Below the fields of a core kind only those are declared that its lists need to be merged. */
function openSchema(kind: string, fields: Readonly<Record<string, Schema>>): Schema {
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
      ...fields,
      ...(fields.status === undefined
        ? {}
        : {
            status: {
              type: "object",
              properties: { conditions: byType, addresses: byType },
              "x-kubernetes-preserve-unknown-fields": true,
            },
          }),
    },
  });
  schemas.set(kind, schema);
  return schema;
}

type Differing = Partial<ResourceDefinition> &
  Pick<ResourceDefinition, "kind" | "plural" | "singular"> & {
    /** Those beside type and metadata. */
    readonly fields: Readonly<Record<string, Schema>>;
  };

export function coreResource({ fields, ...differing }: Differing): ResourceDefinition {
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
    custom: false,
    selectableFields: {},
    validate: () => ({ errors: [], warnings: [] }),
    schema: () => schemas.get(differing.kind) ?? openSchema(differing.kind, fields),
    countsGenerations: false,
    ...differing,
    columns: [nameColumn, ...(differing.columns ?? [ageColumn])],
  };
}
