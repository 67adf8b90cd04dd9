/** `virt-agent`: runs the machines of one node of a Kubernetes cluster, by the node's libvirt, inside their launcher pods. */
import { join } from "node:path";
import { Gauge } from "prom-client";
import { probeAcceleration } from "../../agent/acceleration";
import { Agent } from "../../agent/agent";
import { ConsoleLogs } from "../../agent/guests/console-log";
import { DomainLogs } from "../../agent/guests/domain-logs";
import { GuestAccess } from "../../agent/guests/guest-access";
import { agentPermissions } from "../../agent/permissions";
import { PodSetting } from "../../agent/pods/pod-setting";
import { VolumePreparer } from "../../agent/volumes";
import { KubeClient } from "../../kube/client";
import { inClusterConnection } from "../../kube/in-cluster";
import { coreResources } from "../../kube/resource";
import { createLogger, type Logger } from "../../runtime/log";
import { endOnSignal, runProgram } from "../cluster/process";
import { newMetrics, startStatusServer } from "../cluster/status-server";
import { WorkMetrics } from "../cluster/work-metrics";
import { version } from "../version";
import { openRegistryDisks } from "../virt-local/registries";
import { type Flags, flagsOf } from "./flags";
import { connectPatiently } from "./patience";

async function main(flags: Flags, log: Logger): Promise<void> {
  const { stateDir, nodeName, namespace, hostRoot } = flags;
  const connection = await inClusterConnection();
  const client = new KubeClient(connection, {
    fieldManager: "virt-agent",
    permitted: agentPermissions,
    systemNamespace: namespace,
  });
  const metrics = newMetrics();
  const work = new WorkMetrics(metrics);
  let agent: Agent | undefined;
  let ready = false;
  const status = await startStatusServer({
    port: flags.metricsPort,
    notReady: () => (ready ? undefined : "libvirt or the Kubernetes API has not answered yet"),
    metrics,
  });

  const hypervisor = await connectPatiently(flags.libvirtSocket, log);
  const acceleration = await probeAcceleration(hypervisor, {
    cpuinfo: "/proc/cpuinfo",
    kvm: join(hostRoot, "dev/kvm"),
  });
  const emulator = await hypervisor.describeEmulator(acceleration.domainType);
  if (emulator === undefined) throw new Error(`libvirt offers no ${acceleration.domainType} machines on this node`);
  log.info({ ...acceleration }, "domain type chosen");

  const identity = await client.get(coreResources.namespaces, { name: "kube-system" });
  const logs = new ConsoleLogs({ root: stateDir });
  const setting = new PodSetting({
    node: nodeName,
    systemNamespace: namespace,
    folderOf: (uid) => join(stateDir, "machines", uid),
    hostRoot,
    kubeletFolder: join(hostRoot, flags.kubeletDir),
    domainPidFolder: flags.domainPidDir,
    selfFenceSeconds: flags.selfFenceSeconds,
    guests: { access: new GuestAccess({ hypervisor, logs }), logs },
  });
  const { insecureRegistry: insecure, registryCa: authorityFiles } = flags;
  const registry = await openRegistryDisks({ root: stateDir, arch: emulator.arch, log, insecure, authorityFiles });
  const clusterUid = identity.metadata.uid ?? "";
  agent = new Agent({
    client,
    hypervisor,
    node: { name: nodeName, clusterUid, domainType: acceleration.domainType, arch: emulator.arch },
    volumes: new VolumePreparer({ root: stateDir, claims: setting.claims, registry, log }),
    logs,
    // Of the libvirt that the agent's pod brings along; a node's own is somebody else's.
    domainLogs: new DomainLogs({ folder: join(stateDir, "libvirt/log/qemu") }),
    setting,
    log,
    version,
    observe: (outcome) => work.observe("machines", outcome),
  });
  new Gauge({
    name: "kubevirt_node_machines",
    help: "Machines of this node that have not ended.",
    registers: [metrics],
    collect() {
      this.set(agent?.machines ?? 0);
    },
  });
  endOnSignal(async () => {
    await agent?.stop();
    await hypervisor.close();
    await status.close();
  }, log);
  await agent.start();
  ready = true;
  log.info({ node: nodeName, version }, "the node takes machines");
}

const log = createLogger({ name: "virt-agent" });
runProgram(log, () => main(flagsOf(process.argv), log));
