/** libvirt may start after the agent: beside it in the same pod, or with the node. */
import { HypervisorUnavailableError } from "../../libvirt/hypervisor";
import { connectLibvirt } from "../../libvirt/libvirt-hypervisor";
import { systemClock } from "../../runtime/clock";
import type { Logger } from "../../runtime/log";

const intervalMs = 500;
/** After so many milliseconds the program ends, and the kubelet shows that it does. */
const patienceMs = 60_000;

export async function connectPatiently(socketPath: string, log: Logger): ReturnType<typeof connectLibvirt> {
  const deadline = systemClock.now() + patienceMs;
  for (;;) {
    try {
      return await connectLibvirt({ log, socketPath });
    } catch (error) {
      if (!(error instanceof HypervisorUnavailableError) || systemClock.now() > deadline) throw error;
      log.debug({ err: error }, "libvirt does not answer yet");
      await systemClock.sleep(intervalMs);
    }
  }
}
