/**
 * Which nodes give signs of life: of each node, the Lease of its agent and the one of its kubelet. A node is silent when
 * neither has changed for a while as seen from here; times written in them are not believed, since clocks differ. While
 * the API cannot be reached nobody can be heard, so that time does not count against anybody.
 */
import { agentLeasePrefix } from "../core/agent-lease";
import type { NodeHealth } from "../core/plan/launched-machine";
import { outOfServiceTaint } from "../core/plan/node-silence";
import type { Lease } from "../kube/leader-election";
import { type Clock, systemTicks, type Ticks } from "../runtime/clock";

/** Milliseconds without a sign of life: four renewals of either lease are missing then. */
export const nodeSilenceMs = 40_000;
/** The API counts as away when it was not reached for so many milliseconds. */
const contactGapMs = 10_000;

export const kubeletLeaseNamespace = "kube-node-lease";

interface TaintedNode {
  readonly spec?: { readonly taints?: readonly { readonly key: string }[] | undefined } | undefined;
}

interface Sign {
  readonly renewTime: string;
  /** When it was seen to change, here. */
  readonly at: number;
  /** The first look at a lease proves nothing: whoever wrote it may be gone for long. */
  readonly alive: boolean;
}

export class NodeHeartbeats {
  readonly #clock: Clock;
  readonly #ticks: Ticks;
  readonly #agents = new Map<string, Sign>();
  readonly #kubelets = new Map<string, Sign>();
  #contactAt: number;
  #contactSince: number;

  constructor(clock: Clock, ticks: Ticks = systemTicks) {
    this.#clock = clock;
    this.#ticks = ticks;
    this.#contactAt = ticks();
    this.#contactSince = this.#contactAt;
  }

  /** The API has just answered. */
  contact(): void {
    const now = this.#ticks();
    if (now - this.#contactAt > contactGapMs) this.#contactSince = now;
    this.#contactAt = now;
  }

  /** A lease as a watch or a look shows it. Leases of others are passed over. */
  seen(lease: Lease): void {
    const { namespace, name = "" } = lease.metadata;
    const isKubelet = namespace === kubeletLeaseNamespace;
    if (!isKubelet && !name.startsWith(agentLeasePrefix)) return;
    const node = isKubelet ? name : name.slice(agentLeasePrefix.length);
    const signs = isKubelet ? this.#kubelets : this.#agents;
    const renewTime = lease.spec?.renewTime ?? "";
    const before = signs.get(node);
    if (before?.renewTime === renewTime) return;
    signs.set(node, { renewTime, at: this.#ticks(), alive: before !== undefined || this.#isFresh(renewTime) });
  }

  /** Forgets the nodes that are not among these. */
  keepOnly(nodes: ReadonlySet<string>): void {
    for (const signs of [this.#agents, this.#kubelets]) {
      for (const node of signs.keys()) if (!nodes.has(node)) signs.delete(node);
    }
  }

  /**
   * Whether a node's agent takes machines now. Undefined while that cannot be said: of a lease that was there before this
   * process it is not known yet whether anybody renews it.
   */
  takesMachines(node: string): boolean | undefined {
    const sign = this.#agents.get(node);
    if (sign === undefined || this.#silenceOf([sign]) >= nodeSilenceMs) return false;
    return sign.alive ? true : undefined;
  }

  /** `node` is undefined for a name that the cluster has no Node of. */
  healthOf(name: string, node: TaintedNode | undefined): NodeHealth {
    if (node === undefined) return { state: "fenced", how: "was removed from the cluster" };
    if (node.spec?.taints?.some(({ key }) => key === outOfServiceTaint) === true) {
      return { state: "fenced", how: "was marked as out of service" };
    }
    const agent = this.#agents.get(name);
    const silence = this.#silenceOf([agent, this.#kubelets.get(name)]);
    if (silence >= nodeSilenceMs) return { state: "silent", seconds: Math.floor(silence / 1000) };
    if (this.#silenceOf([agent]) < nodeSilenceMs) return { state: "heard" };
    return { state: "heard", agentSilentSince: agent?.renewTime ?? "" };
  }

  /** Where a machine may be put is no matter of life and death: for that the time in a lease will do, if it is of now. */
  #isFresh(renewTime: string): boolean {
    return Math.abs(this.#clock.now() - Date.parse(renewTime)) < nodeSilenceMs;
  }

  /** Milliseconds since the latest of these signs, or since anybody could be heard. */
  #silenceOf(signs: readonly (Sign | undefined)[]): number {
    const last = signs.reduce((latest, sign) => Math.max(latest, sign?.at ?? latest), this.#contactSince);
    // Nothing can be said about the time after the last contact.
    return Math.min(this.#ticks(), this.#contactAt + contactGapMs) - last;
  }
}
