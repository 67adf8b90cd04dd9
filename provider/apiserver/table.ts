/**
 * Objects as the table kubectl prints: columns from the resource's definition, one row per object.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
 */
import type { JsonRecord, KubeObject } from "./object";
import type { ResourceDefinition } from "./registry";
import { badRequest } from "./status";

export type IncludeObject = "None" | "Metadata" | "Object";

export interface TableOptions {
  readonly definition: ResourceDefinition;
  readonly now: number;
  readonly includeObject: IncludeObject;
  /** Of the group meta.k8s.io, as it was asked for. */
  readonly version: string;
  /** A watch repeats the columns in its first event only. */
  readonly withColumns: boolean;
}

/** @throws ApiError 400 */
export function parseIncludeObject(query: URLSearchParams): IncludeObject {
  const value = query.get("includeObject") || "Metadata";
  if (value === "None" || value === "Metadata" || value === "Object") return value;
  throw badRequest(`includeObject: ${JSON.stringify(value)} is not one of None, Metadata, Object`);
}

export function toTable(objects: readonly KubeObject[], metadata: JsonRecord, options: TableOptions): JsonRecord {
  const { definition, withColumns, version } = options;
  return {
    kind: "Table",
    apiVersion: `meta.k8s.io/${version}`,
    metadata,
    columnDefinitions: withColumns ? columnDefinitions(definition) : null,
    rows: objects.map((object) => ({
      cells: definition.columns.map((column) => column.cell(object, options.now)),
      ...rowObject(object, options),
    })),
  };
}

/** The object with its metadata alone. */
export function toPartialObject(object: KubeObject, version: string): JsonRecord {
  return { kind: "PartialObjectMetadata", apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata };
}

function rowObject(object: KubeObject, { includeObject, version }: TableOptions): JsonRecord {
  if (includeObject === "None") return {};
  return { object: includeObject === "Object" ? object : toPartialObject(object, version) };
}

/** Ages are dates in the tables of custom kinds, and text in those of built-in ones. */
function columnDefinitions({ columns, strategicMerge }: ResourceDefinition): readonly JsonRecord[] {
  return columns.map(({ name, type, format = "", description, priority = 0 }) => ({
    name,
    type: type === "date" && strategicMerge ? "string" : type,
    format,
    description,
    priority,
  }));
}
