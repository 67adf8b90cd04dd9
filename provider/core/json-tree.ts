/**
 * Reading trees of JSON whose shape nobody has checked: objects from a store, a file or a preview. Nothing here
 * looks at inherited properties, so keys such as `__proto__` or `constructor` are keys like any other.
 */

export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value stands for one that is not known yet, as in a preview. */
export type IsUnknown = (value: unknown) => boolean;

export const nothingUnknown: IsUnknown = () => false;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The own property of an object; undefined when it is absent or `value` is no object. */
export function child(value: unknown, key: string): unknown {
  if (!isObject(value)) return undefined;
  const inner = value[key];
  return inner !== undefined && Object.hasOwn(value, key) ? inner : undefined;
}

/** The value at the end of a path of keys. */
export function childAt(value: unknown, keys: readonly string[]): unknown {
  let current = value;
  for (const key of keys) current = child(current, key);
  return current;
}

export function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Present and meant: neither undefined nor null. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Whether a value, or anything inside of it, is not known yet. */
export function hasUnknown(value: unknown, isUnknown: IsUnknown): boolean {
  if (isUnknown(value)) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some((inner) => hasUnknown(inner, isUnknown));
}

/** The value of a text that others may have written; undefined when it is no JSON. */
export function parsedOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
