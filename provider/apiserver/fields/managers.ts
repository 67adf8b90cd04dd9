/**
 * Who wrote which field. Owns the entries of `metadata.managedFields`: what an update makes its writer's, and the
 * merge of a server-side apply with its conflicts and its removals.
 */
import { isDeepStrictEqual } from "node:util";
import { timestamp } from "../../runtime/clock";
import { isRecord, type JsonRecord, type KubeObject, type ManagedFieldsEntry } from "../object";
import { ApiError } from "../status";
import {
  changedFields,
  commonLeaves,
  decodeFields,
  difference,
  encodeFields,
  type FieldTree,
  fieldTreeOf,
  leaf,
  printPath,
  treeOfPaths,
  union,
} from "./field-tree";
import { mergeApplied, withoutFields } from "./merge";

export interface Writer {
  readonly manager: string;
  readonly subresource?: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Fields that are the server's, and what only names the object. */
const untracked = new Set(["apiVersion", "kind"]);
const untrackedMetadata = new Set([
  "name",
  "namespace",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "managedFields",
  "generateName",
  "selfLink",
]);

function trackedPart(object: KubeObject, subresource: string | undefined): JsonRecord {
  const part = Object.entries(object).filter(([key]) => !untracked.has(key) && key !== "metadata");
  const metadata = Object.entries(object.metadata).filter(([key]) => !untrackedMetadata.has(key));
  const fields =
    subresource === undefined ? part.filter(([key]) => key !== "status") : part.filter(([key]) => key === subresource);
  return Object.fromEntries(metadata.length === 0 ? fields : [["metadata", Object.fromEntries(metadata)], ...fields]);
}

/** The object with what this write changed marked as the writer's. `old` is absent when it was created. */
export function trackUpdate(object: KubeObject, old: KubeObject | undefined, writer: Writer): KubeObject {
  const entries = object.metadata.managedFields ?? old?.metadata.managedFields ?? [];
  const after = trackedPart(object, writer.subresource);
  const before = old === undefined ? {} : trackedPart(old, writer.subresource);
  const present = fieldTreeOf(after);
  const changed = changedFields(after, before) ?? leaf;
  const gone = difference(fieldTreeOf(before), present) ?? leaf;
  const lost = union(changed, gone);
  const own = isOwn(writer, "Update");
  const rest = entries.flatMap((entry) => (own(entry) ? [] : reduced(entry, lost, writer)));
  const mine = entries.find(own);
  const kept = mine === undefined ? leaf : (difference(decodeFields(mine.fieldsV1), gone) ?? leaf);
  const tree = union(kept, changed);
  const entry = tree.children.size === 0 ? [] : [newEntry(object, tree, "Update", writer, mine)];
  return withManagedFields(object, [...rest, ...entry]);
}

/** An entry of another writer without the fields that are no longer its. Only those of the same subresource overlap. */
function reduced(entry: ManagedFieldsEntry, lost: FieldTree, writer: Writer): readonly ManagedFieldsEntry[] {
  if (entry.subresource !== writer.subresource && entry.subresource !== undefined) return [entry];
  const tree = difference(decodeFields(entry.fieldsV1), lost);
  return tree === undefined ? [] : [{ ...entry, fieldsV1: encodeFields(tree) }];
}

export interface Apply {
  /** The applied configuration, as an object of its kind. */
  readonly applied: KubeObject;
  readonly current: KubeObject;
  readonly force: boolean;
}

/**
 * The current object with the configuration laid over it, and without what this manager applied before and no longer
 * does. @throws ApiError 409 naming every field that another manager gave another value
 */
export function applyConfiguration({ applied, current, force }: Apply, writer: Writer): KubeObject {
  const entries = current.metadata.managedFields ?? [];
  const own = isOwn(writer, "Apply");
  const others = entries.filter((entry) => !own(entry));
  const mine = entries.find(own);
  const wanted = trackedPart(applied, writer.subresource);
  const wantedTree = fieldTreeOf(wanted);
  const conflicts = findConflicts(wanted, current, others);
  if (conflicts.length > 0 && !force) throw conflictError(conflicts);
  const surrendered = treeOfPaths(conflicts.map(({ path }) => path));
  const remaining = others.flatMap((entry) => reduced(entry, surrendered, { ...writer, ...pickSubresource(entry) }));
  const dropped = droppedFields(mine, wantedTree, remaining);
  const pruned = dropped === undefined ? current : withoutFields(current, dropped);
  const merged = mergeApplied(pruned, wanted);
  const metadata = {
    ...(isRecord(merged) && isRecord(merged.metadata) ? merged.metadata : {}),
    name: current.metadata.name,
  };
  const object = { ...(isRecord(merged) ? merged : {}), apiVersion: current.apiVersion, kind: current.kind, metadata };
  const entry = wantedTree.children.size === 0 ? [] : [newEntry(object, wantedTree, "Apply", writer, mine)];
  return withManagedFields(object, [...remaining, ...entry]);
}

function pickSubresource({ subresource }: ManagedFieldsEntry): { subresource?: string } {
  return subresource === undefined ? {} : { subresource };
}

/** What this manager had and gives up, as far as nobody else holds it too. */
function droppedFields(
  mine: ManagedFieldsEntry | undefined,
  wanted: FieldTree,
  others: readonly ManagedFieldsEntry[],
): FieldTree | undefined {
  const given = mine === undefined ? undefined : difference(decodeFields(mine.fieldsV1), wanted);
  return others.reduce<FieldTree | undefined>(
    (rest, entry) => (rest === undefined ? undefined : difference(rest, decodeFields(entry.fieldsV1))),
    given,
  );
}

interface FieldConflict {
  readonly path: readonly string[];
  readonly entry: ManagedFieldsEntry;
}

function findConflicts(
  wanted: JsonRecord,
  current: KubeObject,
  others: readonly ManagedFieldsEntry[],
): readonly FieldConflict[] {
  const changed = changedFields(wanted, current) ?? leaf;
  return others.flatMap((entry) =>
    commonLeaves(changed, decodeFields(entry.fieldsV1)).map((path) => ({ path, entry })),
  );
}

function conflictError(conflicts: readonly FieldConflict[]): ApiError {
  const causes = conflicts.map(({ path, entry }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${JSON.stringify(entry.manager)}${entry.operation === "Update" ? ` using ${entry.apiVersion}` : ""}`,
    field: printPath(path),
  }));
  const list = causes.map(({ message, field }) => `${message}: ${field}`).join("\n");
  const noun = conflicts.length === 1 ? "conflict" : "conflicts";
  const message = `Apply failed with ${conflicts.length} ${noun}: ${list}`;
  return new ApiError(409, "Conflict", message, { causes });
}

function isOwn(writer: Writer, operation: ManagedFieldsEntry["operation"]): (entry: ManagedFieldsEntry) => boolean {
  return (entry) =>
    entry.manager === writer.manager && entry.operation === operation && entry.subresource === writer.subresource;
}

/** Keeps the time of an entry that says what it said before, so that applying again changes nothing. */
function newEntry(
  { apiVersion }: Pick<KubeObject, "apiVersion">,
  tree: FieldTree,
  operation: ManagedFieldsEntry["operation"],
  { manager, subresource, now }: Writer,
  before: ManagedFieldsEntry | undefined,
): ManagedFieldsEntry {
  const fieldsV1 = encodeFields(tree);
  if (before !== undefined && isDeepStrictEqual(before.fieldsV1, fieldsV1)) return before;
  const time = timestamp(now);
  const place = subresource === undefined ? {} : { subresource };
  return { manager, operation, apiVersion, time, fieldsType: "FieldsV1", fieldsV1, ...place };
}

function withManagedFields(object: KubeObject, entries: readonly ManagedFieldsEntry[]): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata: entries.length === 0 ? metadata : { ...metadata, managedFields: entries } };
}
