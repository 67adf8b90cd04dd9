/**
 * Refuses objects that are made to harm their reader: keys that name an object's machinery, nesting without end, and
 * far more values than any real object has.
 */
import { isHostileKey } from "../../api/conforms";
import { joinPath } from "../field-path";
import { isObject, items } from "../json-tree";
import type { FaultList } from "./faults";

const deepest = 64;
const mostValues = 100_000;

/** Returns false when the object is not fit for any further look. */
export function checkHostile(faults: FaultList, root: unknown): boolean {
  const walk = new Walk(faults);
  walk.visit(root, 0, []);
  return walk.sane;
}

/** The same answer without the places: nearly every object is harmless. */
export function isHarmless(root: unknown): boolean {
  return valuesWithin(root, 0, mostValues) >= 0;
}

/** How many of the values allowed are left after this one; negative when it is not harmless. */
function valuesWithin(value: unknown, depth: number, allowed: number): number {
  if (typeof value !== "object" || value === null) return allowed;
  if (depth > deepest) return -1;
  let left = allowed - 1;
  if (isObject(value)) {
    for (const key of Object.keys(value)) {
      if (isHostileKey(key)) return -1;
      left = valuesWithin(value[key], depth + 1, left);
      if (left < 0) return left;
    }
    return left;
  }
  for (const item of items(value)) {
    left = valuesWithin(item, depth + 1, left);
    if (left < 0) return left;
  }
  return left;
}

class Walk {
  readonly #faults: FaultList;
  #values = 0;
  sane = true;

  constructor(faults: FaultList) {
    this.#faults = faults;
  }

  visit(value: unknown, depth: number, path: (string | number)[]): void {
    if (typeof value !== "object" || value === null || !this.sane) return;
    this.#values += 1;
    if (depth > deepest) this.#stop(path, `is nested deeper than ${deepest} levels`);
    else if (this.#values > mostValues) this.#stop(path, `has more than ${mostValues} objects and lists inside`);
    else if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index += 1) this.#descend(value[index], depth, path, index);
    } else {
      for (const key of Object.keys(value)) {
        if (isHostileKey(key)) this.#faults.add("FieldValueForbidden", pathText(path, key), key, "is no allowed key");
        this.#descend(Reflect.get(value, key), depth, path, key);
      }
    }
  }

  #descend(value: unknown, depth: number, path: (string | number)[], segment: string | number): void {
    if (typeof value !== "object") return;
    path.push(segment);
    this.visit(value, depth + 1, path);
    path.pop();
  }

  #stop(path: (string | number)[], detail: string): void {
    this.sane = false;
    this.#faults.invalid(pathText(path.slice(0, 8)), undefined, detail);
  }
}

function pathText(path: readonly (string | number)[], ...more: readonly string[]): string {
  let text = "";
  for (const segment of [...path, ...more]) text = joinPath(text, segment);
  return text;
}
