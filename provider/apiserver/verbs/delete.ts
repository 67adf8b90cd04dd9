/**
 * DELETE of one object and of a collection. An object with finalizers is only marked; whoever owns the last finalizer
 * lets it go. https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/
 */
import { timestamp } from "../../runtime/clock";
import { nextGeneration } from "../change";
import type { Answer, ResourceRequest, ServerContext } from "../context";
import type { KubeObject } from "../object";
import { findObject, type ObjectPlace, placeOf, readObject, removeObject, replaceObject } from "../object-storage";
import type { ResourceDefinition } from "../registry";
import { ApiError, conflict, success } from "../status";
import { type DeleteOptions, type PropagationPolicy, parseDeleteOptions } from "./delete-options";
import { listObjects } from "./list";

export const foregroundFinalizer = "foregroundDeletion";
export const orphanFinalizer = "orphan";

const attempts = 16;

export async function remove(context: ServerContext, request: ResourceRequest): Promise<Answer> {
  const { definition, namespace, name = "" } = request;
  const options = parseDeleteOptions(request);
  const { object, gone } = await deleteObject(context, definition, { namespace, name }, options);
  const code = options.tellsOfWaiting && !gone ? 202 : 200;
  if (!gone || definition.answersWithDeleted) return { type: "object", code, definition, object };
  const { uid } = object.metadata;
  const group = definition.group === "" ? {} : { group: definition.group };
  return { type: "status", status: success({ name, ...group, kind: definition.plural, ...(uid ? { uid } : {}) }) };
}

export async function removeCollection(context: ServerContext, request: ResourceRequest): Promise<Answer> {
  const options = parseDeleteOptions(request);
  const found = listObjects(context, request);
  await Promise.all(
    found.items().map((object) => deleteIfPresent(context, found.definition, placeOf(object), options)),
  );
  // As they were found: what became of each is for a watch to tell.
  return { type: "list", list: found };
}

async function deleteIfPresent(
  context: ServerContext,
  definition: ResourceDefinition,
  place: ObjectPlace,
  options: DeleteOptions,
): Promise<void> {
  if (findObject(context.store, definition, place) === undefined) return;
  try {
    await deleteObject(context, definition, place, options);
  } catch (error) {
    if (error instanceof ApiError && error.reason === "NotFound") return;
    throw error;
  }
}

export interface Deletion {
  readonly object: KubeObject;
  /** False when the object waits for its finalizers. */
  readonly gone: boolean;
}

/** @throws ApiError 403, 404, 409 */
export async function deleteObject(
  context: ServerContext,
  definition: ResourceDefinition,
  place: ObjectPlace,
  options: DeleteOptions,
): Promise<Deletion> {
  for (let attempt = 1; ; attempt++) {
    const { object, revision } = readObject(context.store, definition, place);
    checkPreconditions(definition, object, options);
    definition.refuseDelete?.(object);
    const marked = markDeleted(definition, object, options, context.now());
    const waits = (marked.metadata.finalizers ?? []).length > 0 || (definition.heldBySpec?.(marked) ?? false);
    if (options.dryRun || (waits && marked === object)) return { object: marked, gone: !waits };
    try {
      // Watchers are told the last state that the object had, not a mark that it never carried.
      const stored = waits
        ? await replaceObject(context.store, definition, marked, revision)
        : await removeObject(context.store, definition, object, revision);
      return { object: stored, gone: !waits };
    } catch (error) {
      const lost = error instanceof ApiError && error.reason === "Conflict";
      if (!lost || options.resourceVersion !== undefined || attempt >= attempts) throw error;
    }
  }
}

function checkPreconditions(definition: ResourceDefinition, object: KubeObject, options: DeleteOptions): void {
  const { name, uid, resourceVersion } = object.metadata;
  const subject = { ...definition, plural: definition.kind };
  if (options.uid !== undefined && options.uid !== uid) {
    const why = `Precondition failed: UID in precondition: ${options.uid}, UID in object meta: ${uid}`;
    throw conflict(subject, name, why);
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion) {
    const why = `Precondition failed: ResourceVersion in precondition: ${options.resourceVersion}, ResourceVersion in object meta: ${resourceVersion}`;
    throw conflict(subject, name, why);
  }
}

/** The same object when it is marked already and the policy changes nothing. */
function markDeleted(
  definition: ResourceDefinition,
  object: KubeObject,
  options: DeleteOptions,
  now: number,
): KubeObject {
  const finalizers = finalizersFor(options.policy, object.metadata.finalizers ?? []);
  const sameFinalizers = finalizers.join() === (object.metadata.finalizers ?? []).join();
  if (object.metadata.deletionTimestamp !== undefined && sameFinalizers) return object;
  const { finalizers: _, ...rest } = object.metadata;
  const metadata = {
    ...rest,
    ...(finalizers.length > 0 ? { finalizers } : {}),
    deletionTimestamp: object.metadata.deletionTimestamp ?? timestamp(now),
    // None of the kinds ends gracefully; of a namespace it is not even said.
    ...(definition.heldBySpec === undefined ? { deletionGracePeriodSeconds: 0 } : {}),
  };
  const fresh = object.metadata.deletionTimestamp === undefined;
  const next = { ...object, metadata };
  const marked = fresh && definition.countsGenerations ? nextGeneration(next) : next;
  return definition.prepare?.(marked, object) ?? marked;
}

function finalizersFor(policy: PropagationPolicy | undefined, present: readonly string[]): readonly string[] {
  if (policy === undefined) return present;
  const others = present.filter((each) => each !== foregroundFinalizer && each !== orphanFinalizer);
  if (policy === "Foreground") return [...others, foregroundFinalizer];
  return policy === "Orphan" ? [...others, orphanFinalizer] : others;
}
