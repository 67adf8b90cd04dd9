/** Namespaces: what all else lives in. One that is deleted waits, by its spec, for its contents to go. */
import { type KubeObject, textAt, valueAt } from "../object";
import { type ResourceDefinition, verbs } from "../registry";
import { forbidden } from "../status";
import { ageColumn, pathColumn } from "./columns";
import { anything, coreResource } from "./core";

/** Holds a namespace until it is empty. */
export const contentsFinalizer = "kubernetes";

const permanent = new Set(["default", "kube-system"]);

export const namespaces: ResourceDefinition = coreResource({
  kind: "Namespace",
  ownFields: ["spec"],
  fields: { spec: anything, status: anything },
  plural: "namespaces",
  singular: "namespace",
  shortNames: ["ns"],
  namespaced: false,
  verbs: verbs.filter((verb) => verb !== "deletecollection"),
  subresources: { status: true },
  columns: [
    pathColumn({ name: "Status", type: "string", jsonPath: ".status.phase", description: "Active or Terminating." }),
    ageColumn,
  ],
  selectableFields: { "status.phase": (object) => textAt(object, "status", "phase") },
  prepare: (object, old) => ({
    ...object,
    metadata: {
      ...object.metadata,
      labels: { ...object.metadata.labels, "kubernetes.io/metadata.name": object.metadata.name },
    },
    spec: valueAt(old, "spec") ?? { finalizers: [contentsFinalizer] },
    status: { phase: object.metadata.deletionTimestamp === undefined ? "Active" : "Terminating" },
  }),
  heldBySpec: (object: KubeObject) => {
    const finalizers = valueAt(object, "spec", "finalizers");
    return Array.isArray(finalizers) && finalizers.length > 0;
  },
  refuseDelete: ({ metadata: { name } }) => {
    if (permanent.has(name)) throw forbidden(namespaces, name, "this namespace may not be deleted");
  },
});
