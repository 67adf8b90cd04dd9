/**
 * The agent's sign of life: a Lease of its node, renewed while the agent works. Others take its age for the node's. An
 * agent that cannot renew it for long cannot know either what was decided about its machines.
 */
import type { KubeClient } from "../../kube/client";
import { isAlreadyExists, isNotFound } from "../../kube/errors";
import { type Lease, microTime } from "../../kube/leader-election";
import { coreResources } from "../../kube/resource";
import type { Clock } from "../../runtime/clock";

export const agentLeaseName = (node: string): string => `virt-agent-${node}`;
export const agentLeaseSeconds = 40;
export const agentLeaseIntervalMs = 10_000;

export interface AgentLeaseOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly node: string;
  readonly clock: Clock;
}

export class AgentLease {
  readonly #o: AgentLeaseOptions;
  #lease: Lease | undefined;
  #renewedAt: number;

  constructor(options: AgentLeaseOptions) {
    this.#o = options;
    this.#renewedAt = options.clock.now();
  }

  /** Milliseconds since it was last renewed, or since this agent began. */
  get age(): number {
    return this.#o.clock.now() - this.#renewedAt;
  }

  async renew(): Promise<void> {
    const { clock } = this.#o;
    const startedAt = clock.now();
    try {
      this.#lease = await this.#write(this.#lease);
    } catch (error) {
      // Made, removed or written by somebody else meanwhile: looked at anew.
      this.#lease = undefined;
      if (!isNotFound(error) && !isAlreadyExists(error)) throw error;
      this.#lease = await this.#write(undefined);
    }
    this.#renewedAt = startedAt;
  }

  async #write(known: Lease | undefined): Promise<Lease> {
    const { client, namespace, node, clock } = this.#o;
    const name = agentLeaseName(node);
    const now = microTime(clock.now());
    const before = known ?? (await client.find<Lease>(coreResources.leases, { namespace, name }));
    const spec = {
      ...before?.spec,
      holderIdentity: node,
      leaseDurationSeconds: agentLeaseSeconds,
      acquireTime: before?.spec?.acquireTime ?? now,
      renewTime: now,
    };
    if (before === undefined) {
      return client.create<Lease>(coreResources.leases, { metadata: { namespace, name }, spec });
    }
    return client.update<Lease>(coreResources.leases, { ...before, spec });
  }
}
