/** A client that tells of each call before and after it, and that a test can make fail. Watches and lists pass unseen. */
import { KubeClient } from "../../../../provider/kube/client";
import type { KubeObject, ResourceAddress, ResourceKind } from "../../../../provider/kube/resource";

export interface Call {
  readonly verb: "get" | "create" | "update" | "patch" | "delete";
  /** Plural, with the subresource: `virtualmachines/status`. */
  readonly resource: string;
  readonly name: string;
}

/** Runs the call; may refuse it before, or lose its answer. */
export type Observer = <T>(call: Call, make: () => Promise<T>) => Promise<T>;

export class ObservedClient extends KubeClient {
  readonly #observe: Observer;

  constructor(connection: ConstructorParameters<typeof KubeClient>[0], fieldManager: string, observe: Observer) {
    super(connection, { fieldManager });
    this.#observe = observe;
  }

  override get<T extends KubeObject>(resource: ResourceKind, address: ResourceAddress): Promise<T> {
    return this.#observe(callOf("get", resource, address), () => super.get<T>(resource, address));
  }

  override create<T extends KubeObject>(resource: ResourceKind, object: T): Promise<T> {
    return this.#observe(callOf("create", resource, object.metadata), () => super.create(resource, object));
  }

  override update<T extends KubeObject>(
    resource: ResourceKind,
    object: T,
    options: { subresource?: "status" } = {},
  ): Promise<T> {
    return this.#observe(callOf("update", resource, { ...object.metadata, ...options }), () =>
      super.update(resource, object, options),
    );
  }

  override mergePatch<T extends KubeObject>(
    resource: ResourceKind,
    address: ResourceAddress,
    patch: object,
  ): Promise<T> {
    return this.#observe(callOf("patch", resource, address), () => super.mergePatch<T>(resource, address, patch));
  }
}

function callOf(verb: Call["verb"], resource: ResourceKind, { name = "", subresource }: ResourceAddress): Call {
  return { verb, resource: subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`, name };
}
