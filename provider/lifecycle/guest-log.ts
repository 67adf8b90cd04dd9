/**
 * The ways to what a guest has printed: an API server that leads to its guests itself has it beside the machine, a Kubernetes
 * cluster as the log of the machine's launcher pod.
 */
import type { Readable } from "node:stream";
import { createdByLabel, launcherContainer, launcherLabel, launcherLabelValue } from "../core/plan/launcher-pod";
import { virtualMachines } from "../core/resources";
import type { KubeClient } from "../kube/client";
import { ApiError } from "../kube/errors";
import { apiVersionOf, coreResources, type KubeObject, resourcePath } from "../kube/resource";
import { apiError, exchange, open, readText } from "../kube/transport";

export interface GuestAddress {
  readonly namespace: string;
  readonly name: string;
}

interface Call {
  /** Milliseconds of silence after which it fails; 0: never. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** The machines again, in the group in which servers lead to their guests. */
export const guestMachines = { ...virtualMachines, group: "subresources.kubevirt.io" };

export function guestPath(address: GuestAddress, subresource: "console" | "vnc" | "log"): string {
  return resourcePath(guestMachines, { ...address, subresource });
}

/** Whether the API server leads to guests itself: it says so in its list of groups. */
export async function servesGuests({ connection }: KubeClient, call: Call): Promise<boolean> {
  try {
    await exchange(connection, { method: "GET", path: `/apis/${apiVersionOf(guestMachines)}`, ...call });
    return true;
  } catch (error) {
    // A group that nobody serves is answered with 404 and no word of Kubernetes' own.
    if (error instanceof ApiError && error.code === 404) return false;
    throw error;
  }
}

export interface LauncherPod extends KubeObject {
  readonly spec?: { readonly nodeName?: string };
}

/** The pod in which a machine stands, by the machine's metadata. */
export async function launcherOf(
  client: KubeClient,
  machine: Pick<KubeObject["metadata"], "namespace" | "uid">,
  signal?: AbortSignal,
): Promise<LauncherPod | undefined> {
  const { namespace } = machine;
  const labelSelector = `${launcherLabel}=${launcherLabelValue},${createdByLabel}=${machine.uid}`;
  const { items } = await client.list<LauncherPod>(coreResources.pods, { namespace, labelSelector, signal });
  return items.find(({ metadata: { ownerReferences } }) =>
    ownerReferences?.some(({ uid, controller }) => controller === true && uid === machine.uid),
  );
}

/** Where the pod's log is. */
export function launcherLogOf({ metadata: { namespace = "", name = "" } }: LauncherPod) {
  const path = resourcePath(coreResources.pods, { namespace, name, subresource: "log" });
  return { path, query: { container: launcherContainer } } as const;
}

type TextQuery = Readonly<Record<string, string | number | boolean | undefined>>;

/** A text that may have no end. @throws ApiError */
export async function openText(
  { connection }: KubeClient,
  { path, query, ...call }: Call & { readonly path: string; readonly query: TextQuery },
): Promise<Readable> {
  const response = await open(connection, { method: "GET", path, query, ...call });
  if (response.statusCode === 200) return response;
  throw apiError(response.statusCode ?? 0, await readText(connection, response));
}
