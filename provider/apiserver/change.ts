/**
 * One change of a stored object, the way every verb makes it: read, change, judge, write with the revision that was
 * read, and again from the start when another writer came first. Owns generations, dry runs and the removal of an
 * object whose last finalizer goes.
 */
import { isDeepStrictEqual } from "node:util";
import type { FieldError } from "../core/field-error";
import { admit } from "./admission";
import type { ServerContext } from "./context";
import { trackUpdate, type Writer } from "./fields/managers";
import { metadataForUpdate } from "./metadata";
import type { KubeObject } from "./object";
import { type ObjectPlace, readObject, removeObject, replaceObject, type StoredObject } from "./object-storage";
import { fieldRulesOf, type ResourceDefinition } from "./registry";
import { ApiError, badRequest, conflict, invalid } from "./status";

export interface Change {
  readonly definition: ResourceDefinition;
  readonly place: ObjectPlace;
  /** Which part a client may change: all but status, or nothing but status. */
  readonly part: "main" | "status";
  readonly dryRun: boolean;
  /** Of the object that is meant: another one of that name is a conflict. */
  readonly uid?: string | undefined;
  /** Whose fields the changed ones become; absent for changes by the server itself, and for applies, which say so. */
  readonly writer?: Writer;
  /** The wanted object from the stored one. Pure: it runs again after a conflict. */
  readonly make: (current: KubeObject) => KubeObject;
}

export interface Changed {
  readonly object: KubeObject;
  readonly warnings: readonly FieldError[];
}

/** Tries after a conflict that the client did not ask for. Each try lost to a write that succeeded. */
const attempts = 16;

/** @throws ApiError 404, 409, 422 */
export async function changeObject(context: ServerContext, change: Change): Promise<Changed> {
  for (let attempt = 1; ; attempt++) {
    const stored = readObject(context.store, change.definition, change.place);
    const wanted = change.make(stored.object);
    const pinned = checkPreconditions(change, wanted, stored);
    const immutable = immutableFaults(change, wanted, stored.object);
    if (immutable.length > 0) throw invalid(change.definition, wanted.metadata.name, immutable);
    const next = reconcileParts(change, wanted, stored.object);
    if (isDeepStrictEqual(next, stored.object)) return { object: stored.object, warnings: [] };
    const warnings = judge(change, next, stored.object);
    const { definition, writer } = change;
    const tracks = writer !== undefined && definition.tracksFields;
    const tracked = tracks ? trackUpdate(next, stored.object, writer, fieldRulesOf(definition)) : next;
    if (change.dryRun) return { object: tracked, warnings };
    try {
      return { object: await write(context, definition, tracked, stored.revision), warnings };
    } catch (error) {
      const lost = error instanceof ApiError && error.reason === "Conflict";
      if (!lost || pinned || attempt >= attempts) throw error;
    }
  }
}

/** Whether the client named the version it means; a retry could never satisfy it. */
function checkPreconditions({ definition, uid }: Change, wanted: KubeObject, stored: StoredObject): boolean {
  const { resourceVersion, name } = wanted.metadata;
  if (uid !== undefined && uid !== "" && uid !== stored.object.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${stored.object.metadata.uid}`;
    throw conflict(definition, name, why);
  }
  if (!namesVersion(resourceVersion)) return false;
  if (!/^\d+$/.test(resourceVersion)) {
    throw badRequest(`metadata.resourceVersion: ${JSON.stringify(resourceVersion)} is no version of an object`);
  }
  if (resourceVersion !== String(stored.revision)) throw conflict(definition, name);
  return true;
}

/** Nothing, and the version before the first, say that any is meant. */
export function namesVersion(resourceVersion: string | undefined): resourceVersion is string {
  return resourceVersion !== undefined && resourceVersion !== "" && resourceVersion !== "0";
}

function reconcileParts(change: Change, wanted: KubeObject, old: KubeObject): KubeObject {
  const { definition, part } = change;
  if (part === "status") {
    const managedFields = wanted.metadata.managedFields;
    const metadata = managedFields === undefined ? old.metadata : { ...old.metadata, managedFields };
    const next = withField({ ...old, metadata }, "status", wanted.status);
    return definition.prepareStatus?.(next) ?? next;
  }
  const metadata = { ...metadataForUpdate(wanted.metadata, old.metadata), ...revisionOf(old) };
  const merged: KubeObject = { ...wanted, apiVersion: old.apiVersion, kind: old.kind, metadata };
  const scoped = definition.subresources.status ? withField(merged, "status", old.status) : merged;
  const prepared = definition.prepare?.(scoped, old) ?? scoped;
  return definition.countsGenerations && specChanged(prepared, old) ? nextGeneration(prepared) : prepared;
}

function revisionOf(object: KubeObject): Pick<KubeObject["metadata"], "resourceVersion"> {
  const { resourceVersion } = object.metadata;
  return resourceVersion === undefined ? {} : { resourceVersion };
}

function withField(object: KubeObject, field: string, value: unknown): KubeObject {
  const { [field]: _, ...rest } = object;
  const { apiVersion, kind, metadata } = object;
  return { ...rest, apiVersion, kind, metadata, ...(value === undefined ? {} : { [field]: value }) };
}

function specChanged(object: KubeObject, old: KubeObject): boolean {
  const { metadata: _metadata, status: _status, ...fields } = object;
  const { metadata: _oldMetadata, status: _oldStatus, ...oldFields } = old;
  return !isDeepStrictEqual(fields, oldFields);
}

/** The generation counts changes of what is wanted, and the wish to delete is one. */
export function nextGeneration(object: KubeObject): KubeObject {
  return { ...object, metadata: { ...object.metadata, generation: (object.metadata.generation ?? 0) + 1 } };
}

function judge({ definition, part }: Change, next: KubeObject, old: KubeObject): readonly FieldError[] {
  if (part === "status") {
    const faults = definition.validateStatus?.(next) ?? [];
    if (faults.length > 0) throw invalid(definition, next.metadata.name, faults);
    return [];
  }
  const warnings = admit(definition, next, old);
  const late = lateFinalizers(next, old);
  if (late.length > 0) throw invalid(definition, next.metadata.name, late);
  return warnings;
}

function lateFinalizers(next: KubeObject, old: KubeObject): readonly FieldError[] {
  if (old.metadata.deletionTimestamp === undefined) return [];
  const before = new Set(old.metadata.finalizers ?? []);
  const added = (next.metadata.finalizers ?? []).filter((finalizer) => !before.has(finalizer));
  if (added.length === 0) return [];
  const detail = `no new finalizers can be added if the object is being deleted, found new finalizers ${JSON.stringify(added)}`;
  return [{ type: "FieldValueForbidden", field: "metadata.finalizers", detail }];
}

/**
 * Which object it is stays so, and only a deletion says when it goes; who leaves that out does not mean to change it.
 * Of what is sent to the status of a custom object, nothing but the status is looked at.
 */
function immutableFaults(
  { definition, part }: Change,
  { metadata: given }: KubeObject,
  { metadata: old }: KubeObject,
): readonly FieldError[] {
  if (part === "status" && definition.custom) return [];
  return (["uid", "deletionTimestamp", "deletionGracePeriodSeconds"] as const)
    .filter((field) => given[field] !== undefined && given[field] !== "" && given[field] !== old[field])
    .map((field) => ({
      type: "FieldValueInvalid",
      field: `metadata.${field}`,
      badValue: given[field],
      detail: "field is immutable",
    }));
}

/** Stores the object, or removes it when it was only waiting for the finalizer that is now gone. */
async function write(
  context: ServerContext,
  definition: ResourceDefinition,
  next: KubeObject,
  revision: number,
): Promise<KubeObject> {
  const { deletionTimestamp, finalizers = [] } = next.metadata;
  const held = definition.heldBySpec?.(next) ?? false;
  return deletionTimestamp !== undefined && finalizers.length === 0 && !held
    ? removeObject(context.store, definition, next, revision)
    : replaceObject(context.store, definition, next, revision);
}
