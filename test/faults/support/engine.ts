/** An engine on a libvirt of its own, and what a test does to both. */
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { VirtualMachine, VirtualMachineSpec } from "../../../provider/api/v1alpha1/virtual-machine";
import { virtualMachines } from "../../../provider/core/resources";
import { KubeClient } from "../../../provider/kube/client";
import { loadConnection } from "../../../provider/kube/kubeconfig";
import type { DomainRef, Hypervisor } from "../../../provider/libvirt/hypervisor";
import { connectLibvirt } from "../../../provider/libvirt/libvirt-hypervisor";
import { succeed } from "../../e2e/support/command";
import { LocalEngine } from "../../e2e/support/local-engine";
import { eventually } from "../../e2e/support/wait";
import { PrivateLibvirt } from "./private-libvirt";

/** A machine that is quick to start: there is nothing in it, and nothing that a power button would have to save. */
export const emptyMachine: VirtualMachineSpec = {
  terminationGracePeriodSeconds: 0,
  domain: {
    resources: { requests: { memory: "32Mi" } },
    devices: { disks: [{ name: "scratch", volumeName: "scratch", disk: { bus: "virtio" } }] },
  },
  volumes: [{ name: "scratch", emptyDisk: { capacity: "1Mi" } }],
};

export class FaultEngine {
  readonly engine: LocalEngine;
  readonly libvirt: PrivateLibvirt;
  readonly hypervisor: Hypervisor;
  readonly #folder: string;
  readonly client: KubeClient;

  static async start(): Promise<FaultEngine> {
    const folder = await mkdtemp("/var/tmp/kubevirt-faults-");
    await succeed("chmod", ["711", folder]);
    const libvirt = await PrivateLibvirt.start(folder);
    const engine = await LocalEngine.create(["--libvirt-socket", libvirt.socket]);
    await engine.start();
    const hypervisor = await connectLibvirt({ socketPath: libvirt.socket });
    const connection = await loadConnection({ env: engine.env });
    const client = new KubeClient(connection, { fieldManager: "fault-test", timeoutMs: 10_000 });
    return new FaultEngine({ folder, libvirt, engine, hypervisor, client });
  }

  private constructor(parts: Pick<FaultEngine, "libvirt" | "engine" | "hypervisor" | "client"> & { folder: string }) {
    this.#folder = parts.folder;
    this.libvirt = parts.libvirt;
    this.engine = parts.engine;
    this.hypervisor = parts.hypervisor;
    this.client = parts.client;
  }

  async stop(): Promise<void> {
    this.client.connection.close();
    await this.engine.remove();
    await this.hypervisor.close();
    await this.libvirt.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async kill(): Promise<void> {
    const { pid } = await this.engine.record();
    process.kill(pid, "SIGKILL");
    await eventually("the engine's process is gone", async () => (isAlive(pid) ? undefined : true));
  }

  get namespace(): string {
    return this.engine.namespace;
  }

  create(name: string, spec: VirtualMachineSpec = emptyMachine): Promise<VirtualMachine> {
    return this.client.create<VirtualMachine>(virtualMachines, {
      metadata: { namespace: this.namespace, name },
      spec,
    } as VirtualMachine);
  }

  delete(name: string): Promise<void> {
    return this.client.delete(virtualMachines, { namespace: this.namespace, name });
  }

  find(name: string): Promise<VirtualMachine | undefined> {
    return this.client.find<VirtualMachine>(virtualMachines, { namespace: this.namespace, name });
  }

  async machines(): Promise<readonly VirtualMachine[]> {
    return (await this.client.list<VirtualMachine>(virtualMachines, { namespace: this.namespace })).items;
  }

  phase(name: string, phase: string): Promise<VirtualMachine> {
    return eventually(`${name} is ${phase}`, async () => {
      const vm = await this.find(name);
      return vm?.status?.phase === phase ? vm : undefined;
    });
  }

  /** Domains of this engine that run, by the machine's name. */
  async running(): Promise<ReadonlyMap<string, DomainRef>> {
    const domains = (await this.hypervisor.listDomains()).filter(({ id }) => id >= 0);
    return new Map(domains.map((domain) => [domain.name.slice(this.namespace.length + 1), domain]));
  }

  /** UIDs of the machines that have files. The folder is made with the first of them. */
  async withFiles(): Promise<readonly string[]> {
    const folder = join(this.engine.folder, "engine/volumes/machines");
    return existsSync(folder) ? await readdir(folder) : [];
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
