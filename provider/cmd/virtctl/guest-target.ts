/** The guest that a command wants to get at: which machine it is of, and the wait until it runs. */

import type { OfflineVirtualMachine } from "../../api/v1alpha1/offline-virtual-machine";
import { runStrategyOf } from "../../api/v1alpha1/offline-virtual-machine";
import type { VirtualMachine } from "../../api/v1alpha1/virtual-machine";
import { isFinal } from "../../core/phases";
import { wantedName } from "../../core/plan/offline-virtual-machine";
import { offlineVirtualMachines, virtualMachines } from "../../core/resources";
import type { KubeClient } from "../../kube/client";
import type { Condition } from "../../lifecycle/conditions/condition";
import type { LiveObject } from "../../lifecycle/outputs";
import { waitFor } from "../../lifecycle/wait";
import type { MachineAddress } from "./machine-target";
import { describeMachine, describeOwner } from "./owned-machine";

interface GuestTarget extends MachineAddress {
  /** Whether somebody makes the machine when it is not there. */
  readonly isMade: boolean;
}

/** The machine of that name, or the one that the OfflineVirtualMachine of that name has or is about to have. */
async function resolveGuest(client: KubeClient, address: MachineAddress): Promise<GuestTarget> {
  if ((await client.find<VirtualMachine>(virtualMachines, address)) !== undefined) return { ...address, isMade: false };
  const ovm = await client.find<OfflineVirtualMachine>(offlineVirtualMachines, address);
  const { namespace, name } = address;
  if (ovm === undefined) {
    throw new Error(
      `there is no ${describeMachine(address)}; kubectl get vms --namespace ${namespace} lists those that there are`,
    );
  }
  if (runStrategyOf(ovm.spec) === "Halted") {
    throw new Error(
      `${describeOwner(address)} is stopped; start it with: virtctl start ${name} --namespace ${namespace}`,
    );
  }
  return { namespace, name: wantedName(ovm), isMade: true };
}

/** The machine, once its guest runs. */
export async function runningGuest(
  client: KubeClient,
  address: MachineAddress,
  { timeoutSeconds, onProgress }: { readonly timeoutSeconds: number; readonly onProgress: (what: string) => void },
): Promise<MachineAddress> {
  const { namespace, name, isMade } = await resolveGuest(client, address);
  const outcome = await waitFor({
    client,
    resource: virtualMachines,
    address: { namespace, name },
    condition: runs(isMade),
    timeoutMs: timeoutSeconds * 1000,
    onProgress,
  });
  if (outcome.kind === "met") return { namespace, name };
  throw new Error(`${describeMachine({ namespace, name })} does not run: ${outcome.reason}`);
}

function runs(isMade: boolean): Condition<LiveObject> {
  return (live) => {
    const phase = live?.status?.phase ?? "Pending";
    if (live === undefined && !isMade) return { kind: "failed", reason: "it was deleted" };
    if (phase === "Running") return { kind: "met" };
    if (isFinal(phase) && !isMade) return { kind: "failed", reason: `it has ended (${phase})` };
    return { kind: "waiting", what: live === undefined ? "the machine is about to be made" : `it is ${phase}` };
  };
}
