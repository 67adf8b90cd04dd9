/**
 * A cluster's API in the test's own process: the real verbs and watches over a store in memory, with pods, and no sockets.
 * Every call is carried out at once; a test refuses calls with `api.refusal` and loses answers with `api.upsets`.
 */
import { type KubeObject, type ResourceKind, resourcePath } from "../../provider/kube/resource";
import { SeededRandom } from "../builders/seeded-random";
import { SimulatedApi } from "../faults/simulation/api";
import { SimulatedClient } from "../faults/simulation/client";
import { Scheduler, SimulatedProcess } from "../faults/simulation/scheduler";
import { clusterRegistry } from "./pod-resource";

/** Nobody waits for a turn. */
class NoScheduler extends Scheduler {
  override add({ run }: Parameters<Scheduler["add"]>[0]): void {
    void run();
  }

  override call<T>(_process: SimulatedProcess, _label: string, make: () => Promise<T>): Promise<T> {
    return make();
  }
}

export class ClusterApi {
  readonly api: SimulatedApi;
  readonly client: SimulatedClient;

  private constructor() {
    const random = new SeededRandom(1);
    this.api = new SimulatedApi(random, new NoScheduler(random), { registry: clusterRegistry() });
    this.client = new SimulatedClient(this.api, new SimulatedProcess("test"), "test");
  }

  static async open(): Promise<ClusterApi> {
    const cluster = new ClusterApi();
    await cluster.api.start();
    return cluster;
  }

  /** The calls since the last time, without those that only read when `writes` is asked for. */
  takeCalls(which: "all" | "writes" = "all"): readonly string[] {
    const calls = this.api.calls.splice(0);
    return which === "all" ? calls : calls.filter((call) => !call.startsWith("GET "));
  }

  // What others do, at once, and not counted.

  async create<T extends KubeObject>(resource: ResourceKind, object: T): Promise<T> {
    const target = resourcePath(resource, { namespace: object.metadata.namespace });
    return (await this.api.direct({ method: "POST", target, body: object })) as T;
  }

  async get<T extends KubeObject>(resource: ResourceKind, name: string, namespace = "default"): Promise<T> {
    return (await this.api.direct({ method: "GET", target: resourcePath(resource, { namespace, name }) })) as T;
  }

  async list<T extends KubeObject>(resource: ResourceKind): Promise<readonly T[]> {
    const list = await this.api.direct({ method: "GET", target: resourcePath(resource) });
    return (list as { items: readonly T[] }).items;
  }

  async patch(resource: ResourceKind, name: string, body: object, subresource?: "status"): Promise<void> {
    const target = resourcePath(resource, { namespace: "default", name, subresource });
    await this.api.direct({ method: "PATCH", target, body, contentType: "application/merge-patch+json" });
  }

  async delete(resource: ResourceKind, name: string, namespace = "default"): Promise<void> {
    await this.api.direct({ method: "DELETE", target: resourcePath(resource, { namespace, name }) });
  }

  close(): Promise<void> {
    return this.api.close();
  }
}
