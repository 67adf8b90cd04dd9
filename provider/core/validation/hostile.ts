/**
 * Refuses objects that are made to harm their reader: keys that name an object's machinery, nesting without end, and
 * far more values than any real object has.
 */
import { joinPath } from "../field-path";
import type { FaultList } from "./faults";

const deepest = 64;
const mostValues = 100_000;

/** Returns false when the object is not fit for any further look. */
export function checkHostile(faults: FaultList, root: unknown): boolean {
  const walk = new Walk(faults);
  walk.visit(root, 0, []);
  return walk.sane;
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
        if (key === "__proto__" || key === "constructor")
          this.#faults.add("FieldValueForbidden", pathText(path, key), key, "is no allowed key");
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
