/**
 * The CustomResourceDefinition of a kind, from its row in the table and its schema: what a real API server needs to
 * serve the kind and to refuse what is wrong with an object, without a webhook.
 * https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/custom-resource-definition-v1/
 */
import { type StructuralSchema, structuralSchema } from "../api/structural-schema";
import { group, type KindDefinition, version } from "../api/v1alpha1/kinds";
import { installedBy, labelsOf } from "./manifest";

export function customResourceDefinition(kind: KindDefinition) {
  const { plural, singular, listKind, shortNames, categories } = kind;
  const { status, scale } = kind.subresources;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}`, labels: labelsOf("definitions"), annotations: installedBy },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind: kind.kind, listKind, plural, singular, shortNames, categories },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          additionalPrinterColumns: kind.columns,
          ...(kind.selectableFields.length === 0
            ? {}
            : { selectableFields: kind.selectableFields.map((jsonPath) => ({ jsonPath })) }),
          subresources: { ...(status ? { status: {} } : {}), ...(scale === undefined ? {} : { scale }) },
          schema: { openAPIV3Schema: rootSchema(kind) },
        },
      ],
    },
  };
}

/** Of metadata a definition may restrict the name alone, of apiVersion and kind nothing: these are the API server's. */
function rootSchema(kind: KindDefinition): StructuralSchema {
  const schema = structuralSchema(kind.schema);
  const { apiVersion, kind: kindName, metadata, ...properties } = schema.properties ?? {};
  const { name, generateName } = metadata?.properties ?? {};
  if (apiVersion === undefined || kindName === undefined || name === undefined || generateName === undefined) {
    throw new Error(`the schema of ${kind.kind} lacks apiVersion, kind or metadata`);
  }
  return {
    ...schema,
    description: kind.description,
    properties: {
      apiVersion: { type: "string", description: `Group and version of the kind: ${apiVersion.description ?? ""}` },
      kind: { type: "string", description: `Name of the kind: ${kindName.description ?? ""}` },
      metadata: { type: "object", properties: { name, generateName } },
      ...properties,
    },
    required: (schema.required ?? []).filter((field) => field in properties),
  };
}
