/** Claims: the names under which imported images and kept disks are known. */
import { claimFinalizer } from "../../core/plan/claim";
import { isRecord, type KubeObject, textAt, valueAt } from "../object";
import type { ResourceDefinition } from "../registry";
import { claimFields } from "../schema/claim";
import { claimFaults, claimStatusFaults, settledSpec, settledStatus, withSource } from "./claim-rules";
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
    textColumn("Capacity", "Size of the volume.", (object) =>
      ofVolume(object, textAt(object, "status", "capacity", "storage") || "0"),
    ),
    textColumn("Access Modes", "How it may be mounted.", (object) =>
      ofVolume(object, shortModes(valueAt(object, "status", "accessModes"))),
    ),
    pathColumn({
      name: "StorageClass",
      type: "string",
      jsonPath: ".spec.storageClassName",
      description: "Class asked for.",
    }),
    textColumn(
      "VolumeAttributesClass",
      "Class of the volume's attributes asked for.",
      (object) => textAt(object, "spec", "volumeAttributesClassName") || "<unset>",
    ),
    ageColumn,
    textColumn(
      "VolumeMode",
      "Filesystem or Block.",
      (object) => textAt(object, "spec", "volumeMode") || "Filesystem",
      1,
    ),
  ],
  selectableFields: { "status.phase": (object) => textAt(object, "status", "phase") },
  alwaysThere: { spec: { resources: {} }, status: {} },
  prepare: (object, old) => ({
    ...object,
    spec: settledSpec(object.spec),
    status: old === undefined ? { phase: "Pending" } : object.status,
  }),
  prepareStatus: (object) => ({ ...object, status: settledStatus(object.status) }),
  complete: completedClaim,
  answersWithDeleted: true,
  validateStatus: claimStatusFaults,
  validate: (object, old) => ({ errors: claimFaults(object, old), warnings: [] }),
});

/** Held until nobody uses it: whoever looks after its disk lets it go. */
function completedClaim({ spec, metadata, ...claim }: KubeObject): KubeObject {
  const { finalizers = [] } = metadata;
  const held = finalizers.includes(claimFinalizer) ? finalizers : [...finalizers, claimFinalizer];
  const { apiVersion, kind } = claim;
  return {
    ...claim,
    apiVersion,
    kind,
    metadata: { ...metadata, finalizers: held },
    spec: withSource(isRecord(spec) ? spec : {}),
  };
}

/** Of a volume only: what a claim without one has is nothing. */
function ofVolume(claim: KubeObject, told: string): string {
  return textAt(claim, "spec", "volumeName") === "" ? "" : told;
}

function shortModes(value: unknown): string {
  if (!Array.isArray(value)) return "";
  return value.map((mode: unknown) => (typeof mode === "string" ? (modes[mode] ?? mode) : "")).join(",");
}
