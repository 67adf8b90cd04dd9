/**
 * Empties a namespace that is being deleted, waits for what has finalizers, and lets the namespace go last.
 * https://kubernetes.io/docs/tasks/administer-cluster/namespaces/#deleting-a-namespace
 */
import type { Entry, StoreEvent } from "../store/store";
import { KeyQueue } from "./background/key-queue";
import type { StoreListener } from "./background/store-observer";
import type { ServerContext } from "./context";
import { decodeValue, valueAt } from "./object";
import { findObject, keyOf, prefixOf, removeObject, replaceObject, type StoredObject } from "./object-storage";
import { namespaces } from "./resources/namespace";
import { ApiError } from "./status";
import { deleteObject } from "./verbs/delete";

export class NamespaceEmptier implements StoreListener {
  readonly #context: ServerContext;
  readonly #queue: KeyQueue;
  readonly #terminating = new Set<string>();

  constructor(context: ServerContext) {
    this.#context = context;
    this.#queue = new KeyQueue({
      look: (name) => this.#look(name),
      onError: (namespace, error) =>
        context.log.warn({ err: error, namespace }, "emptying a namespace failed; will retry"),
    });
  }

  stop(): Promise<void> {
    return this.#queue.stop();
  }

  present(entry: Entry): void {
    this.#see(entry.key, entry.value, entry.revision);
  }

  changed(event: StoreEvent): void {
    if (event.type !== "deleted") {
      this.#see(event.key, event.value, event.revision);
      return;
    }
    const { kind, metadata } = decodeValue(event.value, event.revision);
    if (kind === namespaces.kind) this.#terminating.delete(metadata.name);
    else if (this.#terminating.has(metadata.namespace ?? "")) this.#queue.add(metadata.namespace ?? "");
  }

  #see(key: string, value: string, revision: number): void {
    if (!key.startsWith(prefixOf(namespaces))) return;
    const { metadata } = decodeValue(value, revision);
    if (metadata.deletionTimestamp === undefined) return;
    this.#terminating.add(metadata.name);
    this.#queue.add(metadata.name);
  }

  async #look(name: string): Promise<void> {
    const stored = findObject(this.#context.store, namespaces, { name });
    if (stored === undefined || stored.object.metadata.deletionTimestamp === undefined) return;
    // Whatever is left waits for a finalizer; its removal brings the namespace back here.
    if ((await this.#deleteContents(name)) === "empty") await this.#letGo(stored);
  }

  async #deleteContents(namespace: string): Promise<"empty" | "waiting"> {
    const { registry, store } = this.#context;
    let state: "empty" | "waiting" = "empty";
    for (const definition of registry.definitions.filter((each) => each.namespaced)) {
      const prefix = prefixOf(definition, namespace);
      const names = store.list({ prefix }).entries.map(({ key }) => key.slice(prefix.length));
      const deletions = names.map((name) => this.#deleteOne(keyOf(definition, { namespace, name }), definition.kind));
      if ((await Promise.all(deletions)).some((gone) => !gone)) state = "waiting";
    }
    return state;
  }

  async #deleteOne(key: string, kind: string): Promise<boolean> {
    const entry = this.#context.store.get(key);
    if (entry === undefined) return true;
    const { apiVersion, metadata } = decodeValue(entry.value, entry.revision);
    const definition = this.#context.registry.findKind(apiVersion, kind);
    if (definition === undefined) return true;
    try {
      const { gone } = await deleteObject(this.#context, definition, metadata, { dryRun: false });
      return gone;
    } catch (error) {
      if (error instanceof ApiError && error.reason === "NotFound") return true;
      throw error;
    }
  }

  /**
   * No create can slip in between the look at the contents and this: every create that saw the namespace alive was
   * asked for before the mark was committed, and writes commit in the order in which they were asked for.
   */
  async #letGo({ object, revision }: StoredObject): Promise<void> {
    const { store } = this.#context;
    const finalizers = valueAt(object, "spec", "finalizers");
    if ((object.metadata.finalizers ?? []).length === 0) await removeObject(store, namespaces, object, revision);
    else if (Array.isArray(finalizers) && finalizers.length > 0) {
      await replaceObject(store, namespaces, { ...object, spec: { finalizers: [] } }, revision);
    }
  }
}
