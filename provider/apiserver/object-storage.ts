/**
 * Objects in the store: which key an object has, and the store's errors in the API's words. Owns the layout
 * `/GROUP/PLURAL/[NAMESPACE/]NAME`, with `core` for the group without a name. Nothing here judges an object.
 */
import {
  AlreadyExistsError,
  CompactedError,
  ConflictError,
  NotFoundError,
  type Store,
  StoreFullError,
  StoreUnavailableError,
} from "../store/store";
import { decodeEntry, encodeObject, type KubeObject, withResourceVersion } from "./object";
import type { ResourceDefinition } from "./registry";
import { ApiError, alreadyExists, conflict, expired, notFound } from "./status";

type KeyedResource = Pick<ResourceDefinition, "group" | "plural" | "kind" | "namespaced">;

export interface ObjectPlace {
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface StoredObject {
  readonly object: KubeObject;
  readonly revision: number;
}

/** Every object of the resource, or those of one namespace. */
export function prefixOf(definition: KeyedResource, namespace?: string): string {
  const base = `/${definition.group === "" ? "core" : definition.group}/${definition.plural}/`;
  return definition.namespaced && namespace !== undefined ? `${base}${namespace}/` : base;
}

export function keyOf(definition: KeyedResource, place: ObjectPlace): string {
  return `${prefixOf(definition, place.namespace)}${place.name}`;
}

export function placeOf(object: KubeObject): ObjectPlace {
  return { namespace: object.metadata.namespace, name: object.metadata.name };
}

export function findObject(store: Store, definition: KeyedResource, place: ObjectPlace): StoredObject | undefined {
  const entry = store.get(keyOf(definition, place));
  return entry === undefined ? undefined : { object: decodeEntry(entry), revision: entry.revision };
}

/** @throws ApiError 404 */
export function readObject(store: Store, definition: KeyedResource, place: ObjectPlace): StoredObject {
  const stored = findObject(store, definition, place);
  if (stored === undefined) throw notFound(definition, place.name);
  return stored;
}

export async function createObject(store: Store, definition: KeyedResource, object: KubeObject): Promise<KubeObject> {
  const place = placeOf(object);
  return translated(definition, place, async () =>
    withResourceVersion(object, await store.create(keyOf(definition, place), encodeObject(object))),
  );
}

export async function replaceObject(
  store: Store,
  definition: KeyedResource,
  object: KubeObject,
  expected: number,
): Promise<KubeObject> {
  const place = placeOf(object);
  return translated(definition, place, async () =>
    withResourceVersion(object, await store.update(keyOf(definition, place), encodeObject(object), expected)),
  );
}

export async function removeObject(
  store: Store,
  definition: KeyedResource,
  object: KubeObject,
  expected: number,
): Promise<KubeObject> {
  const place = placeOf(object);
  return translated(definition, place, async () =>
    withResourceVersion(object, await store.delete(keyOf(definition, place), encodeObject(object), expected)),
  );
}

async function translated<T>(definition: KeyedResource, place: ObjectPlace, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof AlreadyExistsError) throw alreadyExists(definition, place.name);
    if (error instanceof NotFoundError) throw notFound(definition, place.name);
    if (error instanceof ConflictError) throw conflict(definition, place.name);
    throw error;
  }
}

/** The API's error for one of the store's that no verb expects; other errors come back unchanged. */
export function translateStoreError(error: unknown): unknown {
  if (error instanceof CompactedError) return expired(`The provided resource version is too old: ${error.message}`);
  if (error instanceof StoreFullError) {
    return new ApiError(507, "InsufficientStorage", error.message, undefined, { cause: error });
  }
  if (error instanceof StoreUnavailableError) {
    return new ApiError(503, "ServiceUnavailable", error.message, undefined, { cause: error });
  }
  return error;
}
