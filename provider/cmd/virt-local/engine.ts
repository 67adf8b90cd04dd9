/** The local engine put together: store, API server, hypervisor, controller and agent in one process. */
import { hostname } from "node:os";
import { probeAcceleration } from "../../agent/acceleration";
import { Agent } from "../../agent/agent";
import { ConsoleLogs } from "../../agent/guests/console-log";
import { GuestAccess } from "../../agent/guests/guest-access";
import { LocalSetting } from "../../agent/local-setting";
import { AddressBook } from "../../agent/network/address";
import { ClaimStore, VolumePreparer } from "../../agent/volumes";
import { writeKubeconfig } from "../../apiserver/kubeconfig";
import { startApiServer } from "../../apiserver/server";
import { Controller } from "../../controller/controller";
import { KubeClient } from "../../kube/client";
import { directConnection } from "../../kube/connection";
import { coreResources } from "../../kube/resource";
import { connectLibvirt } from "../../libvirt/libvirt-hypervisor";
import { timestamp } from "../../runtime/clock";
import type { Logger } from "../../runtime/log";
import { openSqliteStore } from "../../store/sqlite";
import { version } from "../version";
import { loadOrMakeCredentials } from "./credentials";
import { openRegistryDisks, type RegistryOptions } from "./registries";
import { ensureStateDirectory, type StatePaths, writeRecord } from "./state-directory";
import { ensureVolumeDirectory } from "./volume-directory";

export interface EngineOptions {
  readonly paths: StatePaths;
  readonly volumeDirectory?: string | undefined;
  readonly port: number;
  readonly network: string;
  readonly libvirtSocket?: string | undefined;
  readonly registries?: RegistryOptions | undefined;
  readonly log: Logger;
}

export interface Engine {
  readonly server: string;
  stop(): Promise<void>;
}

/** Resolves when machines can be declared. Guests of an earlier engine on the same folder are taken up again. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { paths, log } = options;
  const closers: (() => Promise<void> | void)[] = [];
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    ensureStateDirectory(paths);
    const store = openSqliteStore({ path: paths.database, now: Date.now, log });
    closers.push(() => store.close());
    const { tls, token } = await loadOrMakeCredentials(paths);
    const hypervisor = await connectLibvirt({
      log,
      ...(options.libvirtSocket === undefined ? {} : { socketPath: options.libvirtSocket }),
    });
    closers.push(() => hypervisor.close());
    const acceleration = await probeAcceleration(hypervisor);
    const emulator = await hypervisor.describeEmulator(acceleration.domainType);
    if (emulator === undefined) {
      throw new Error(`libvirt offers no ${acceleration.domainType} machines; install QEMU (Debian: qemu-system-x86)`);
    }
    log.info({ ...acceleration }, "domain type chosen");

    const volumes = await ensureVolumeDirectory(paths.root, options.volumeDirectory);
    const logs = new ConsoleLogs({ root: volumes });
    const server = await startApiServer({
      store,
      tls,
      tokens: [{ token, user: "kubevirt-local", groups: ["system:masters"] }],
      port: options.port,
      log,
      release: version,
      guests: new GuestAccess({ hypervisor, logs }),
    });
    closers.push(() => server.close());
    const connection = directConnection({ server: server.url, ca: tls.ca, token });
    closers.push(() => connection.close());
    const client = (fieldManager: string) => new KubeClient(connection, { fieldManager });

    const identity = await client("virt-local").get(coreResources.namespaces, { name: "kube-system" });
    const controller = new Controller({ client: client("virt-controller"), log: log.child({ part: "controller" }) });
    closers.push(() => controller.stop());
    const claims = new ClaimStore({ root: volumes });
    const agent = new Agent({
      client: client("virt-agent"),
      hypervisor,
      node: {
        name: hostname().toLowerCase(),
        clusterUid: identity.metadata.uid ?? "",
        domainType: acceleration.domainType,
        arch: emulator.arch,
      },
      volumes: new VolumePreparer({
        root: volumes,
        claims,
        registry: await openRegistryDisks({ root: volumes, arch: emulator.arch, log, ...options.registries }),
        log,
      }),
      logs,
      setting: new LocalSetting({
        claims,
        addresses: new AddressBook(hypervisor, options.network, log),
        network: options.network,
      }),
      log: log.child({ part: "agent" }),
      version,
    });
    closers.push(() => agent.stop());
    await controller.start();
    await agent.start();

    await writeKubeconfig(paths.kubeconfig, { server: server.url, ca: tls.ca, token });
    await writeRecord(paths, {
      pid: process.pid,
      server: server.url,
      version,
      volumes,
      startedAt: timestamp(Date.now()),
    });
    return { server: server.url, stop: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
