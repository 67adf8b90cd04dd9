/**
 * Removes what its owners left behind, and carries out the Foreground and Orphan ways of deletion. Owns the index from
 * owners to what they own; ownership is by uid alone. An owner of a kind that the server does not know counts as
 * present: nothing is removed on a guess.
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/#owners-dependents
 */
import type { Entry, StoreEvent } from "../store/store";
import { KeyQueue } from "./background/key-queue";
import type { StoreListener } from "./background/store-observer";
import { changeObject } from "./change";
import type { ServerContext } from "./context";
import { decodeValue, type KubeObject, type OwnerReference } from "./object";
import { findObject, keyOf, placeOf } from "./object-storage";
import type { ResourceDefinition } from "./registry";
import { ApiError } from "./status";
import { deleteObject, foregroundFinalizer, orphanFinalizer } from "./verbs/delete";

interface Found {
  readonly definition: ResourceDefinition;
  readonly object: KubeObject;
}

export class OwnerCollector implements StoreListener {
  readonly #context: ServerContext;
  readonly #queue: KeyQueue;
  /** Keys of the objects that name an owner, by the owner's uid. */
  readonly #dependents = new Map<string, Set<string>>();

  constructor(context: ServerContext) {
    this.#context = context;
    this.#queue = new KeyQueue({
      look: (key) => this.#look(key),
      onError: (key, error) =>
        context.log.warn({ err: error, key }, "collecting what an owner left failed; will retry"),
    });
  }

  stop(): Promise<void> {
    return this.#queue.stop();
  }

  present(entry: Entry): void {
    this.#index(entry.key, decodeValue(entry.value, entry.revision));
  }

  changed(event: StoreEvent): void {
    const object = decodeValue(event.value, event.revision);
    if (event.previous !== undefined) this.#forget(event.key, decodeValue(event.previous, event.revision));
    if (event.type !== "deleted") {
      this.#index(event.key, object);
      return;
    }
    for (const dependent of this.#dependentsOf(object)) this.#queue.add(dependent);
    for (const owner of object.metadata.ownerReferences ?? []) this.#queueOwner(owner, object);
  }

  #index(key: string, object: KubeObject): void {
    const owners = object.metadata.ownerReferences ?? [];
    for (const { uid } of owners) {
      const keys = this.#dependents.get(uid) ?? new Set();
      this.#dependents.set(uid, keys.add(key));
    }
    const finalizers = object.metadata.finalizers ?? [];
    const deleting = object.metadata.deletionTimestamp !== undefined;
    const ours = deleting && (finalizers.includes(foregroundFinalizer) || finalizers.includes(orphanFinalizer));
    if (owners.length > 0 || ours) this.#queue.add(key);
  }

  #forget(key: string, object: KubeObject): void {
    for (const { uid } of object.metadata.ownerReferences ?? []) {
      const keys = this.#dependents.get(uid);
      keys?.delete(key);
      if (keys?.size === 0) this.#dependents.delete(uid);
    }
  }

  #dependentsOf(owner: KubeObject): readonly string[] {
    return [...(this.#dependents.get(owner.metadata.uid ?? "") ?? [])];
  }

  /** An owner may be waiting for this dependent to go. */
  #queueOwner(reference: OwnerReference, dependent: KubeObject): void {
    const definition = this.#context.registry.findKind(reference.apiVersion, reference.kind);
    const { namespace } = dependent.metadata;
    if (definition !== undefined) this.#queue.add(keyOf(definition, { namespace, name: reference.name }));
  }

  async #look(key: string): Promise<void> {
    const found = this.#find(key);
    if (found === undefined) return;
    try {
      await this.#act(found);
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === "NotFound")) throw error;
    }
  }

  async #act({ definition, object }: Found): Promise<void> {
    const { deletionTimestamp, finalizers = [] } = object.metadata;
    if (deletionTimestamp !== undefined && finalizers.includes(orphanFinalizer)) {
      await this.#orphanDependents(definition, object);
      return;
    }
    if (deletionTimestamp !== undefined && finalizers.includes(foregroundFinalizer)) {
      await this.#awaitDependents(definition, object);
      return;
    }
    if (deletionTimestamp === undefined) await this.#checkOwners(definition, object);
  }

  async #checkOwners(definition: ResourceDefinition, object: KubeObject): Promise<void> {
    const owners = object.metadata.ownerReferences ?? [];
    const states = owners.map((owner) => ({ owner, state: this.#stateOf(owner, object) }));
    if (owners.length === 0 || states.some(({ state }) => state === "present")) {
      const absent = new Set(states.filter(({ state }) => state === "absent").map(({ owner }) => owner.uid));
      if (absent.size > 0) await this.#dropOwners(definition, object, absent);
      return;
    }
    const waiting = states.some(({ state }) => state === "waiting");
    const policy = waiting && this.#dependentsOf(object).length > 0 ? "Foreground" : undefined;
    const { uid } = object.metadata;
    await deleteObject(this.#context, definition, placeOf(object), {
      dryRun: false,
      ...(policy === undefined ? {} : { policy }),
      ...(uid === undefined ? {} : { uid }),
    });
  }

  #stateOf(reference: OwnerReference, dependent: KubeObject): "present" | "waiting" | "absent" {
    const definition = this.#context.registry.findKind(reference.apiVersion, reference.kind);
    if (definition === undefined) return "present";
    const { namespace } = dependent.metadata;
    const owner = findObject(this.#context.store, definition, { namespace, name: reference.name })?.object.metadata;
    if (owner === undefined || owner.uid !== reference.uid) return "absent";
    const waits = owner.deletionTimestamp !== undefined && owner.finalizers?.includes(foregroundFinalizer) === true;
    return waits ? "waiting" : "present";
  }

  async #awaitDependents(definition: ResourceDefinition, owner: KubeObject): Promise<void> {
    const dependents = this.#dependentsOf(owner);
    for (const dependent of dependents) this.#queue.add(dependent);
    const blocking = dependents.some((key) =>
      this.#find(key)?.object.metadata.ownerReferences?.some(
        (reference) => reference.uid === owner.metadata.uid && reference.blockOwnerDeletion === true,
      ),
    );
    if (!blocking) await this.#dropFinalizer(definition, owner, foregroundFinalizer);
  }

  async #orphanDependents(definition: ResourceDefinition, owner: KubeObject): Promise<void> {
    const uids = new Set([owner.metadata.uid ?? ""]);
    for (const key of this.#dependentsOf(owner)) {
      const dependent = this.#find(key);
      if (dependent !== undefined) await this.#dropOwners(dependent.definition, dependent.object, uids);
    }
    await this.#dropFinalizer(definition, owner, orphanFinalizer);
  }

  async #dropOwners(definition: ResourceDefinition, object: KubeObject, uids: ReadonlySet<string>): Promise<void> {
    await this.#changeMetadata(definition, object, (current) => {
      const { ownerReferences = [], ...metadata } = current;
      const kept = ownerReferences.filter(({ uid }) => !uids.has(uid));
      return kept.length === 0 ? metadata : { ...metadata, ownerReferences: kept };
    });
  }

  async #dropFinalizer(definition: ResourceDefinition, object: KubeObject, finalizer: string): Promise<void> {
    await this.#changeMetadata(definition, object, (current) => {
      const { finalizers = [], ...metadata } = current;
      const kept = finalizers.filter((each) => each !== finalizer);
      return kept.length === 0 ? metadata : { ...metadata, finalizers: kept };
    });
  }

  /** On the same object only: one of the same name with another uid is refused as a conflict. */
  async #changeMetadata(
    definition: ResourceDefinition,
    { metadata: { uid, name, namespace } }: KubeObject,
    make: (metadata: KubeObject["metadata"]) => KubeObject["metadata"],
  ): Promise<void> {
    await changeObject(this.#context, {
      definition,
      place: { namespace, name },
      part: "main",
      dryRun: false,
      make: (current) => {
        const { resourceVersion: _, ...metadata } = make(current.metadata);
        return { ...current, metadata: uid === undefined ? metadata : { ...metadata, uid } };
      },
    });
  }

  #find(key: string): Found | undefined {
    const entry = this.#context.store.get(key);
    if (entry === undefined) return undefined;
    const object = decodeValue(entry.value, entry.revision);
    const definition = this.#context.registry.findKind(object.apiVersion, object.kind);
    return definition === undefined ? undefined : { definition, object };
  }
}
