/** One order of objects, so that the same ones give the same bytes however they were given. */
import { kinds } from "../../api/v1alpha1/kinds";
import type { JsonObject } from "../../core/json-tree";
import { canonical } from "../../manifest/canonical";
import { identityOf } from "./judge";

/**
 * Which of two objects comes first: namespaces, then kinds of others, then presets, then the other kinds of ours, so
 * that each finds what it needs when they are applied in turn; within a rank by kind, namespace and name.
 */
export function compareObjects(left: JsonObject, right: JsonObject): number {
  const [a, b] = [sortKey(left), sortKey(right)];
  for (const [index, part] of a.entries()) {
    const other = b[index] ?? "";
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}

function sortKey(object: JsonObject): readonly string[] {
  const { apiVersion, kind, namespace, name } = identityOf(object);
  // The text at the end puts objects in order whose names the server makes.
  return [rankOf(kind), apiVersion, kind, namespace, name, JSON.stringify(canonical(object))];
}

function rankOf(kind: string): string {
  if (kind === "Namespace") return "0";
  if (kind === "VirtualMachinePreset") return "2";
  return kinds.some((definition) => definition.kind === kind) ? "3" : "1";
}
