/**
 * Kubernetes REST for any resource: one method per verb, objects in and out as they are on the wire. This is the only
 * path to an API server, whichever engine is behind it.
 */
import { isPermitted, type Permission, type Verb } from "../core/permission";
import type { Connection } from "./connection";
import { isNotFound, NoLongerAllowedError, NotPermittedError } from "./errors";
import { apiVersionOf, type KubeObject, type ResourceAddress, type ResourceKind, resourcePath } from "./resource";
import { exchange } from "./transport";
import { openWatch, type WatchOptions, type WatchStream } from "./watch-stream";

export interface ListOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface ObjectList<T> {
  readonly resourceVersion: string;
  readonly items: readonly T[];
}

export interface ObjectPage<T> extends ObjectList<T> {
  /** Token of the next page; undefined after the last one. */
  readonly next: string | undefined;
  /** How many pages come after this one; 0 also where the server does not tell. */
  readonly pagesLeft: number;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface DeleteOptions extends CallOptions {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  readonly gracePeriodSeconds?: number;
}

const pageSize = 500;
const readingVerbs: readonly Verb[] = ["get", "list", "watch"];

const methods = { get: "GET", list: "GET", create: "POST", update: "PUT", patch: "PATCH", delete: "DELETE" } as const;

export interface KubeClientOptions {
  /** Recorded by the API server as the manager of the fields written. */
  readonly fieldManager: string;
  /** Milliseconds of silence after which a call fails. Default 30,000. */
  readonly timeoutMs?: number;
  /** All that may be called; any other call fails with a NotPermittedError. Default: anything may. */
  readonly permitted?: readonly Permission[];
  /** Namespace that `system` means in a permission. Default: kubevirt. */
  readonly systemNamespace?: string;
  /** Asked before each write; a write that is not allowed any more is not sent. Default: always. */
  readonly mayWrite?: () => boolean;
}

export class KubeClient {
  readonly connection: Connection;
  readonly #fieldManager: string;
  readonly #timeoutMs: number;
  readonly #permitted: readonly Permission[] | undefined;
  readonly #systemNamespace: string;
  readonly #mayWrite: (() => boolean) | undefined;

  constructor(connection: Connection, options: KubeClientOptions) {
    this.connection = connection;
    this.#fieldManager = options.fieldManager;
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    this.#permitted = options.permitted;
    this.#systemNamespace = options.systemNamespace ?? "kubevirt";
    this.#mayWrite = options.mayWrite;
  }

  /** Throws ApiError with code 404 when there is none. */
  async get<T extends KubeObject>(
    resource: ResourceKind,
    address: ResourceAddress,
    options: CallOptions = {},
  ): Promise<T> {
    return (await this.#call("get", resource, address, options)) as T;
  }

  /** Undefined when there is none; any other refusal is thrown. */
  async find<T extends KubeObject>(
    resource: ResourceKind,
    address: ResourceAddress,
    options: CallOptions = {},
  ): Promise<T | undefined> {
    try {
      return await this.get<T>(resource, address, options);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Every object, page by page. */
  async list<T extends KubeObject>(
    resource: ResourceKind,
    options: ListOptions & CallOptions = {},
  ): Promise<ObjectList<T>> {
    const items: T[] = [];
    let token: string | undefined;
    for (;;) {
      const page = await this.page<T>(resource, { ...options, token });
      items.push(...page.items);
      token = page.next;
      if (token === undefined) return { resourceVersion: page.resourceVersion, items };
    }
  }

  /** The first objects of a collection, or those after a page's `next`; all pages show one moment. */
  async page<T extends KubeObject>(
    resource: ResourceKind,
    options: ListOptions & CallOptions & { readonly token?: string | undefined } = {},
  ): Promise<ObjectPage<T>> {
    const { metadata, items } = (await this.#call("list", resource, { namespace: options.namespace }, options, {
      query: {
        limit: pageSize,
        continue: options.token,
        labelSelector: options.labelSelector,
        fieldSelector: options.fieldSelector,
      },
    })) as {
      metadata?: { resourceVersion?: string; continue?: string; remainingItemCount?: number };
      items?: readonly T[] | null;
    };
    return {
      resourceVersion: metadata?.resourceVersion ?? "0",
      items: items ?? [],
      next: metadata?.continue === "" ? undefined : metadata?.continue,
      pagesLeft: Math.ceil((metadata?.remainingItemCount ?? 0) / pageSize),
    };
  }

  async watch<T extends KubeObject>(resource: ResourceKind, options: WatchOptions): Promise<WatchStream<T>> {
    this.#check("watch", resource, { namespace: options.namespace });
    return openWatch<T>(this.connection, resource, options);
  }

  async create<T extends KubeObject>(resource: ResourceKind, object: T, options: CallOptions = {}): Promise<T> {
    const namespace = object.metadata.namespace;
    return (await this.#call("create", resource, { namespace }, options, {
      body: { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object },
      query: { fieldManager: this.#fieldManager },
    })) as T;
  }

  /** Replaces the object; its resourceVersion, when given, must be the current one. */
  async update<T extends KubeObject>(
    resource: ResourceKind,
    object: T,
    options: CallOptions & { subresource?: "status" } = {},
  ): Promise<T> {
    const { namespace, name } = object.metadata;
    const address = { namespace, name, subresource: options.subresource };
    return (await this.#call("update", resource, address, options, {
      body: { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object },
      query: { fieldManager: this.#fieldManager },
    })) as T;
  }

  /**
   * JSON merge patch (RFC 7386). A `metadata.resourceVersion` or `metadata.uid` in it is a precondition: `isConflict` is
   * true of the refusal when the object is in another version, or another one.
   */
  async mergePatch<T extends KubeObject>(
    resource: ResourceKind,
    address: ResourceAddress,
    patch: object,
    options: CallOptions = {},
  ): Promise<T> {
    return (await this.#call("patch", resource, address, options, {
      body: patch,
      contentType: "application/merge-patch+json",
      query: { fieldManager: this.#fieldManager },
    })) as T;
  }

  /** Asks for deletion; returns when the server has taken note, not when the object is gone. */
  async delete(resource: ResourceKind, address: ResourceAddress, options: DeleteOptions = {}): Promise<void> {
    await this.#call("delete", resource, address, options, {
      body: {
        apiVersion: "v1",
        kind: "DeleteOptions",
        propagationPolicy: options.propagationPolicy ?? "Background",
        ...(options.preconditions === undefined ? {} : { preconditions: options.preconditions }),
        ...(options.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: options.gracePeriodSeconds }),
      },
    });
  }

  async #call(
    verb: Exclude<Verb, "watch">,
    resource: ResourceKind,
    address: ResourceAddress,
    options: CallOptions,
    request: { body?: unknown; contentType?: string; query?: Record<string, string | number | undefined> } = {},
  ): Promise<unknown> {
    this.#check(verb, resource, address);
    if (this.#mayWrite?.() === false && !readingVerbs.includes(verb)) throw new NoLongerAllowedError();
    const method = methods[verb];
    const path = resourcePath(resource, address);
    return exchange(this.connection, { method, path, ...request, signal: options.signal, timeoutMs: this.#timeoutMs });
  }

  /** Throws NotPermittedError. */
  #check(verb: Verb, resource: ResourceKind, { namespace, name, subresource }: ResourceAddress): void {
    if (this.#permitted === undefined) return;
    const call = { verb, resource, subresource, name, namespace: resource.namespaced ? namespace : undefined };
    if (!isPermitted(this.#permitted, call, this.#systemNamespace)) throw new NotPermittedError(call);
  }
}
