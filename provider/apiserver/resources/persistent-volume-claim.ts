/** Claims: the names under which imported images and kept disks are known. */
import { isRecord, textAt, valueAt } from "../object";
import type { ResourceDefinition } from "../registry";
import { claimFields } from "../schema/claim";
import { ageColumn, pathColumn, textColumn } from "./columns";
import { coreResource } from "./core";

const modes: Readonly<Record<string, string>> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};

export const persistentVolumeClaims: ResourceDefinition = coreResource({
  kind: "PersistentVolumeClaim",
  description:
    "A disk that outlives the machines that use it: an imported image, or an empty one of the size asked for.",
  fields: claimFields,
  plural: "persistentvolumeclaims",
  singular: "persistentvolumeclaim",
  shortNames: ["pvc"],
  subresources: { status: true },
  columns: [
    textColumn("Status", "Pending, Bound or Lost.", (object) =>
      object.metadata.deletionTimestamp === undefined ? textAt(object, "status", "phase") : "Terminating",
    ),
    pathColumn({
      name: "Volume",
      type: "string",
      jsonPath: ".spec.volumeName",
      description: "The volume it is bound to.",
    }),
    pathColumn({
      name: "Capacity",
      type: "string",
      jsonPath: ".status.capacity.storage",
      description: "Size of the volume.",
    }),
    textColumn("Access Modes", "How it may be mounted.", (object) =>
      shortModes(valueAt(object, "status", "accessModes")),
    ),
    pathColumn({
      name: "StorageClass",
      type: "string",
      jsonPath: ".spec.storageClassName",
      description: "Class asked for.",
    }),
    ageColumn,
    textColumn(
      "VolumeMode",
      "Filesystem or Block.",
      (object) => textAt(object, "spec", "volumeMode") || "Filesystem",
      1,
    ),
  ],
  selectableFields: { "status.phase": (object) => textAt(object, "status", "phase") },
  prepare: (object, old) => (old === undefined ? { ...object, status: { phase: "Pending" } } : object),
  validate: (object) => ({
    errors: isRecord(object.spec)
      ? []
      : [{ type: "FieldValueRequired", field: "spec", detail: "accessModes and resources must be given" }],
    warnings: [],
  }),
});

function shortModes(value: unknown): string {
  if (!Array.isArray(value)) return "";
  return value.map((mode: unknown) => (typeof mode === "string" ? (modes[mode] ?? mode) : "")).join(",");
}
