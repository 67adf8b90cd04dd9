/**
 * Strategic merge patch for the core kinds this server has: a merge patch whose lists of keyed things merge by key.
 * Owns the list keys and the directives `$patch`, `$deleteFromPrimitiveList`, `$setElementOrder` and `$retainKeys`.
 * https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md
 */
import { isDeepStrictEqual } from "node:util";
import { isRecord, type JsonRecord } from "../object";
import { badRequest } from "../status";

/** By field name: the fields of the served core kinds whose lists merge, and the key of an element. */
const mergeKeys: Readonly<Record<string, string>> = {
  ownerReferences: "uid",
  conditions: "type",
  addresses: "type",
  taints: "key",
  imagePullSecrets: "name",
};
/** Lists of plain values that are sets. */
const primitiveSets = new Set(["finalizers"]);

const deleteFromPrefix = "$deleteFromPrimitiveList/";

export function applyStrategicMergePatch(target: unknown, patch: unknown): unknown {
  if (patch === null) return target;
  if (!isRecord(patch)) throw badRequest("a strategic merge patch is an object");
  return mergeRecord(isRecord(target) ? target : {}, patch);
}

function mergeRecord(target: JsonRecord, patch: JsonRecord): JsonRecord {
  const directive = patch.$patch;
  if (directive === "replace") return withoutDirectives(patch);
  if (directive === "delete") return {};
  const merged = new Map(Object.entries(target));
  const retained = patch.$retainKeys;
  if (Array.isArray(retained)) for (const key of merged.keys()) if (!retained.includes(key)) merged.delete(key);
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(deleteFromPrefix)) {
      const field = key.slice(deleteFromPrefix.length);
      merged.set(field, withoutValues(merged.get(field), value));
    } else if (key.startsWith("$")) continue;
    else if (value === null) merged.delete(key);
    else merged.set(key, mergeValue(key, merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

function mergeValue(field: string, target: unknown, patch: unknown): unknown {
  if (isRecord(patch)) return mergeRecord(isRecord(target) ? target : {}, patch);
  if (!Array.isArray(patch)) return patch;
  const key = Object.hasOwn(mergeKeys, field) ? mergeKeys[field] : undefined;
  if (key !== undefined) return mergeList(Array.isArray(target) ? target : [], patch, key);
  if (!primitiveSets.has(field)) return patch;
  const present: readonly unknown[] = Array.isArray(target) ? target : [];
  const given = [...new Set<unknown>(patch)];
  const kept = present.filter((value) => !given.includes(value));
  return interleaved(given, kept, (value) => present.indexOf(value));
}

function mergeList(target: readonly unknown[], patch: readonly unknown[], key: string): readonly unknown[] {
  const elements = patch.filter(isRecord);
  if (elements.some((element) => element.$patch === "replace")) {
    return elements.filter((element) => element.$patch !== "replace").map(withoutDirectives);
  }
  const keyOf = (element: unknown) => (isRecord(element) ? element[key] : undefined);
  const placeOf = (element: unknown) => target.findIndex((other) => isDeepStrictEqual(keyOf(other), keyOf(element)));
  let merged: readonly unknown[] = target;
  for (const element of elements) {
    const same = (other: unknown) => isRecord(other) && isDeepStrictEqual(other[key], element[key]);
    if (element.$patch === "delete") merged = merged.filter((other) => !same(other));
    else if (merged.some(same)) {
      merged = merged.map((other) => (isRecord(other) && same(other) ? mergeRecord(other, element) : other));
    } else merged = [...merged, mergeRecord({}, element)];
  }
  const given = elements.flatMap((element) =>
    merged.filter((other) => isDeepStrictEqual(keyOf(other), keyOf(element))),
  );
  return interleaved(
    given,
    merged.filter((element) => !given.includes(element)),
    placeOf,
  );
}

/** What the patch gives in its order, and what was there already before those of them that it preceded. */
function interleaved(
  given: readonly unknown[],
  kept: readonly unknown[],
  placeOf: (element: unknown) => number,
): readonly unknown[] {
  const merged: unknown[] = [];
  let next = 0;
  for (const element of given) {
    const place = placeOf(element);
    while (next < kept.length && placeOf(kept[next]) < place) merged.push(kept[next++]);
    merged.push(element);
  }
  return [...merged, ...kept.slice(next)];
}

function withoutValues(list: unknown, values: unknown): readonly unknown[] {
  if (!Array.isArray(list)) return [];
  return Array.isArray(values) ? list.filter((value) => !values.includes(value)) : list;
}

function withoutDirectives(record: JsonRecord): JsonRecord {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !key.startsWith("$")));
}
