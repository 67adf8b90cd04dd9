/** The schema of what all kinds share: what an object is, and its metadata. */
import type { Schema } from "./schema";
import { count, flag, openRecord, record, text, texts, time } from "./shorthand";

/** Of every object, and as Kubernetes serves them whatever a definition says of them. */
export const typeFields = {
  apiVersion: text("Group and version of the object's kind, such as kubevirt.io/v1alpha1 or v1."),
  kind: text("The object's kind, such as VirtualMachine."),
} as const;

export const objectMetaSchema: Schema = record(
  "Name, namespace, labels and annotations, and what the server notes of the object.",
  {
    name: text("The object's name, unique among its kind in its namespace; never changes."),
    generateName: text("What a name begins with that the server is to choose, when none is given."),
    namespace: text("The namespace that the object lives in; never changes."),
    uid: text("What tells the object from all others there ever were; given by the server."),
    resourceVersion: text(
      "The object's revision, which every change renews; an update that names an old one is refused.",
    ),
    selfLink: text("No longer in use."),
    generation: { ...count("How often what is wanted has changed."), format: "int64" },
    creationTimestamp: time("When the object was created; given by the server."),
    deletionTimestamp: time("When the object was, or is to be, deleted; it stays until its finalizers are gone."),
    deletionGracePeriodSeconds: { ...count("Seconds that the object was given to end."), format: "int64" },
    labels: texts("Words by which objects are selected."),
    annotations: texts("Words of tools and people, which select nothing."),
    finalizers: {
      type: "array",
      description: "Who has yet to do something before the object may go.",
      items: { type: "string" },
      "x-kubernetes-list-type": "set",
    },
    ownerReferences: {
      type: "array",
      description: "The objects that this one belongs to; when all of them are gone, it is deleted.",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["uid"],
      items: {
        ...record("An owner.", {
          apiVersion: text("The owner's group and version."),
          kind: text("The owner's kind."),
          name: text("The owner's name."),
          uid: { ...text("The owner's uid."), default: "" },
          controller: flag("Whether it is the one that manages the object."),
          blockOwnerDeletion: flag("Whether a deletion of the owner in the foreground waits for this object."),
        }),
        "x-kubernetes-map-type": "atomic",
        required: ["apiVersion", "kind", "name", "uid"],
      },
    },
    managedFields: {
      type: "array",
      description: "Who wrote which fields, and how.",
      items: openRecord("What one writer wrote in one way.", {
        manager: text("Who wrote, such as kubectl or a controller."),
        operation: text("Apply for server-side applies, Update for all else."),
        subresource: text("The subresource that was written through; none for the object itself."),
        apiVersion: text("Group and version in which the fields are named."),
        fieldsType: text("FieldsV1."),
        fieldsV1: { ...openRecord("The fields, as a tree.", {}), "x-kubernetes-map-type": "atomic" },
        time: time("When it was written last."),
      }),
    },
  },
);

/** A kind's schema whose metadata is that of all kinds. */
export function withObjectMeta(schema: Schema): Schema {
  return { ...schema, properties: { ...schema.properties, metadata: objectMetaSchema } };
}
