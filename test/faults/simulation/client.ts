/** The client of one simulated process: the verbs of KubeClient, asked of the simulated API through the scheduler. */
import {
  type CallOptions,
  type DeleteOptions,
  KubeClient,
  type ListOptions,
  type ObjectList,
} from "../../../provider/kube/client";
import { directConnection } from "../../../provider/kube/connection";
import {
  apiVersionOf,
  type KubeObject,
  type ResourceAddress,
  type ResourceKind,
  resourcePath,
} from "../../../provider/kube/resource";
import type { WatchOptions, WatchStream } from "../../../provider/kube/watch-stream";
import type { SimulatedApi } from "./api";
import type { SimulatedProcess } from "./scheduler";

/** Leads nowhere: every call is overridden. */
const connection = directConnection({ server: "https://simulated", ca: "", token: "" });

export class SimulatedClient extends KubeClient {
  readonly #api: SimulatedApi;
  readonly #process: SimulatedProcess;
  readonly #query: string;

  constructor(api: SimulatedApi, process: SimulatedProcess, fieldManager: string) {
    super(connection, { fieldManager });
    this.#api = api;
    this.#process = process;
    this.#query = `?fieldManager=${fieldManager}`;
  }

  override async get<T extends KubeObject>(resource: ResourceKind, address: ResourceAddress): Promise<T> {
    return (await this.#ask("GET", resourcePath(resource, address))) as T;
  }

  override async list<T extends KubeObject>(
    resource: ResourceKind,
    options: ListOptions & CallOptions = {},
  ): Promise<ObjectList<T>> {
    const { namespace, labelSelector = "", fieldSelector = "" } = options;
    const query = new URLSearchParams({ labelSelector, fieldSelector });
    const path = `${resourcePath(resource, { namespace })}?${query}`;
    const list = (await this.#ask("GET", path)) as { metadata: { resourceVersion: string }; items: readonly T[] };
    return { resourceVersion: list.metadata.resourceVersion, items: list.items };
  }

  override async watch<T extends KubeObject>(resource: ResourceKind, options: WatchOptions): Promise<WatchStream<T>> {
    const { signal, namespace, resourceVersion, labelSelector = "", fieldSelector = "" } = options;
    const query = new URLSearchParams({ watch: "true", resourceVersion, labelSelector, fieldSelector });
    const stream = await this.#api.watch(this.#process, `${resourcePath(resource, { namespace })}?${query}`);
    if (signal?.aborted) stream.cut(undefined);
    signal?.addEventListener("abort", () => stream.cut(undefined), { once: true });
    return stream as WatchStream<T>;
  }

  override async create<T extends KubeObject>(resource: ResourceKind, object: T): Promise<T> {
    const { namespace } = object.metadata;
    const body = { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object };
    return (await this.#ask("POST", resourcePath(resource, { namespace }) + this.#query, body)) as T;
  }

  override async update<T extends KubeObject>(
    resource: ResourceKind,
    object: T,
    { subresource }: { subresource?: "status" } = {},
  ): Promise<T> {
    const { namespace, name } = object.metadata;
    const path = resourcePath(resource, { namespace, name, subresource });
    const body = { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object };
    return (await this.#ask("PUT", path + this.#query, body)) as T;
  }

  override async mergePatch<T extends KubeObject>(
    resource: ResourceKind,
    address: ResourceAddress,
    patch: object,
  ): Promise<T> {
    const path = resourcePath(resource, address) + this.#query;
    return (await this.#ask("PATCH", path, patch, "application/merge-patch+json")) as T;
  }

  override async delete(resource: ResourceKind, address: ResourceAddress, options: DeleteOptions = {}): Promise<void> {
    const { propagationPolicy = "Background", preconditions } = options;
    await this.#ask("DELETE", resourcePath(resource, address), {
      apiVersion: "v1",
      kind: "DeleteOptions",
      propagationPolicy,
      ...(preconditions === undefined ? {} : { preconditions }),
    });
  }

  #ask(method: string, target: string, body?: unknown, contentType?: string): Promise<unknown> {
    return this.#api.request(this.#process, {
      method,
      target,
      body,
      ...(contentType === undefined ? {} : { contentType }),
    });
  }
}
