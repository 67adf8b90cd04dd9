/**
 * Which nodes give signs of life: of each node, the Lease of its agent and the one of its kubelet. A node is silent when
 * neither has changed for a while as seen from here; times written in them are not believed, since clocks differ. While
 * the API cannot be reached nobody can be heard, so that time does not count against anybody.
 */
import { type NodeHealth, outOfServiceTaint } from "../core/plan/launched-machine";
import type { Lease } from "../kube/leader-election";
import type { Clock } from "../runtime/clock";

/** Milliseconds without a sign of life: four renewals of either lease are missing then. */
export const nodeSilenceMs = 40_000;
/** The API counts as away when it was not reached for so many milliseconds. */
const contactGapMs = 10_000;

export const agentLeasePrefix = "virt-agent-";
export const kubeletLeaseNamespace = "kube-node-lease";

export interface NodeFacts {
  readonly taints?: readonly { readonly key: string }[] | undefined;
}

interface Sign {
  readonly renewTime: string;
  /** When it was seen to change, here. */
  readonly at: number;
}

export class NodeHeartbeats {
  readonly #clock: Clock;
  readonly #agents = new Map<string, Sign>();
  readonly #kubelets = new Map<string, Sign>();
  #contactAt: number;
  #contactSince: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#contactAt = clock.now();
    this.#contactSince = this.#contactAt;
  }

  /** The API has just answered. */
  contact(): void {
    const now = this.#clock.now();
    if (now - this.#contactAt > contactGapMs) this.#contactSince = now;
    this.#contactAt = now;
  }

  /** A lease as a watch or a look shows it. Returns the node that it speaks of. */
  seen(lease: Lease): string | undefined {
    const { namespace, name = "" } = lease.metadata;
    const isKubelet = namespace === kubeletLeaseNamespace;
    if (!isKubelet && !name.startsWith(agentLeasePrefix)) return undefined;
    const node = isKubelet ? name : name.slice(agentLeasePrefix.length);
    const signs = isKubelet ? this.#kubelets : this.#agents;
    const renewTime = lease.spec?.renewTime ?? "";
    if (signs.get(node)?.renewTime !== renewTime) signs.set(node, { renewTime, at: this.#clock.now() });
    return node;
  }

  /** The lease is gone: its holder has left in good order, or was removed with its node. */
  gone(lease: Lease): void {
    const { namespace, name = "" } = lease.metadata;
    if (namespace === kubeletLeaseNamespace) this.#kubelets.delete(name);
    else this.#agents.delete(name.slice(agentLeasePrefix.length));
  }

  /** Whether a node's agent takes machines now. */
  takesMachines(node: string): boolean {
    return this.#silenceOf([this.#agents.get(node)]) < nodeSilenceMs && this.#agents.has(node);
  }

  /** `node` is undefined for a name that the cluster has no Node of. */
  healthOf(name: string, node: NodeFacts | undefined): NodeHealth {
    if (node === undefined) return { state: "fenced", how: "was removed from the cluster" };
    if (node.taints?.some(({ key }) => key === outOfServiceTaint) === true) {
      return { state: "fenced", how: "was marked as out of service" };
    }
    const silence = this.#silenceOf([this.#agents.get(name), this.#kubelets.get(name)]);
    return silence < nodeSilenceMs ? { state: "heard" } : { state: "silent", seconds: Math.floor(silence / 1000) };
  }

  /** Milliseconds since the latest of these signs, or since anybody could be heard. */
  #silenceOf(signs: readonly (Sign | undefined)[]): number {
    const last = Math.max(this.#contactSince, ...signs.map((sign) => sign?.at ?? 0));
    // Nothing can be said about the time after the last contact.
    return Math.min(this.#clock.now(), this.#contactAt + contactGapMs) - last;
  }
}
