/** Words for a wait that ended without success: the state of the object, its last events, and what to try next. */
import { kindByName } from "../api/v1alpha1/kinds";
import type { KubeClient } from "../kube/client";
import { coreResources, type KubeObject } from "../kube/resource";
import { addressOf } from "./inputs";
import type { LiveObject } from "./outputs";

interface EventObject extends KubeObject {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTimestamp?: string;
  readonly count?: number;
}

export interface FailedWait {
  readonly kind: string;
  readonly id: string;
  readonly outcome: { readonly reason: string; readonly object: LiveObject | undefined };
  /** What did not happen, such as "did not become ready". */
  readonly goal: string;
  /** What the guest has printed, as lines of the message. */
  readonly serial?: readonly string[];
}

const maxEvents = 5;

export const subjectOf = (kind: string, id: string): string => `${kind} ${id}`;

export async function describeFailedWait(client: KubeClient, failed: FailedWait): Promise<string> {
  const { kind, id, outcome, goal, serial = [] } = failed;
  const { namespace, name } = addressOf(id);
  const lines = [`${subjectOf(kind, id)} ${goal}: ${outcome.reason}`];
  const status = outcome.object?.status;
  if (status !== undefined) lines.push(`  ${stateOf(kind, status)}`);
  const events = await lastEvents(client, { namespace, name, uid: outcome.object?.metadata.uid });
  if (events.length > 0) lines.push("  last events:", ...events.map((event) => `    ${event}`));
  lines.push(
    ...serial,
    `  next: kubectl describe ${shortNameOf(kind)} ${name} --namespace ${namespace}; mend the cause and run "pulumi up" again`,
  );
  return lines.join("\n");
}

function stateOf(kind: string, status: NonNullable<LiveObject["status"]>): string {
  switch (kind) {
    case "OfflineVirtualMachine":
      return `machine: ${status.created === true ? "made" : "none"}, ${status.ready === true ? "running" : "not running"}`;
    case "VirtualMachineReplicaSet":
      return `machines: ${status.replicas ?? 0}, running: ${status.readyReplicas ?? 0}`;
    default:
      return `phase: ${status.phase ?? "none"}${status.nodeName ? ` on node ${status.nodeName}` : ""}`;
  }
}

const shortNameOf = (kind: string): string => kindByName(kind)?.shortNames[0] ?? kind;

async function lastEvents(
  client: KubeClient,
  subject: { namespace: string; name: string; uid: string | undefined },
): Promise<readonly string[]> {
  try {
    const { items } = await client.list<EventObject>(coreResources.events, {
      namespace: subject.namespace,
      fieldSelector: `involvedObject.name=${subject.name}${subject.uid === undefined ? "" : `,involvedObject.uid=${subject.uid}`}`,
    });
    return [...items]
      .sort((a, b) => ((a.lastTimestamp ?? "") < (b.lastTimestamp ?? "") ? -1 : 1))
      .slice(-maxEvents)
      .map(
        (event) =>
          `${event.type} ${event.reason}: ${event.message}${(event.count ?? 1) > 1 ? ` (${event.count} times)` : ""}`,
      );
  } catch (error) {
    return [`(the events could not be read: ${error instanceof Error ? error.message : String(error)})`];
  }
}
