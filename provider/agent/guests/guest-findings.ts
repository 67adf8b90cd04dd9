/** What the node's agent says of a guest of which something is asked, as conditions of its machine's status. Pure. */
import type { Condition } from "../../api/meta";
import type { VirtualMachine } from "../../api/v1alpha1/virtual-machine";
import { findCondition, type NewCondition, withCondition, withoutCondition } from "../../core/conditions";
import { guestAgentChannel } from "../../core/domain-xml/channel";
import { type GuestWait, guestConditionTypes, guestWaitsOf, noChannel } from "../../core/wait-for";
import type { AgentChannel } from "./agent-channel";

/** `failures`: port → why it does not answer; a port that answers has none. */
export function tcpFinding(
  address: string,
  ports: readonly number[],
  failures: ReadonlyMap<number, string>,
): NewCondition {
  const type = guestConditionTypes.tcp;
  const silent = ports.flatMap((port) => {
    const why = failures.get(port);
    return why === undefined ? [] : [`tcp:${port} of ${address} does not answer yet: ${why}`];
  });
  if (silent.length > 0) return { type, status: "False", reason: "NoAnswer", message: silent.join("; ") };
  const names = ports.map((port) => `tcp:${port}`).join(", ");
  return { type, status: "True", reason: "Answers", message: `${names} of ${address}: connections are accepted` };
}

/** `noLog`: nothing of what the guest prints is kept on this node. */
export type CloudInitState = { readonly version: string } | "running" | "noLog";

export function cloudInitFinding(state: CloudInitState): NewCondition {
  const type = guestConditionTypes["cloud-init"];
  if (state === "noLog") {
    return { type, status: "False", reason: "NoLog", message: "what guests print is not kept on this node" };
  }
  if (state === "running") {
    const message = "cloud-init has not said on the serial console yet that it has finished";
    return { type, status: "False", reason: "NotFinished", message };
  }
  return { type, status: "True", reason: "Finished", message: `cloud-init ${state.version} has finished` };
}

export function agentFinding(channel: AgentChannel): NewCondition {
  const type = guestConditionTypes["guest-agent"];
  switch (channel) {
    case "connected":
      return { type, status: "True", reason: "Connected", message: "the guest agent is connected" };
    case "disconnected": {
      const message = `the guest agent does not speak yet: nobody in the guest has opened its channel, ${guestAgentChannel}`;
      return { type, status: "False", reason: "NotConnected", message };
    }
    case "none": {
      const message =
        "the guest was started before its agent was asked for, and has no channel for it until it is made anew";
      return { type, status: "False", reason: noChannel, message };
    }
  }
}

/** With what was found, without what nobody asks for any more; what was found before stays. */
export function withFindings(
  conditions: readonly Condition[],
  vm: Pick<VirtualMachine, "metadata">,
  { findings, at }: { readonly findings: readonly NewCondition[]; readonly at: string },
): readonly Condition[] {
  const asked = new Set(guestWaitsOf(vm.metadata).map(({ kind }) => kind));
  let all = conditions;
  for (const kind of Object.keys(guestConditionTypes) as GuestWait["kind"][]) {
    const type = guestConditionTypes[kind];
    const found = findings.find((finding) => finding.type === type);
    if (!asked.has(kind)) all = findCondition(all, type) === undefined ? all : withoutCondition(all, type);
    else if (found !== undefined) all = withCondition(all, found, at);
  }
  return all;
}
