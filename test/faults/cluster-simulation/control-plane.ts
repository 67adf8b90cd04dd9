/** Kubernetes' own controllers, as far as launcher pods can tell: the scheduler, and the collector of what is nowhere. */
import type { PodObject } from "../../../provider/controller/launcher-pod";
import type { NodeObject } from "../../../provider/controller/node";
import { schedulableLabel } from "../../../provider/core/plan/launcher-pod";
import { outOfServiceTaint } from "../../../provider/core/plan/node-silence";
import type { KubeClient } from "../../../provider/kube/client";
import { isConflict, isNotFound } from "../../../provider/kube/errors";
import { coreResources } from "../../../provider/kube/resource";
import type { SeededRandom } from "../../builders/seeded-random";
import { Loop } from "./loop";

const intervalMs = 3_000;

export class KubernetesControllers extends Loop {
  readonly #client: KubeClient;
  readonly #random: SeededRandom;

  constructor(client: KubeClient, random: SeededRandom) {
    super(intervalMs, () => this.#look());
    this.#client = client;
    this.#random = random;
  }

  async #look(): Promise<void> {
    const nodes = (await this.#client.list<NodeObject>(coreResources.nodes)).items;
    const { items: pods } = await this.#client.list<PodObject>(coreResources.pods);
    for (const pod of pods) {
      try {
        if ((pod.spec?.nodeName ?? "") === "") await this.#schedule(pod, nodes);
        else await this.#collect(pod, nodes);
      } catch (error) {
        if (!isNotFound(error) && !isConflict(error)) throw error;
      }
    }
  }

  async #schedule(
    { metadata: { uid, namespace, name, deletionTimestamp }, status }: PodObject,
    nodes: readonly NodeObject[],
  ) {
    if ((deletionTimestamp ?? "") !== "") return;
    const fit = nodes.filter(({ metadata }) => metadata.labels?.[schedulableLabel] === "true");
    const node = this.#random.pick(fit);
    if (node !== undefined) {
      await this.#client.mergePatch(
        coreResources.pods,
        { namespace, name },
        { metadata: { uid }, spec: { nodeName: node.metadata.name } },
      );
      return;
    }
    const known = status?.conditions?.some(({ type }) => type === "PodScheduled") === true;
    const message = "0/2 nodes are available";
    const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }];
    const address = { namespace, name, subresource: "status" } as const;
    if (!known)
      await this.#client.mergePatch(coreResources.pods, address, { metadata: { uid }, status: { conditions } });
  }

  /** Pods of a node that is gone, and those that are to go of one that is out of service. */
  async #collect(pod: PodObject, nodes: readonly NodeObject[]): Promise<void> {
    const { uid, namespace, name, deletionTimestamp } = pod.metadata;
    const node = nodes.find(({ metadata }) => metadata.name === pod.spec?.nodeName);
    const isOut = node?.spec?.taints?.some(({ key }) => key === outOfServiceTaint) === true;
    const goes = node === undefined || (isOut && (deletionTimestamp ?? "") !== "");
    if (!goes) return;
    await this.#client.mergePatch(coreResources.pods, { namespace, name }, { metadata: { uid }, spec: { gone: true } });
    if (uid !== undefined)
      await this.#client.delete(coreResources.pods, { namespace, name }, { preconditions: { uid } });
  }
}
