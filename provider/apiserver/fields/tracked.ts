/**
 * Which part of an object a writer can own: not what only names it, not what is the server's, and of spec and status
 * the one that it writes.
 */
import { type JsonRecord, type KubeObject, type ManagedFieldsEntry, valueAt } from "../object";
import { ApiError } from "../status";
import { type FieldSet, pathsOf, printPath } from "./field-set";

const untracked = new Set(["apiVersion", "kind"]);
const untrackedMetadata = new Set([
  "name",
  "namespace",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "managedFields",
  "selfLink",
]);

export interface TrackedPart {
  readonly subresource?: string | undefined;
  /** Whether the status is written through a subresource of its own. */
  readonly hasStatus: boolean;
  readonly ownFields?: readonly string[] | undefined;
}

export function trackedPart(object: KubeObject, { subresource, hasStatus, ownFields = [] }: TrackedPart): JsonRecord {
  if (subresource === "status") {
    const { status } = object;
    return status === undefined ? {} : { status };
  }
  const fields = Object.entries(object).filter(
    ([key]) =>
      !untracked.has(key) && key !== "metadata" && !(hasStatus && key === "status") && !ownFields.includes(key),
  );
  const metadata = Object.entries(object.metadata).filter(([key]) => !untrackedMetadata.has(key));
  return Object.fromEntries(metadata.length === 0 ? fields : [["metadata", Object.fromEntries(metadata)], ...fields]);
}

/** The set without the place that all objects have. */
export function withoutRoot(set: FieldSet): FieldSet {
  const metadata = valueAt(set, "f:metadata", ".");
  if (metadata === undefined) return set;
  const { ".": _, ...below } = Object(set["f:metadata"]);
  return { ...set, "f:metadata": below };
}

export interface FieldConflict {
  readonly entry: ManagedFieldsEntry;
  readonly fields: FieldSet;
}

export function conflictError(conflicts: readonly FieldConflict[]): ApiError {
  const byManager = [...conflicts].sort((left, right) => (describe(left.entry) < describe(right.entry) ? -1 : 1));
  const causes = byManager.flatMap(({ entry, fields }) =>
    pathsOf(fields).map((path) => ({
      reason: "FieldManagerConflict",
      message: `conflict with ${describe(entry)}`,
      field: printPath(path),
    })),
  );
  const [first, ...more] = causes;
  const list =
    more.length === 0
      ? `1 conflict: ${first?.message}: ${first?.field}`
      : `${causes.length} conflicts: ${byManager.map(listed).join("\n")}`;
  return new ApiError(409, "Conflict", `Apply failed with ${list}`, { causes });
}

function listed({ entry, fields }: FieldConflict): string {
  return [`conflicts with ${describe(entry)}:`, ...pathsOf(fields).map((path) => `- ${printPath(path)}`)].join("\n");
}

function describe({ manager, operation, subresource, apiVersion }: ManagedFieldsEntry): string {
  const place = subresource === undefined ? "" : ` with subresource ${JSON.stringify(subresource)}`;
  if (operation === "Apply") return `${JSON.stringify(manager)}${place}`;
  return `${JSON.stringify(manager)}${place} using ${apiVersion}`;
}
