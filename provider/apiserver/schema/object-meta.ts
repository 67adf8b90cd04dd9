/** The schema of metadata, which all kinds share. */
import type { Schema } from "./schema";

const text: Schema = { type: "string" };
const texts: Schema = { type: "object", additionalProperties: { type: "string", default: "" } };

export const objectMetaSchema: Schema = {
  type: "object",
  description: "Name, namespace, labels and annotations, and what the server notes of the object.",
  properties: {
    name: text,
    generateName: text,
    namespace: text,
    uid: text,
    resourceVersion: text,
    selfLink: text,
    generation: { type: "integer", format: "int64" },
    creationTimestamp: text,
    deletionTimestamp: text,
    deletionGracePeriodSeconds: { type: "integer", format: "int64" },
    labels: texts,
    annotations: texts,
    finalizers: { type: "array", items: text, "x-kubernetes-list-type": "set" },
    ownerReferences: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["uid"],
      items: {
        type: "object",
        "x-kubernetes-map-type": "atomic",
        required: ["apiVersion", "kind", "name", "uid"],
        properties: {
          apiVersion: text,
          kind: text,
          name: text,
          uid: { ...text, default: "" },
          controller: { type: "boolean" },
          blockOwnerDeletion: { type: "boolean" },
        },
      },
    },
    managedFields: { type: "array", items: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
  },
};

/** A kind's schema whose metadata is that of all kinds. */
export function withObjectMeta(schema: Schema): Schema {
  return { ...schema, properties: { ...schema.properties, metadata: objectMetaSchema } };
}
