/** The kubelet of a simulated node, as far as launcher pods can tell: it starts them, ends them, and gives signs of life. */
import type { PodObject } from "../../../provider/controller/launcher-pod";
import { machineUidOf } from "../../../provider/controller/launcher-pod";
import { kubeletLeaseNamespace } from "../../../provider/controller/node-heartbeats";
import type { KubeClient } from "../../../provider/kube/client";
import { isAlreadyExists, isConflict, isNotFound } from "../../../provider/kube/errors";
import { microTime } from "../../../provider/kube/leader-election";
import { coreResources } from "../../../provider/kube/resource";
import { Loop } from "./loop";
import type { Machinery } from "./machinery";

const intervalMs = 4_000;

export class Kubelet extends Loop {
  readonly #client: KubeClient;
  readonly #machinery: Machinery;

  constructor(client: KubeClient, machinery: Machinery) {
    super(intervalMs, () => this.#look());
    this.#client = client;
    this.#machinery = machinery;
  }

  async #look(): Promise<void> {
    const { name } = this.#machinery;
    await this.#register();
    await this.#renew();
    const { items } = await this.#client.list<PodObject>(coreResources.pods, {
      fieldSelector: `spec.nodeName=${name}`,
    });
    const there = new Set(items.map(({ metadata }) => metadata.uid));
    for (const uid of this.#machinery.launchers()) {
      // Removed without waiting for this node: its processes are ended all the same.
      if (!there.has(uid)) this.#machinery.removePod(uid, this.#machineOf.get(uid) ?? "");
    }
    for (const pod of items) {
      try {
        await this.#lookAt(pod);
      } catch (error) {
        if (!isNotFound(error) && !isConflict(error)) throw error;
      }
    }
  }

  readonly #machineOf = new Map<string, string>();

  async #lookAt(pod: PodObject): Promise<void> {
    const { uid = "", name, namespace, deletionTimestamp } = pod.metadata;
    const machine = machineUidOf(pod) ?? "";
    const address = { namespace, name };
    if ((deletionTimestamp ?? "") !== "") {
      this.#machinery.removePod(uid, machine);
      await this.#client.mergePatch(coreResources.pods, address, { metadata: { uid }, spec: { gone: true } });
      return;
    }
    const phase = pod.status?.phase ?? "Pending";
    if (phase === "Pending") {
      this.#machinery.startLauncher(uid);
      this.#machineOf.set(uid, machine);
      const containerID = `containerd://${uid.replaceAll("-", "")}`;
      const containerStatuses = [{ name: "launcher", containerID, state: { running: {} } }];
      await this.#status(pod, { phase: "Running", podIP: "10.44.0.7", containerStatuses });
    } else if (phase === "Running" && !this.#machinery.launcherRuns(uid)) {
      const code = this.#machinery.exitCode(uid);
      const containerStatuses = [{ name: "launcher", state: { terminated: { exitCode: code ?? 255 } } }];
      const ended = code === 0 ? { phase: "Succeeded" } : { phase: "Failed" };
      await this.#status(pod, { ...ended, containerStatuses });
    }
  }

  #status({ metadata: { uid, namespace, name } }: PodObject, status: object): Promise<unknown> {
    const address = { namespace, name, subresource: "status" } as const;
    return this.#client.mergePatch(coreResources.pods, address, { metadata: { uid }, status });
  }

  async #register(): Promise<void> {
    const { name } = this.#machinery;
    if ((await this.#client.find(coreResources.nodes, { name })) !== undefined) return;
    try {
      await this.#client.create(coreResources.nodes, { metadata: { name } });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }

  async #renew(): Promise<void> {
    const { name } = this.#machinery;
    const spec = { holderIdentity: name, renewTime: microTime(Date.now()) };
    const address = { namespace: kubeletLeaseNamespace, name };
    try {
      await this.#client.mergePatch(coreResources.leases, address, { spec });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await this.#client.create(coreResources.leases, { metadata: address, spec } as never);
    }
  }
}
