/**
 * The first of a control plane's resources to be made and the last to be removed: it takes away what the controller has
 * written on the cluster's nodes, once there is no controller that would write it again.
 */
import { isDeepStrictEqual } from "node:util";
import { schedulableLabel } from "../../core/plan/launcher-pod";
import type { KubeClient } from "../../kube/client";
import { isNotFound } from "../../kube/errors";
import { coreResources, type KubeObject } from "../../kube/resource";
import type { DiffResult } from "../diff";
import type { Fields } from "../inputs";

/** How the SDK names this resource's kind; no Kubernetes object is behind it. */
export const nodeMarksKind = "ControlPlaneNodeMarks";

const id = "node-marks";

/** Does the work with a client for the cluster that the properties name, or that the stack does. */
export type WithClient = <T>(props: Fields, work: (client: KubeClient) => Promise<T>) => Promise<T>;

/** Inputs: perhaps `kubeconfig` and `context`. */
export function nodeMarksProvider(withClient: WithClient) {
  const outputsOf = (inputs: Fields) =>
    withClient(inputs, async (client) => ({ ...inputs, clusterUid: await clusterUid(client) }));
  return {
    check: async (_olds: Fields, news: Fields) => ({ inputs: news, failures: [] }),
    diff: async (_id: string, olds: Fields, news: Fields): Promise<DiffResult> => ({
      changes: ["kubeconfig", "context"].some((field) => !isDeepStrictEqual(olds[field], news[field])),
      replaces: [],
      deleteBeforeReplace: true,
    }),
    create: async (inputs: Fields) => ({ id, outs: await outputsOf(inputs) }),
    update: async (_id: string, _olds: Fields, news: Fields) => ({ outs: await outputsOf(news) }),
    read: async (_id: string, props: Fields) => ({ id, props }),
    delete: (_id: string, props: Fields) =>
      withClient(props, async (client) => {
        // On another cluster there is nothing that this one has written.
        if ((await clusterUid(client)) === props.clusterUid) await removeMarks(client);
      }),
  };
}

async function clusterUid(client: KubeClient): Promise<string | undefined> {
  return (await client.find(coreResources.namespaces, { name: "kube-system" }))?.metadata.uid;
}

async function removeMarks(client: KubeClient): Promise<void> {
  const { items } = await client.list<KubeObject>(coreResources.nodes, { labelSelector: schedulableLabel });
  for (const { metadata } of items) {
    try {
      const patch = { metadata: { labels: { [schedulableLabel]: null } } };
      await client.mergePatch(coreResources.nodes, { name: metadata.name }, patch);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
