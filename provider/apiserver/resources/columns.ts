/** Makers of printer columns, for definitions to declare theirs in one line each. */

import { compileJsonPath } from "../../core/json-path";
import { ageOf } from "../duration";
import type { Column } from "../registry";

export interface PathColumn {
  readonly name: string;
  readonly type: "string" | "integer" | "boolean" | "date";
  readonly jsonPath: string;
  readonly description: string;
  readonly priority?: number;
}

/** A column that shows the value under a path; empty when there is none. */
export function pathColumn(column: PathColumn): Column {
  const read = compileJsonPath(column.jsonPath);
  const { name, type, description, priority } = column;
  return {
    name,
    type,
    description,
    ...(priority === undefined ? {} : { priority }),
    cell: (object, now) => {
      const value = read(object);
      if (value === undefined || value === null) return type === "date" ? "<unknown>" : "";
      if (type === "date") return ageOf(value, now);
      return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
        ? value
        : JSON.stringify(value);
    },
  };
}

/** The same as Kubernetes has it for custom resources: null when there is none. */
export function customColumn(column: PathColumn): Column {
  const shown = pathColumn(column);
  const read = compileJsonPath(column.jsonPath);
  return { ...shown, cell: (object, now) => ((read(object) ?? null) === null ? null : shown.cell(object, now)) };
}

export function textColumn(name: string, description: string, cell: Column["cell"], priority = 0): Column {
  return { name, type: "string", description, priority, cell };
}

export const nameColumn: Column = {
  name: "Name",
  type: "string",
  format: "name",
  description: "Unique among the objects of its kind in a namespace.",
  cell: (object) => object.metadata.name,
};

export const ageColumn: Column = pathColumn({
  name: "Age",
  type: "date",
  jsonPath: ".metadata.creationTimestamp",
  description: "Time since it was created.",
});
