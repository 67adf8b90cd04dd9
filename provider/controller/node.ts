/** What the controller reads of a Node: its labels, and whether its agent has been heard of lately. */
import type { NodeCandidate } from "../core/plan/nodes";
import type { KubeObject } from "../kube/resource";

export interface NodeObject extends KubeObject {
  readonly spec?: {
    readonly unschedulable?: boolean;
    readonly taints?: readonly { readonly key: string; readonly effect?: string }[];
  };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastHeartbeatTime?: string;
    }[];
  };
}

/** Silence after which a node takes no new machines, in milliseconds. Machines it runs are not touched by this. */
export const nodeSilenceMs = 5 * 60_000;

export function candidateOf(node: NodeObject, now: number): NodeCandidate {
  const ready = node.status?.conditions?.find((condition) => condition.type === "Ready");
  const heard = ready?.lastHeartbeatTime === undefined ? Number.NaN : Date.parse(ready.lastHeartbeatTime);
  return {
    name: node.metadata.name ?? "",
    labels: node.metadata.labels ?? {},
    ready: ready?.status === "True" && node.spec?.unschedulable !== true && now - heard < nodeSilenceMs,
  };
}
