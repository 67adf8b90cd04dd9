/**
 * What is said of a machine that waits because its node, or its node's agent, is silent: once for each silence, so that
 * what would change by the second stays as it was first said. Nothing but words: who waits is decided elsewhere. Pure.
 */
import type { VirtualMachine, VirtualMachineStatus } from "../../api/v1alpha1/virtual-machine";
import { findCondition, type NewCondition, withCondition } from "../conditions";
import { isDeleting } from "../deletion";
import type { PlannedEvent } from "./events";
import { changedStatus } from "./machine-marks";

/** Kubernetes' taint that an operator puts on a node that is off for sure. */
export const outOfServiceTaint = "node.kubernetes.io/out-of-service";

export interface Waiting {
  readonly vm: VirtualMachine;
  /** RFC 3339. */
  readonly timestamp: string;
}

export interface Told {
  readonly status?: VirtualMachineStatus;
  readonly events: readonly PlannedEvent[];
}

/** The machine writes to these claims, so it is not given up. */
export function awaitNode({ vm, timestamp }: Waiting, claims: readonly string[]): Told {
  const { nodeName = "" } = vm.status ?? {};
  const message =
    `node ${nodeName} is not heard of, and the machine writes to ${claims.map((claim) => `claim "${claim}"`).join(", ")}: ` +
    "two machines on one disk would destroy it, so this one is given up only when the node speaks again or is known to be off. " +
    `If it is off for sure: kubectl taint nodes ${nodeName} ${outOfServiceTaint}=nodeshutdown:NoExecute, or kubectl delete node ${nodeName}`;
  const conditions = withCondition(vm.status?.conditions, ready("Unknown", "NodeLost", message), timestamp);
  return warned(changedStatus(vm, { ...vm.status, phase: "Unknown", conditions }), "NodeLost", message);
}

const agentSilent = "AgentSilent";

export interface WaitingForAgent extends Waiting {
  /** Namespace of the agents' pods. */
  readonly systemNamespace: string;
}

/**
 * A node that is heard by its kubelet alone starts and ends no machine; a guest that runs there goes on, and is nobody's
 * to give up. What waits for the agent says so, until the agent is heard again. Nothing is said of machines that run.
 * `agentSilentSince`: the agent's last sign of life, as RFC 3339; empty for none, undefined when it is heard.
 */
export function awaitAgent(
  { vm, systemNamespace, timestamp }: WaitingForAgent,
  { agentSilentSince }: { readonly agentSilentSince?: string },
): Told {
  const { nodeName = "", phase, conditions } = vm.status ?? {};
  if (phase === "Running" && !isDeleting(vm)) return { events: [] };
  const work = isDeleting(vm) ? "end" : phase === "Scheduled" ? "start" : "look after";
  const set = (reason: string, message: string) => {
    const condition = ready(phase === "Scheduled" ? "False" : "Unknown", reason, message);
    return changedStatus(vm, { ...vm.status, conditions: withCondition(conditions, condition, timestamp) });
  };
  if (agentSilentSince === undefined) {
    if (findCondition(conditions, "Ready")?.reason !== agentSilent) return { events: [] };
    return { ...set("AgentHeard", `the agent of node ${nodeName} is about to ${work} the machine`), events: [] };
  }
  const since =
    agentSilentSince === "" ? "gives no sign of life" : `has given no sign of life since ${agentSilentSince}`;
  const message =
    `the agent of node ${nodeName} ${since}, though the node does, and nobody else can ${work} the machine; a guest that ` +
    `runs goes on. Look at the agent's pod: kubectl --namespace ${systemNamespace} get pods --field-selector spec.nodeName=${nodeName}`;
  return warned(set(agentSilent, message), agentSilent, message);
}

const ready = (status: NewCondition["status"], reason: string, message: string): NewCondition => ({
  type: "Ready",
  status,
  reason,
  message,
});

function warned(changes: { readonly status?: VirtualMachineStatus }, reason: string, message: string): Told {
  return { ...changes, events: changes.status === undefined ? [] : [{ type: "Warning", reason, message }] };
}
