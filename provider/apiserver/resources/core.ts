/**
 * The parts that most core resources share: a definition with everything at its usual value, to be given what differs.
 * Columns are those after the name.
 */
import { once } from "../once";
import { type ResourceDefinition, verbs } from "../registry";
import { typeFields, withObjectMeta } from "../schema/object-meta";
import type { Schema } from "../schema/schema";
import { record } from "../schema/shorthand";
import { ageColumn, nameColumn } from "./columns";

type Differing = Partial<ResourceDefinition> &
  Pick<ResourceDefinition, "kind" | "plural" | "singular"> & {
    /** For `kubectl explain`. */
    readonly description: string;
    /** Those beside type and metadata. */
    readonly fields: Readonly<Record<string, Schema>>;
  };

export function coreResource(resource: Differing): ResourceDefinition {
  const { fields, description, ...differing } = resource;
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
    schema: once(() => withObjectMeta(record(description, { ...typeFields, ...fields }))),
    countsGenerations: false,
    ...differing,
    columns: [nameColumn, ...(differing.columns ?? [ageColumn])],
  };
}
