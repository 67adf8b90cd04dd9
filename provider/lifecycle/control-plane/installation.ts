/** Whether an installed control plane works: its kinds are served, its controllers and agents are there. */
import { apiVersion } from "../../api/v1alpha1/group";
import { kinds } from "../../api/v1alpha1/kinds";
import { resourceOf } from "../../core/resources";
import type { KubeClient } from "../../kube/client";
import { ApiError } from "../../kube/errors";
import { coreResources, type KubeObject } from "../../kube/resource";
import { daemonSets, deployments } from "./cluster-resources";

interface Workload extends KubeObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberAvailable?: number;
  };
}

interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
}

interface Pod extends KubeObject {
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

/** What is still missing, one line for each; empty when everything works. Throws what the client throws. */
export async function missingParts(client: KubeClient, namespace: string): Promise<readonly string[]> {
  return [
    ...(await unserved(client)),
    ...(await unfinished(client, namespace, "virt-controller")),
    ...(await unfinished(client, namespace, "virt-agent")),
  ];
}

async function unserved(client: KubeClient): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const { kind } of kinds) {
    try {
      await client.find(resourceOf(kind), { namespace: "default", name: "none" });
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 404) throw error;
      missing.push(`${apiVersion} ${kind} is not served yet`);
    }
  }
  return missing;
}

async function unfinished(
  client: KubeClient,
  namespace: string,
  name: "virt-controller" | "virt-agent",
): Promise<readonly string[]> {
  const resource = name === "virt-controller" ? deployments : daemonSets;
  const workload = await client.find<Workload>(resource, { namespace, name });
  if (workload === undefined) return [`${resource.kind} ${name} is not there`];
  const { spec, status = {}, metadata } = workload;
  const wanted = name === "virt-controller" ? (spec?.replicas ?? 1) : (status.desiredNumberScheduled ?? 0);
  const updated = (name === "virt-controller" ? status.updatedReplicas : status.updatedNumberScheduled) ?? 0;
  const available = (name === "virt-controller" ? status.availableReplicas : status.numberAvailable) ?? 0;
  const isSeen = (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  if (isSeen && updated >= wanted && available >= wanted) return [];
  const ready = `${resource.kind} ${name}: ${Math.min(updated, available)} of ${wanted} run`;
  return [ready, ...(await troubles(client, namespace, name)).map((line) => `  ${line}`)];
}

const mostTroubles = 5;

/** What keeps pods from running, in the words of the scheduler and of the kubelets. */
async function troubles(client: KubeClient, namespace: string, component: string): Promise<readonly string[]> {
  const { items } = await client.list<Pod>(coreResources.pods, {
    namespace,
    labelSelector: `app.kubernetes.io/name=pulumi-kubevirt,app.kubernetes.io/component=${component}`,
  });
  return items.flatMap(troublesOf).slice(0, mostTroubles);
}

function troublesOf({ metadata, status }: Pod): readonly string[] {
  const placed = status?.conditions?.find(({ type }) => type === "PodScheduled");
  if (placed?.status === "False") return [`pod ${metadata.name}: ${placed.message ?? "has no node"}`];
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return containers.flatMap(({ name, ready, restartCount = 0, state }) => {
    const { reason, message } = state?.waiting ?? {};
    if (reason !== undefined && reason !== "ContainerCreating" && reason !== "PodInitializing")
      return [`pod ${metadata.name}: container ${name}: ${reason}${message === undefined ? "" : `: ${message}`}`];
    if (ready === true || restartCount === 0) return [];
    return [`pod ${metadata.name}: container ${name} was started ${restartCount + 1} times`];
  });
}
