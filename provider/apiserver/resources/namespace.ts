/** Namespaces: what all else lives in. One that is deleted waits, by its spec, for its contents to go. */
import type { FieldError } from "../../core/field-error";
import { type KubeObject, textAt, valueAt } from "../object";
import { type ResourceDefinition, verbs } from "../registry";
import { conditions, record, text, textList } from "../schema/shorthand";
import { forbidden } from "../status";
import { ageColumn, pathColumn } from "./columns";
import { coreResource } from "./core";

/** Holds a namespace until it is empty. */
export const contentsFinalizer = "kubernetes";

const permanent = new Set(["default", "kube-system"]);

export const namespaces: ResourceDefinition = coreResource({
  kind: "Namespace",
  ownFields: ["spec"],
  description: "What other objects live in: their names are unique within it, and they end with it.",
  fields: {
    spec: record("What holds the namespace.", {
      finalizers: textList("Who has yet to do something before the namespace may end."),
    }),
    status: record("Where the namespace is in its life.", {
      phase: text("Active or Terminating."),
      conditions: conditions("What is in the way of its end."),
    }),
  },
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
  validateStatus: phaseFaults,
  answersWithDeleted: true,
  heldBySpec: (object: KubeObject) => {
    const finalizers = valueAt(object, "spec", "finalizers");
    return Array.isArray(finalizers) && finalizers.length > 0;
  },
  refuseDelete: ({ metadata: { name } }) => {
    if (permanent.has(name)) throw forbidden(namespaces, name, "this namespace may not be deleted");
  },
});

/** Whether it is being deleted is no matter of opinion. */
function phaseFaults({ metadata, status }: KubeObject): readonly FieldError[] {
  const phase = metadata.deletionTimestamp === undefined ? "Active" : "Terminating";
  const badValue = textAt(status, "phase");
  if (badValue === phase) return [];
  const why = phase === "Active" ? "the namespace is not being deleted" : "the namespace is being deleted";
  const detail = `must be ${phase}: ${why}`;
  return [{ type: "FieldValueInvalid", field: "status.Phase", badValue, detail }];
}
