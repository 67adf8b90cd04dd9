/** The value at a path as people read it: `spec.volumes[0].name`, `spec.nodeSelector["example.com/zone"]`. */
import { child } from "../../../provider/core/json-tree";

export function valueAt(root: unknown, field: string): unknown {
  let current = root;
  for (const [, index, quoted, name] of field.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g)) {
    if (index !== undefined) current = Array.isArray(current) ? current[Number(index)] : undefined;
    else current = child(current, quoted === undefined ? (name ?? "") : String(JSON.parse(quoted)));
  }
  return current;
}

/** The path of what a field or an item is part of. */
export function parentOf(field: string): string {
  return field.replace(/(\.[^.[\]]+|\["(?:[^"\\]|\\.)*"\]|\[\d+\])$/, "");
}
