/** The project's own kinds as resources of the server, from the kinds table. */
import { structuralSchema } from "../../api/structural-schema";
import { group, type KindDefinition, kinds, version } from "../../api/v1alpha1/kinds";
import { validateObject, validateStatus } from "../../core/validation";
import { type KubeObject, textAt } from "../object";
import { once } from "../once";
import { type ResourceDefinition, verbs } from "../registry";
import { withObjectMeta } from "../schema/object-meta";
import { customColumn, nameColumn } from "./columns";

export const kubevirtResources: readonly ResourceDefinition[] = kinds.map(adaptKind);

function adaptKind(kind: KindDefinition): ResourceDefinition {
  return {
    group,
    version,
    kind: kind.kind,
    listKind: kind.listKind,
    plural: kind.plural,
    singular: kind.singular,
    shortNames: kind.shortNames,
    categories: kind.categories,
    namespaced: true,
    verbs,
    listed: true,
    columns: [nameColumn, ...kind.columns.map(customColumn)],
    subresources: kind.subresources,
    tracksFields: true,
    strategicMerge: false,
    selectableFields: Object.fromEntries(kind.selectableFields.map(selectableField)),
    validate: (object) => validateObject(object),
    validateStatus,
    custom: true,
    schema: once(() => withObjectMeta({ ...structuralSchema(kind.schema), description: kind.description })),
    countsGenerations: true,
  };
}

/** `.status.phase` as a field selector names it, and how it is read. */
function selectableField(jsonPath: string): readonly [string, (object: KubeObject) => string] {
  const path = jsonPath.slice(1);
  return [path, (object) => textAt(object, ...path.split("."))];
}
