/**
 * Whether a live value still says everything that was asked for. Controllers add fields of their own (merged presets,
 * labels), which is no drift; a field that was asked for and is different or missing is.
 */
export function covers(live: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(live) && live.length >= wanted.length && wanted.every((item, index) => covers(live[index], item))
    );
  }
  if (typeof wanted === "object" && wanted !== null) {
    if (typeof live !== "object" || live === null || Array.isArray(live)) return false;
    const fields = new Map<string, unknown>(Object.entries(live));
    return Object.entries(wanted).every(([key, value]) => value === undefined || covers(fields.get(key), value));
  }
  return Object.is(live, wanted);
}

/** Whether two values say the same, in whatever order: an API server gives an object's fields back in one of its own. */
export function sameValue(a: unknown, b: unknown): boolean {
  return covers(a, b) && covers(b, a);
}
