/**
 * The agent's sign of life: a Lease of its node, renewed while the agent works. Others take its age for the node's. An
 * agent that cannot renew it for long cannot know either what was decided about its machines.
 */
import { agentLeaseName } from "../../core/agent-lease";
import type { KubeClient } from "../../kube/client";
import { ApiError, isAlreadyExists, isConflict, isNotFound, isTransient } from "../../kube/errors";
import { type Lease, microTime } from "../../kube/leader-election";
import { coreResources } from "../../kube/resource";
import { type Clock, systemTicks, type Ticks } from "../../runtime/clock";

export const agentLeaseSeconds = 40;
export const agentLeaseIntervalMs = 10_000;
/** One renewal may take so many milliseconds: on a line that is dead it would take until long after the next one is due. */
const longestRenewalMs = 5_000;

export interface AgentLeaseOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly node: string;
  readonly clock: Clock;
  readonly ticks?: Ticks;
}

export class AgentLease {
  readonly #o: AgentLeaseOptions;
  readonly #ticks: Ticks;
  #lease: Lease | undefined;
  #answeredAt: number;
  #triedAt: number;
  #silence = 0;

  constructor(options: AgentLeaseOptions) {
    this.#o = options;
    this.#ticks = options.ticks ?? systemTicks;
    this.#answeredAt = this.#ticks();
    this.#triedAt = this.#answeredAt;
  }

  /**
   * Milliseconds for which the API had not answered when it was last tried; none before that was tried. So neither a clock
   * that is set nor a computer that slept is taken for silence.
   */
  get silence(): number {
    return this.#silence;
  }

  async renew(): Promise<void> {
    const startedAt = this.#ticks();
    const stoodStill = startedAt - this.#triedAt > 2 * agentLeaseIntervalMs;
    this.#triedAt = startedAt;
    try {
      await this.#renew().catch((error: unknown) => {
        if (!stoodStill || isAnswer(error)) throw error;
        // An agent that stood still for long finds its connection gone, which says nothing about the API.
        return this.#renew();
      });
    } catch (error) {
      if (isAnswer(error)) this.#answered(startedAt);
      else this.#silence = this.#ticks() - this.#answeredAt;
      throw error;
    }
    this.#answered(startedAt);
  }

  #answered(at: number): void {
    this.#answeredAt = at;
    this.#silence = 0;
  }

  async #renew(): Promise<void> {
    const signal = AbortSignal.timeout(longestRenewalMs);
    try {
      this.#lease = await this.#write(this.#lease, signal);
    } catch (error) {
      // Made, removed or written by somebody else meanwhile: looked at anew.
      this.#lease = undefined;
      if (!isNotFound(error) && !isAlreadyExists(error) && !isConflict(error)) throw error;
      this.#lease = await this.#write(undefined, signal);
    }
  }

  async #write(known: Lease | undefined, signal: AbortSignal): Promise<Lease> {
    const { client, namespace, node, clock } = this.#o;
    const name = agentLeaseName(node);
    const now = microTime(clock.now());
    const before = known ?? (await client.find<Lease>(coreResources.leases, { namespace, name }, { signal }));
    const spec = {
      ...before?.spec,
      holderIdentity: node,
      leaseDurationSeconds: agentLeaseSeconds,
      acquireTime: before?.spec?.acquireTime ?? now,
      renewTime: now,
    };
    if (before === undefined) {
      return client.create<Lease>(coreResources.leases, { metadata: { namespace, name }, spec }, { signal });
    }
    return client.update<Lease>(coreResources.leases, { ...before, spec }, { signal });
  }
}

/**
 * A refusal by an API that knows this agent: it can be heard and hears. One that does not know it any more answers nothing
 * that helps: that is how an agent fares whose pod was removed with its node.
 */
const isAnswer = (error: unknown): boolean => error instanceof ApiError && !isTransient(error) && error.code !== 401;
