/** One order of keys for everything that is printed: the same objects give the same bytes however they were given. */
import { isObject } from "../core/json-tree";

/** A copy with all keys in order of their code units, as kubectl prints them. */
export function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (!isObject(value)) return value;
  const entries = Object.keys(value)
    .sort()
    .map((key) => [key, canonical(value[key])] as const);
  return Object.fromEntries(entries);
}
