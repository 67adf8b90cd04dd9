/**
 * The end of all machines of a cluster, while the controllers that can still end them are there: removed definitions
 * would take the objects away and leave guests behind that nobody knows of.
 */
import { isDeleting } from "../../core/deletion";
import { offlineVirtualMachines, virtualMachineReplicaSets, virtualMachines } from "../../core/resources";
import type { KubeClient } from "../../kube/client";
import { isConflict, isNotFound } from "../../kube/errors";
import { type KubeObject, keyOf } from "../../kube/resource";
import type { Clock } from "../../runtime/clock";
import { RemovalTimeoutError } from "../errors";

/** What makes machines goes first. */
const resources = [offlineVirtualMachines, virtualMachineReplicaSets, virtualMachines];

const lookAgainMs = 1_000;
const reminderMs = 30_000;
const mostNamed = 5;

export interface RemovalOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** One line for the engine's log. */
  readonly say: (line: string) => void;
  /** Ends the wait with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Asks for the removal of each, and waits until all are gone. Throws RemovalTimeoutError, which names those that stay. */
export async function removeAllMachines(
  client: KubeClient,
  { clock, timeoutMs, say, signal }: RemovalOptions,
): Promise<void> {
  const deadline = clock.now() + timeoutMs;
  let saidAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    signal?.throwIfAborted();
    const left = await askAllToGo(client);
    if (left.length === 0) return;
    const named = left.slice(0, mostNamed).join(", ");
    const text = left.length > mostNamed ? `${named} and ${left.length - mostNamed} more` : named;
    if (clock.now() >= deadline) {
      throw new RemovalTimeoutError(
        `machines are still on the cluster ${timeoutMs / 1000} s after they were asked to go: ${text}; look at them with "kubectl describe", remove what keeps them, and run "pulumi destroy" again`,
      );
    }
    if (clock.now() - saidAt >= reminderMs) {
      saidAt = clock.now();
      say(`control plane: waiting for the end of ${text}`);
    }
    await clock.sleep(lookAgainMs, signal);
  }
}

/** Also what somebody makes meanwhile. Returns what is still there. */
async function askAllToGo(client: KubeClient): Promise<readonly string[]> {
  const left: string[] = [];
  for (const resource of resources) {
    const { items } = await client.list<KubeObject>(resource);
    for (const object of items) {
      left.push(`${resource.kind} ${keyOf(object)}`);
      if (isDeleting(object)) continue;
      const { namespace, name, uid } = object.metadata;
      try {
        const preconditions = uid === undefined ? {} : { uid };
        await client.delete(resource, { namespace, name }, { preconditions, propagationPolicy: "Foreground" });
      } catch (error) {
        if (!isNotFound(error) && !isConflict(error)) throw error;
      }
    }
  }
  return left;
}
