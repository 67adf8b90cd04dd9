/**
 * Machines on the test cluster: how much longer a guest takes to run than its pod alone, what each costs the API in
 * writes, and what it costs its node in memory beside QEMU and the pod's own pause container.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { VirtualMachine } from "../../provider/api/v1alpha1/virtual-machine";
import { virtualMachines } from "../../provider/core/resources";
import { KubeClient } from "../../provider/kube/client";
import { loadConnection } from "../../provider/kube/kubeconfig";
import { coreResources, type KubeObject, type ResourceKind } from "../../provider/kube/resource";
import { install, Namespace, nodes, onNode, registry, tag } from "../cluster/support/cluster.ts";
import { guestSpec } from "../cluster/support/machines.ts";
import { eventually } from "../e2e/support/wait.ts";
import type { Count, Measurement } from "./report.ts";

interface Pod extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

const stateFolder = join(process.env.XDG_RUNTIME_DIR ?? "/run", "pulumi-kubevirt-cluster");

/** Milliseconds from the creation of an object until a watch shows it as it should be. */
async function timed<T extends KubeObject>(
  client: KubeClient,
  resource: ResourceKind,
  object: T,
  isThere: (object: T) => boolean,
): Promise<number> {
  const { namespace, name } = object.metadata;
  const { resourceVersion } = await client.list(resource, { namespace });
  const abort = new AbortController();
  const stream = await client.watch<T>(resource, {
    namespace,
    resourceVersion,
    timeoutSeconds: 120,
    signal: abort.signal,
  });
  const begun = performance.now();
  await client.create(resource, object);
  try {
    for await (const event of stream) {
      if (event.type === "BOOKMARK" || event.object.metadata.name !== name) continue;
      if (isThere(event.object)) return performance.now() - begun;
    }
  } finally {
    abort.abort(new Error("measured"));
  }
  throw new Error(`${name} did not come about within two minutes`);
}

const plainPod = (namespace: string, name: string): Pod => ({
  metadata: { namespace, name },
  ...{
    spec: {
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65_532 },
      containers: [{ name: "plain", image: `${registry()}/virt-launcher:${tag()}` }],
    },
  },
});

const isReady = (pod: Pod): boolean =>
  pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;

interface AuditEvent {
  readonly stage: string;
  readonly verb: string;
  readonly user?: { readonly username?: string };
  readonly objectRef?: { readonly resource?: string; readonly namespace?: string; readonly subresource?: string };
}

/** What controller and agents wrote in a namespace, by the kind of object. */
async function writesIn(namespace: string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  const text = await readFile(join(stateFolder, "log/audit.log"), "utf8");
  for (const line of text.split("\n")) {
    if (!line.includes(`"namespace":"${namespace}"`)) continue;
    const { stage, verb, user, objectRef } = JSON.parse(line) as AuditEvent;
    if (stage !== "ResponseComplete" || !["create", "update", "patch", "delete"].includes(verb)) continue;
    if (user?.username?.startsWith("system:serviceaccount:kubevirt:") !== true) continue;
    const resource = objectRef?.resource ?? "";
    counts.set(resource, (counts.get(resource) ?? 0) + 1);
  }
  return counts;
}

/** Proportional set sizes, in MiB, of what belongs to machines on a node beside QEMU and pause: one figure a machine. */
async function memoryBesideQemu(node: string): Promise<readonly number[]> {
  const script = `for l in $(pgrep -f app/virt-launcher); do
      pod=$(sed -n 's/^[0-9]*:memory:\\(.*\\)\\/[^/]*$/\\1/p; s/^0::\\(.*\\)\\/[^/]*$/\\1/p' /proc/$l/cgroup 2>/dev/null | head -1)
      case $pod in *pod*) ;; *) continue ;; esac
      [ "$(grep NSpid /proc/$l/status | awk '{print $NF}')" = 1 ] || continue
      sum=0
      for p in $(grep -ls "$pod" /proc/[0-9]*/cgroup | cut -d/ -f3); do
        case $(cat /proc/$p/comm) in qemu-system*|pause) continue ;; esac
        sum=$((sum + $(awk '/^Pss:/ {print $2}' /proc/$p/smaps_rollup)))
      done
      echo $sum
    done`;
  return (await onNode(node, "bash", "-c", script))
    .split("\n")
    .filter(Boolean)
    .map((kilobytes) => Number(kilobytes) / 1024);
}

export async function measureCluster(pairs: number): Promise<readonly (Measurement | Count)[]> {
  await install();
  const space = await Namespace.create("bench");
  const client = new KubeClient(await loadConnection(), { fieldManager: "bench" });
  try {
    const spec = (await guestSpec()) as VirtualMachine["spec"];
    const vm = (name: string): VirtualMachine => ({
      apiVersion: "kubevirt.io/v1alpha1",
      kind: "VirtualMachine",
      metadata: { namespace: space.name, name },
      spec: { ...spec, terminationGracePeriodSeconds: 0 },
    });
    // Each node has pulled the disk before anything is measured.
    for (const node of nodes) {
      const first = { ...vm(`warm-${node}`), spec: { ...spec, nodeSelector: { "kubernetes.io/hostname": node } } };
      await timed(client, virtualMachines, first, ({ status }) => status?.phase === "Running");
    }
    await space.kubectl("delete", "vms", "--all", "--timeout=60s");
    const before = await writesIn(space.name);
    const ours: number[] = [];
    const peers: number[] = [];
    for (let pair = 0; pair < pairs; pair += 1) {
      peers.push(await timed(client, coreResources.pods, plainPod(space.name, `plain-${pair}`), isReady));
      await space.kubectl("delete", "pod", `plain-${pair}`);
      ours.push(await timed(client, virtualMachines, vm(`vm-${pair}`), ({ status }) => status?.phase === "Running"));
    }
    // Events follow a moment later.
    const writes = await eventually("the audit log has all events", async () => {
      const after = await writesIn(space.name);
      const events = (after.get("events") ?? 0) - (before.get("events") ?? 0);
      return events >= 4 * pairs ? after : undefined;
    });
    const perMachine = (resource: string) => ((writes.get(resource) ?? 0) - (before.get(resource) ?? 0)) / pairs;
    // The last plain pod may end a moment after its object.
    const memory = await eventually(`the launchers of ${pairs} machines, and no other, are there`, async () => {
      const found = (await Promise.all(nodes.map(memoryBesideQemu))).flat();
      return found.length === pairs ? found : undefined;
    });
    return [
      {
        what: "VirtualMachine created → Running on the cluster",
        unit: "ms",
        ours,
        peer: "a plain pod of the launcher's image, created → Ready",
        peers,
      },
      {
        what: "writes of the API for a machine until it runs, beside its pod and events",
        count: perMachine("virtualmachines"),
        goal: { atMost: 3 },
      },
      { what: "events for a machine until it runs", count: perMachine("events") },
      {
        what: "MiB that a machine takes on its node beside QEMU and pause (proportional, mean)",
        count: memory.reduce((sum, one) => sum + one, 0) / memory.length,
      },
    ];
  } finally {
    await space.remove();
    client.connection.close();
  }
}
