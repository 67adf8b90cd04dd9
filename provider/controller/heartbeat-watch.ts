/**
 * Listens for the nodes' signs of life: watches the Leases of agents and kubelets and tells NodeHeartbeats. It can be begun
 * before there is anything to decide: a controller that stands by and listens knows, when it leads, for how long each node
 * has been silent, and need not wait for as long again.
 */
import type { KubeClient } from "../kube/client";
import { Informer } from "../kube/informer";
import type { Lease } from "../kube/leader-election";
import { coreResources } from "../kube/resource";
import { type Clock, systemTicks, type Ticks } from "../runtime/clock";
import type { Logger } from "../runtime/log";
import { kubeletLeaseNamespace, NodeHeartbeats } from "./node-heartbeats";

export interface HeartbeatWatchOptions {
  readonly client: KubeClient;
  readonly log: Logger;
  readonly clock: Clock;
  readonly ticks?: Ticks;
  /** Namespace of the agents' leases. */
  readonly systemNamespace: string;
}

export class HeartbeatWatch {
  readonly heartbeats: NodeHeartbeats;
  readonly #leases: readonly Informer<Lease>[];

  constructor({ client, log, clock, ticks = systemTicks, systemNamespace }: HeartbeatWatchOptions) {
    this.heartbeats = new NodeHeartbeats(clock, ticks);
    this.#leases = [systemNamespace, kubeletLeaseNamespace].map(
      (namespace) =>
        new Informer<Lease>({
          client,
          resource: coreResources.leases,
          namespace,
          log,
          onChange: (_key, lease) => this.heartbeats.seen(lease),
        }),
    );
  }

  /** Begins, where it has not begun yet. */
  start(): void {
    for (const informer of this.#leases) informer.start();
  }

  /** Resolves when the first lists are read; rejects when it is stopped before. */
  async synced(): Promise<void> {
    await Promise.all(this.#leases.map((informer) => informer.synced()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#leases.map((informer) => informer.stop()));
  }

  /** The API has just answered somebody of this process. */
  contact(): void {
    this.heartbeats.contact();
  }
}
