/** `virtctl start` and `virtctl stop`: the power switch of an OfflineVirtualMachine, which is its strategy. */
import { type RunStrategy, runStrategyOf } from "../../api/v1alpha1/offline-virtual-machine";
import { offlineVirtualMachines } from "../../core/resources";
import type { KubeClient } from "../../kube/client";
import type { MachineAddress } from "./machine-target";
import { describeOwner, getOwner, writtenTo } from "./owned-machine";

const words: Readonly<Record<RunStrategy, { readonly is: string; readonly becomes: string }>> = {
  Always: { is: "running", becomes: "is being started" },
  Halted: { is: "stopped", becomes: "is being stopped" },
};

/**
 * Writes the strategy in the spelling that the object uses. Throws when there is no such object, and when it has the
 * strategy already: nobody presses a switch to leave it as it is.
 */
export async function switchPower(client: KubeClient, address: MachineAddress, wanted: RunStrategy): Promise<string> {
  const subject = describeOwner(address);
  const ovm = await getOwner(client, address);
  if (runStrategyOf(ovm.spec) === wanted) throw new Error(`${subject} is already ${words[wanted].is}`);
  const spec = ovm.spec.running === undefined ? { runStrategy: wanted } : { running: wanted === "Always" };
  // Of this very object; what others write to it meanwhile (its status foremost) does not matter.
  const { uid } = ovm.metadata;
  await writtenTo(subject, client.mergePatch(offlineVirtualMachines, address, { metadata: { uid }, spec }));
  return `${subject} ${words[wanted].becomes}`;
}
