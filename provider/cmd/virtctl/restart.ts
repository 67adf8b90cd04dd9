/**
 * `virtctl restart`: the machine of an OfflineVirtualMachine is removed, which ends its guest by the power button, and
 * its owner makes it again, from its template as that is now.
 */

import { runStrategyOf } from "../../api/v1alpha1/offline-virtual-machine";
import type { VirtualMachine } from "../../api/v1alpha1/virtual-machine";
import { isDeleting } from "../../core/deletion";
import { isGuestRunning } from "../../core/plan/pause";
import { virtualMachines } from "../../core/resources";
import type { KubeClient } from "../../kube/client";
import { isConflict, isNotFound } from "../../kube/errors";
import type { Condition } from "../../lifecycle/conditions/condition";
import type { LiveObject } from "../../lifecycle/outputs";
import { waitFor } from "../../lifecycle/wait";
import type { MachineAddress } from "./machine-target";
import { describeOwner, getOwner, machineOf } from "./owned-machine";

export interface RestartOptions {
  /** Seconds between the power button and the plug, in place of what the machine says. */
  readonly gracePeriod?: number | undefined;
  /** Waits until the new guest runs, so many seconds at most. */
  readonly wait?: { readonly timeoutSeconds: number; readonly onProgress: (what: string) => void } | undefined;
}

export async function restart(client: KubeClient, address: MachineAddress, options: RestartOptions): Promise<string> {
  const subject = describeOwner(address);
  const ovm = await getOwner(client, address);
  if (runStrategyOf(ovm.spec) === "Halted") {
    throw new Error(
      `${subject} is stopped, so there is nothing to restart; start it with: virtctl start ${address.name} --namespace ${address.namespace}`,
    );
  }
  const vm = await machineOf(client, ovm);
  if (vm === undefined) throw new Error(`${subject} has no machine at the moment: it is about to be made`);
  await end(client, vm, options.gracePeriod);
  if (options.wait === undefined) return `${subject} is being restarted`;

  const { namespace = address.namespace, name = address.name } = vm.metadata;
  const outcome = await waitFor({
    client,
    resource: virtualMachines,
    address: { namespace, name },
    condition: madeAgain(vm.metadata.uid),
    timeoutMs: options.wait.timeoutSeconds * 1000,
    onProgress: options.wait.onProgress,
  });
  if (outcome.kind !== "met") throw new Error(`${subject} was restarted but does not run yet: ${outcome.reason}`);
  return `${subject} has been restarted`;
}

/** Of this very machine. One that is on its way out already may still be told to hurry. */
async function end(client: KubeClient, vm: VirtualMachine, gracePeriod: number | undefined): Promise<void> {
  const { namespace, name, uid = "" } = vm.metadata;
  try {
    if (gracePeriod !== undefined) {
      const patch = { metadata: { uid }, spec: { terminationGracePeriodSeconds: gracePeriod } };
      await client.mergePatch(virtualMachines, { namespace, name }, patch);
    }
    if (isDeleting(vm)) return;
    await client.delete(virtualMachines, { namespace, name }, { preconditions: { uid } });
  } catch (error) {
    // It is gone, or another is in its place: somebody else was quicker.
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}

/** When another machine of that name runs. */
function madeAgain(uid: string | undefined): Condition<LiveObject> {
  return (live) => {
    if (live === undefined) return { kind: "waiting", what: "the machine is being made again" };
    if (live.metadata.uid === uid) return { kind: "waiting", what: "the guest is shutting down" };
    if (isGuestRunning(live)) return { kind: "met" };
    return { kind: "waiting", what: `the new machine is ${live.status?.phase ?? "Pending"}` };
  };
}
