/** The diff verb: which changes replace the object, which are made in place. Reads nothing but its arguments. */
import { isDeepStrictEqual } from "node:util";
import { type ChangeClass, changeClassOf } from "../core/change-class";
import { joinPath } from "../core/field-path";
import { child, childAt } from "../core/json-tree";
import { type Fields, isFields, metadataOf, stringMap, urnAnnotation } from "./inputs";

export interface DiffResult {
  readonly changes: boolean;
  readonly replaces: string[];
  readonly deleteBeforeReplace: boolean;
}

/** One value that is no longer what it was, at a path such as `spec.domain.cpu.cores` or `metadata.labels["a/b"]`. */
export interface Change {
  readonly path: string;
  readonly how: "add" | "update" | "delete";
  /** Whether the object is replaced for it. */
  readonly replaces: boolean;
}

/** The changed fields of this class, for words about them. */
export function changesOfClass(kind: string, olds: Fields, news: Fields, wanted: ChangeClass): readonly string[] {
  return changedFields(olds, news).filter((field) => changeClassOf(kind, field) === wanted);
}

/** What `diff` finds, value by value. */
export function changesOf(kind: string, olds: Fields, news: Fields): readonly Change[] {
  const sides = [olds, news].map((side) => ({
    metadata: { ...metadataOf(side), annotations: withoutUrn(metadataOf(side).annotations) },
    spec: plain(side.spec),
  }));
  return changedFields(olds, news).flatMap((field) => {
    const replaces = changeClassOf(kind, field) === "replace";
    const [before, after] = sides.map((side) => childAt(side, field.split(".")));
    return [...leaves(field, before, after)].map((leaf) => ({ ...leaf, replaces }));
  });
}

function* leaves(path: string, before: unknown, after: unknown): Iterable<Omit<Change, "replaces">> {
  if (isDeepStrictEqual(before, after)) return;
  if (before === undefined || after === undefined) {
    yield { path, how: before === undefined ? "add" : "delete" };
  } else if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    for (let index = 0; index < length; index += 1) {
      yield* leaves(joinPath(path, index), before[index], after[index]);
    }
  } else if (isFields(before) && isFields(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      yield* leaves(joinPath(path, key), child(before, key), child(after, key));
    }
  } else {
    yield { path, how: "update" };
  }
}

export function diff(kind: string, olds: Fields, news: Fields): DiffResult {
  const changed = changedFields(olds, news);
  const classOf = (field: string): ChangeClass => changeClassOf(kind, field);
  const replaces = changed.filter((field) => classOf(field) === "replace");
  return {
    changes: changed.length > 0,
    // The engine knows top-level properties only.
    replaces: [...new Set(replaces.map((field) => field.split(".")[0] ?? field))],
    // Names, addresses and writable disks cannot be held twice: the old machine goes first.
    deleteBeforeReplace: true,
  };
}

function changedFields(olds: Fields, news: Fields): readonly string[] {
  const before = metadataOf(olds);
  const after = metadataOf(news);
  const changed: string[] = [];
  for (const field of ["name", "namespace"] as const) {
    if (before[field] !== after[field]) changed.push(`metadata.${field}`);
  }
  if (!isDeepStrictEqual(stringMap(before.labels), stringMap(after.labels))) changed.push("metadata.labels");
  if (!isDeepStrictEqual(withoutUrn(before.annotations), withoutUrn(after.annotations)))
    changed.push("metadata.annotations");
  changed.push(...changedSpecFields(plain(olds.spec), plain(news.spec)));
  return changed;
}

/** `spec.FIELD` for each field that differs; `spec` when one side is no object (a preview may not know it). */
function changedSpecFields(before: unknown, after: unknown): readonly string[] {
  if (!isFields(before) || !isFields(after)) return isDeepStrictEqual(before, after) ? [] : ["spec"];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((field) => !isDeepStrictEqual(before[field], after[field]))
    .map((field) => `spec.${field}`);
}

/** A renamed stack or a moved resource has another URN and is the same machine. */
function withoutUrn(annotations: unknown): Readonly<Record<string, string>> {
  const { [urnAnnotation]: _urn, ...others } = stringMap(annotations);
  return others;
}

/** Without undefined values and prototypes, as both came over the wire. */
const plain = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));
