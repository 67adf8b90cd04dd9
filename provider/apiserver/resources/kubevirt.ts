/** The project's own kinds as resources of the server, from the kinds table. */
import { z } from "zod";
import { group, type KindDefinition, kinds, version } from "../../api/v1alpha1/kinds";
import { validateObject } from "../../core/validation";
import { textAt } from "../object";
import { toOpenApiSchema } from "../openapi-schema";
import { type ResourceDefinition, verbs } from "../registry";
import { nameColumn, pathColumn } from "./columns";

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
    categories: ["all"],
    namespaced: true,
    verbs,
    listed: true,
    columns: [nameColumn, ...kind.columns.map(pathColumn)],
    subresources: kind.subresources,
    tracksFields: true,
    strategicMerge: false,
    selectableFields: {
      "status.phase": (object) => textAt(object, "status", "phase"),
      "status.nodeName": (object) => textAt(object, "status", "nodeName"),
      "spec.nodeName": (object) => textAt(object, "spec", "nodeName"),
    },
    validate: (object) => validateObject(object),
    schema: () => ({
      description: `${kind.kind} of ${group}/${version}.`,
      ...toOpenApiSchema(z.toJSONSchema(kind.schema, { io: "input", unrepresentable: "any", target: "draft-7" })),
    }),
  };
}
