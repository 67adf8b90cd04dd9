/** `virtctl pause` and `unpause`: whether a guest stands still, which is an annotation of its machine. */
import type { VirtualMachine } from "../../api/v1alpha1/virtual-machine";
import { findCondition } from "../../core/conditions";
import { isFinal } from "../../core/phases";
import { pauseAnnotation, pausedCondition, requestedPause } from "../../core/plan/pause";
import { virtualMachines } from "../../core/resources";
import type { KubeClient } from "../../kube/client";
import type { Condition } from "../../lifecycle/conditions/condition";
import type { LiveObject } from "../../lifecycle/outputs";
import { waitFor } from "../../lifecycle/wait";
import type { MachineAddress } from "./machine-target";
import { describeMachine, findMachine, writtenTo } from "./owned-machine";

export type PauseWish = "pause" | "unpause";

/** Returns once the guest is as it was wished. Throws when it is so already, and when it does not run. */
export async function pause(
  client: KubeClient,
  address: MachineAddress,
  wish: PauseWish,
  { timeoutSeconds }: { readonly timeoutSeconds: number },
): Promise<string> {
  const vm = await findMachine(client, address);
  const { namespace = address.namespace, name = address.name, uid } = vm.metadata;
  const subject = describeMachine({ namespace, name });
  const phase = vm.status?.phase ?? "Pending";
  if (phase !== "Running") throw new Error(`${subject} does not run: it is ${phase}`);
  const asked = vm.metadata.annotations?.[pauseAnnotation] === "true";
  const still = pauseReasonOf(vm);
  if (wish === "pause" && asked && still === requestedPause) throw new Error(`${subject} is already paused`);
  if (wish === "unpause" && !asked && still === undefined) throw new Error(`${subject} is not paused`);

  // "false" also lets a guest go on that something else has stopped.
  const annotations = { [pauseAnnotation]: wish === "pause" ? "true" : "false" };
  const patch = { metadata: { uid, annotations } };
  await writtenTo(subject, client.mergePatch(virtualMachines, { namespace, name }, patch));
  const outcome = await waitFor({
    client,
    resource: virtualMachines,
    address: { namespace, name },
    condition: standsStill(wish),
    timeoutMs: timeoutSeconds * 1000,
    onProgress: () => undefined,
  });
  if (outcome.kind !== "met") throw new Error(`${subject} was asked to ${wish}, but: ${outcome.reason}`);
  return `${subject} is ${wish}d`;
}

const pauseReasonOf = ({ status }: Pick<VirtualMachine, "status">) =>
  findCondition(status?.conditions, pausedCondition)?.reason;

function standsStill(wish: PauseWish): Condition<LiveObject> {
  return (live) => {
    if (live === undefined) return { kind: "failed", reason: "it was deleted" };
    if (isFinal(live.status?.phase)) return { kind: "failed", reason: `it is ${live.status?.phase}` };
    const condition = findCondition(live.status?.conditions, pausedCondition);
    if ((condition !== undefined) === (wish === "pause")) return { kind: "met" };
    return { kind: "waiting", what: condition?.message ?? "the node has not done it yet" };
  };
}
