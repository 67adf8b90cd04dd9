/**
 * This node as a Node object: labels to select it by, what it has, and a Ready condition whose heartbeat says that the
 * agent lives. Written at start, then once a minute.
 */
import type { Condition } from "../api/meta";
import { withCondition } from "../core/conditions";
import { schedulableLabel } from "../core/plan/launcher-pod";
import type { KubeClient } from "../kube/client";
import { isNotFound } from "../kube/errors";
import { coreResources, type KubeObject } from "../kube/resource";
import type { NodeDescription } from "../libvirt/hypervisor";
import { type Clock, timestamp } from "../runtime/clock";

export const heartbeatAnnotation = "kubevirt.io/heartbeat";

export const heartbeatIntervalMs = 60_000;

export interface NodeRegistrationOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly nodeName: string;
  readonly node: NodeDescription;
  readonly domainType: "kvm" | "qemu";
  readonly agentVersion: string;
}

interface NodeObject extends KubeObject {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

export class NodeRegistration {
  readonly #o: NodeRegistrationOptions;

  constructor(options: NodeRegistrationOptions) {
    this.#o = options;
  }

  /** Makes the Node object or brings it up to date. */
  async register(): Promise<void> {
    const { client, nodeName } = this.#o;
    const metadata = this.#metadata();
    let before: NodeObject | undefined;
    try {
      before = await client.get<NodeObject>(coreResources.nodes, { name: nodeName });
      await client.mergePatch(coreResources.nodes, { name: nodeName }, { metadata });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await client.create<NodeObject>(coreResources.nodes, { metadata: { name: nodeName, ...metadata } });
    }
    const status = this.#status(before?.status?.conditions);
    await client.mergePatch(coreResources.nodes, { name: nodeName, subresource: "status" }, { status });
  }

  #metadata(): KubeObject["metadata"] {
    return {
      labels: {
        "kubernetes.io/hostname": this.#o.nodeName,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        [schedulableLabel]: "true",
        "kubevirt.io/domainType": this.#o.domainType,
      },
      annotations: { [heartbeatAnnotation]: timestamp(this.#o.clock.now()) },
    };
  }

  #status(before: readonly Condition[] | undefined): object {
    const { node, clock, agentVersion } = this.#o;
    const resources = { cpu: String(node.cpus), memory: `${Math.floor(node.memoryBytes / 1024)}Ki` };
    const at = timestamp(clock.now());
    const ready = {
      type: "Ready",
      status: "True",
      reason: "AgentReady",
      message: "the node agent is at work",
    } as const;
    return {
      capacity: resources,
      allocatable: resources,
      addresses: [{ type: "Hostname", address: node.hostname }],
      conditions: withCondition(before, ready, at).map((condition) => ({ ...condition, lastHeartbeatTime: at })),
      nodeInfo: {
        kubeletVersion: agentVersion,
        containerRuntimeVersion: `libvirt://${node.libvirtVersion}`,
        operatingSystem: "linux",
        architecture: "amd64",
        osImage: "",
        kernelVersion: "",
        machineID: "",
        systemUUID: "",
        bootID: "",
        kubeProxyVersion: "",
      },
    };
  }
}
