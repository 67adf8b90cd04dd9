/**
 * Who wrote which field. Owns the entries of `metadata.managedFields`: what an update makes its writer's, and the
 * merge of a server-side apply with its conflicts and its removals.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
import { isDeepStrictEqual } from "node:util";
import { timestamp } from "../../runtime/clock";
import { isRecord, type JsonRecord, type KubeObject, type ManagedFieldsEntry } from "../object";
import type { Schema } from "../schema/schema";
import { difference, type FieldSet, intersection, isEmpty, nothing, union, withParents } from "./field-set";
import { compareValues, fieldsOf } from "./field-walk";
import { lastAppliedFields } from "./last-applied";
import { mergeApplied, withoutFields } from "./merge";
import { conflictError, trackedPart, withoutRoot } from "./tracked";

export interface Writer {
  readonly manager: string;
  readonly subresource?: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What the fields of a resource are. */
export interface FieldRules {
  readonly schema: Schema;
  readonly hasStatus: boolean;
  /** Fields that the server itself gives. */
  readonly ownFields?: readonly string[] | undefined;
  /** Parts that every object has, so that nobody is the one who made them. */
  readonly alwaysThere?: JsonRecord | undefined;
}

/** Holds the fields of an object of which nobody knows who wrote them, from the first apply on. */
const unknownWriter = "before-first-apply";

/** The object with what this write changed marked as the writer's. `old` is absent when it was created. */
export function trackUpdate(
  object: KubeObject,
  old: KubeObject | undefined,
  writer: Writer,
  rules: FieldRules,
): KubeObject {
  const given = object.metadata.managedFields;
  if (given !== undefined && isForgetting(given)) return withManagedFields(object, []);
  const entries = given ?? old?.metadata.managedFields ?? [];
  // Nobody asked yet who writes what; the first apply will.
  if (old !== undefined && entries.length === 0) return withManagedFields(object, []);
  const place = { subresource: writer.subresource, hasStatus: rules.hasStatus, ownFields: rules.ownFields };
  const before = old === undefined ? { metadata: {}, ...rules.alwaysThere } : trackedPart(old, place);
  const { changed, removed } = compareValues(before, trackedPart(object, place), rules.schema);
  const own = isOwn(writer, "Update");
  const mine = entries.find(own);
  const lost = union(changed, removed);
  const rest = entries.flatMap((entry) => (own(entry) ? [] : reduced(entry, lost)));
  const set = withoutRoot(union(difference(mine?.fieldsV1 ?? nothing, removed), changed));
  return withManagedFields(object, [...rest, ...entryOf(object, set, "Update", writer, mine)]);
}

/** An empty list, or one of an empty entry, is a client's way to say so. */
export function isForgetting(entries: readonly unknown[]): boolean {
  const [first, ...more] = entries;
  return more.length === 0 && (first === undefined || (isRecord(first) && isEmpty(first)));
}

function reduced(entry: ManagedFieldsEntry, lost: FieldSet): readonly ManagedFieldsEntry[] {
  if (isEmpty(intersection(entry.fieldsV1, lost))) return [entry];
  const fieldsV1 = difference(entry.fieldsV1, lost);
  return isEmpty(fieldsV1) ? [] : [{ ...entry, fieldsV1 }];
}

export interface Apply {
  /** The applied configuration, as an object of its kind. */
  readonly applied: KubeObject;
  /** Absent when the apply creates the object. */
  readonly current: KubeObject | undefined;
  readonly force: boolean;
}

/**
 * The current object with the configuration laid over it, and without what this manager applied before and no longer
 * does. @throws ApiError 409 naming every field that another manager gave another value
 */
export function applyConfiguration({ applied, current, force }: Apply, writer: Writer, rules: FieldRules): KubeObject {
  const place = { subresource: writer.subresource, hasStatus: rules.hasStatus, ownFields: rules.ownFields };
  const entries = current === undefined ? [] : knownEntries(current, rules);
  const own = isOwn(writer, "Apply");
  const mine = entries.find(own);
  const others = entries.filter((entry) => !own(entry));
  const wanted = trackedPart(applied, place);
  const set = withoutRoot(fieldsOf(wanted, rules.schema));
  const live = current === undefined ? { metadata: {} } : trackedPart(current, place);
  const given = droppedFields(mine?.fieldsV1 ?? nothing, [set, ...others.map(({ fieldsV1 }) => fieldsV1)]);
  const merged = withoutFields(mergeApplied(live, wanted, rules.schema), given, rules.schema);
  const { changed, removed } = compareValues(live, merged, rules.schema);
  const conflicts = others
    .map((entry) => ({ entry, fields: intersection(entry.fieldsV1, changed) }))
    .filter(({ fields }) => !isEmpty(fields));
  if (conflicts.length > 0 && !force) {
    const partOf = (object: KubeObject) => trackedPart(object, place);
    const forgiven = lastAppliedFields(current ?? applied, writer, { schema: rules.schema, partOf });
    const left = conflicts.map(({ entry, fields }) => ({ entry, fields: difference(fields, forgiven) }));
    const serious = left.filter(({ fields }) => !isEmpty(fields));
    if (serious.length > 0) throw conflictError(serious);
  }
  const lost = union(changed, removed);
  const rest = others.flatMap((entry) => reduced(entry, lost));
  const object = withTrackedPart(current ?? applied, merged, writer.subresource);
  return withManagedFields(object, [...rest, ...entryOf(object, set, "Apply", writer, mine)]);
}

function knownEntries(current: KubeObject, rules: FieldRules): readonly ManagedFieldsEntry[] {
  const entries = current.metadata.managedFields ?? [];
  if (entries.length > 0) return entries;
  const fieldsV1 = withoutRoot(
    fieldsOf(trackedPart(current, { hasStatus: false, ownFields: rules.ownFields }), rules.schema),
  );
  const { apiVersion } = current;
  const known = { manager: unknownWriter, operation: "Update", apiVersion, fieldsType: "FieldsV1", fieldsV1 } as const;
  return [known];
}

/** What this manager had and gives up, as far as nobody holds it. */
function droppedFields(mine: FieldSet, held: readonly FieldSet[]): FieldSet {
  return held.reduce((rest, set) => difference(rest, withParents(set)), withParents(mine));
}

/** The object with its tracked part replaced by another. */
function withTrackedPart(object: KubeObject, part: unknown, subresource: string | undefined): KubeObject {
  if (!isRecord(part)) return object;
  const { apiVersion, kind } = object;
  if (subresource === "status") {
    const { status: _, ...rest } = object;
    return { ...rest, ...part, apiVersion, kind, metadata: object.metadata };
  }
  const kept = object.status === undefined ? {} : { status: object.status };
  const named = untrackedOf(object);
  return {
    ...kept,
    ...part,
    apiVersion,
    kind,
    metadata: { ...(isRecord(part.metadata) ? part.metadata : {}), ...named },
  };
}

function untrackedOf({ metadata }: KubeObject): KubeObject["metadata"] {
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp } = metadata;
  const given = { namespace, uid, resourceVersion, generation, creationTimestamp };
  return { ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)), name };
}

function isOwn(writer: Writer, operation: ManagedFieldsEntry["operation"]): (entry: ManagedFieldsEntry) => boolean {
  return (entry) =>
    entry.manager === writer.manager && entry.operation === operation && entry.subresource === writer.subresource;
}

/** Keeps the time of an entry that says what it said before, so that writing it again changes nothing. */
function entryOf(
  { apiVersion }: Pick<KubeObject, "apiVersion">,
  fieldsV1: FieldSet,
  operation: ManagedFieldsEntry["operation"],
  { manager, subresource, now }: Writer,
  before: ManagedFieldsEntry | undefined,
): readonly ManagedFieldsEntry[] {
  if (isEmpty(fieldsV1)) return [];
  if (before !== undefined && isDeepStrictEqual(before.fieldsV1, fieldsV1)) return [before];
  const time = timestamp(now);
  const place = subresource === undefined ? {} : { subresource };
  return [{ manager, operation, apiVersion, time, fieldsType: "FieldsV1", fieldsV1, ...place }];
}

function withManagedFields(object: KubeObject, entries: readonly ManagedFieldsEntry[]): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata: entries.length === 0 ? metadata : { ...metadata, managedFields: ordered(entries) } };
}

/** Appliers first, then by time and name. */
function ordered(entries: readonly ManagedFieldsEntry[]): readonly ManagedFieldsEntry[] {
  const key = ({ operation, time = "", manager, apiVersion, subresource = "" }: ManagedFieldsEntry) =>
    [operation, time, manager, apiVersion, subresource].join("\0");
  return [...entries].sort((left, right) => (key(left) < key(right) ? -1 : 1));
}
