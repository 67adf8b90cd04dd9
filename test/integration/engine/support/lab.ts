/**
 * The engine without a process of its own and without libvirt: the real API server on a store in a temporary folder, the
 * real controller and agent, the real volume preparer with a stand-in for qemu-img, and the fake hypervisor.
 */
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent } from "../../../../provider/agent/agent";
import { ConsoleLogs } from "../../../../provider/agent/guests/console-log";
import type { TryPort } from "../../../../provider/agent/guests/tcp-port";
import { LocalSetting } from "../../../../provider/agent/local-setting";
import { AddressBook } from "../../../../provider/agent/network/address";
import { macAddressOf } from "../../../../provider/agent/network/mac";
import { RegistryClient } from "../../../../provider/agent/oci";
import { ClaimStore, RegistryDisks } from "../../../../provider/agent/volumes";
import type { RunCommand } from "../../../../provider/agent/volumes/run-command";
import type { VirtualMachine, VirtualMachineSpec } from "../../../../provider/api/v1alpha1/virtual-machine";
import { type ApiServer, startApiServer } from "../../../../provider/apiserver/server";
import { createServerTls, type ServerTls } from "../../../../provider/apiserver/tls";
import { Controller } from "../../../../provider/controller/controller";
import { virtualMachines } from "../../../../provider/core/resources";
import { KubeClient } from "../../../../provider/kube/client";
import { type Connection, directConnection } from "../../../../provider/kube/connection";
import { isNotFound } from "../../../../provider/kube/errors";
import { coreResources, type KubeObject } from "../../../../provider/kube/resource";
import type { Clock } from "../../../../provider/runtime/clock";
import { type Logger, silentLogger } from "../../../../provider/runtime/log";
import { openSqliteStore } from "../../../../provider/store/sqlite";
import type { Store } from "../../../../provider/store/store";
import { FakeHypervisor } from "../../../fakes/hypervisor";
import { Mortal } from "./crash";
import { type Call, ObservedClient, type Observer } from "./observed-client";

export const nodeName = "fake-node";
const token = "lab-token";

const immortal = () => new Mortal({ step: "", moment: "before" });

/** Writes what qemu-img and genisoimage would, as far as anybody here looks. */
const pretendRun: RunCommand = async (command, args) => {
  const target = command === "genisoimage" ? args[args.indexOf("-o") + 1] : args[args.indexOf("--") + 1];
  await writeFile(target ?? "", command);
};

export interface LabOptions {
  readonly hypervisor?: FakeHypervisor;
}

export interface AgentSettings {
  readonly mortal?: Mortal;
  readonly clusterUid?: string;
  readonly clock?: Clock;
  readonly tryPort?: TryPort;
  /** Registries are spoken to for real. Default: the node pulls nothing. */
  readonly pulls?: true;
}

export interface EventSeen {
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}

export class Lab {
  readonly hypervisor: FakeHypervisor;
  /** Writes of controllers and agents, in order. */
  readonly writes: Call[] = [];
  readonly complaints: string[] = [];
  readonly client: KubeClient;
  readonly store: Store;
  readonly root: string;
  clusterUid = "";
  readonly #tls: ServerTls;
  readonly #connection: Connection;
  #server: ApiServer;
  readonly #log: Logger;
  readonly #running = new Set<{ stop(): Promise<void> }>();

  static async open(options: LabOptions = {}): Promise<Lab> {
    const root = await mkdtemp(join(tmpdir(), "kubevirt-lab-"));
    const store = openSqliteStore({ path: join(root, "store.db"), now: Date.now });
    const tls = await createServerTls();
    const server = await startApiServer({ store, tls, tokens: [{ token, user: "lab" }], port: 0, log: silentLogger });
    const lab = new Lab({ root, store, tls, server, hypervisor: options.hypervisor ?? new FakeHypervisor() });
    lab.clusterUid = (await lab.client.get(coreResources.namespaces, { name: "kube-system" })).metadata.uid ?? "";
    await lab.importClaim("tiny");
    return lab;
  }

  private constructor(made: {
    root: string;
    store: Store;
    tls: ServerTls;
    server: ApiServer;
    hypervisor: FakeHypervisor;
  }) {
    this.root = made.root;
    this.store = made.store;
    this.#tls = made.tls;
    this.#server = made.server;
    this.hypervisor = made.hypervisor;
    this.#connection = directConnection({ server: made.server.url, ca: made.tls.ca, token });
    this.client = new KubeClient(this.#connection, { fieldManager: "lab" });
    this.#log = { ...silentLogger, warn: (fields, message) => this.#complain(fields, message), child: () => this.#log };
  }

  #complain(fields: object, message: string): void {
    const error = "err" in fields && fields.err instanceof Error ? `: ${fields.err.message}` : "";
    this.complaints.push(`${message}${error}`);
  }

  async close(): Promise<void> {
    for (const part of this.#running) await part.stop();
    this.#connection.close();
    await this.#server.close();
    await this.store.close();
    await rm(this.root, { recursive: true, force: true });
  }

  /** What a program would be given to reach the API with, as text. */
  get kubeconfig(): string {
    const cluster = {
      server: this.#server.url,
      "certificate-authority-data": Buffer.from(this.#tls.ca).toString("base64"),
    };
    return JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "lab", cluster }],
      users: [{ name: "lab", user: { token } }],
      contexts: [{ name: "lab", context: { cluster: "lab", user: "lab", namespace: "default" } }],
      "current-context": "lab",
    });
  }

  /** The API goes away; the store stays. */
  async stopApi(): Promise<void> {
    await this.#server.close();
  }

  async startApi(): Promise<void> {
    const { port } = this.#server;
    this.#server = await startApiServer({
      store: this.store,
      tls: this.#tls,
      tokens: [{ token, user: "lab" }],
      port,
      log: silentLogger,
    });
  }

  #claimStore(): ClaimStore {
    return new ClaimStore({
      root: join(this.root, "volumes"),
      run: (_command, args) => writeFile(args.at(-1) ?? "", Buffer.alloc(4096)),
    });
  }

  /** The image of a claim, and the claim. */
  async importClaim(claim: string): Promise<void> {
    const file = join(this.root, "image.raw");
    await writeFile(file, Buffer.alloc(1024, 7));
    await this.#claimStore().import({ file, namespace: "default", claim });
    await this.client.create<KubeObject & { spec: object }>(coreResources.persistentVolumeClaims, {
      metadata: { namespace: "default", name: claim, finalizers: ["kubernetes.io/pvc-protection"] },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "4096" } }, storageClassName: "local" },
    });
  }

  #observedClient(name: string, mortal: Mortal): KubeClient {
    const observe: Observer = (call, make) => {
      const made = () => {
        if (call.verb !== "get") this.writes.push(call);
        return make();
      };
      // The node's registration goes on beside everything else: a death in it would be one at any other step.
      return call.resource.startsWith("nodes") ? made() : mortal.step(`${call.verb} ${call.resource}`, made);
    };
    return new ObservedClient(this.#connection, name, observe);
  }

  async startController(mortal: Mortal = immortal()): Promise<Controller> {
    const controller = new Controller({ client: this.#observedClient("virt-controller", mortal), log: this.#log });
    this.#running.add(controller);
    await controller.start();
    return controller;
  }

  /** An agent that is not started yet. */
  makeAgent({ mortal = immortal(), clusterUid = this.clusterUid, clock, tryPort, pulls }: AgentSettings = {}): Agent {
    const hypervisor = mortal.hypervisor(this.hypervisor);
    const root = join(this.root, "volumes");
    const client = new RegistryClient({ architecture: "amd64" });
    const registry = pulls === undefined ? {} : { registry: new RegistryDisks({ root, client }) };
    const agent = new Agent({
      client: this.#observedClient("virt-agent", mortal),
      hypervisor,
      node: { name: nodeName, clusterUid, domainType: "qemu", arch: "x86_64" },
      volumes: mortal.volumes({ root, claims: this.#claimStore(), run: pretendRun, ...registry }),
      logs: new ConsoleLogs({ root }),
      setting: new LocalSetting({
        claims: this.#claimStore(),
        addresses: new AddressBook(hypervisor, "default"),
        network: "default",
      }),
      log: this.#log,
      version: "test",
      ...(clock === undefined ? {} : { clock }),
      ...(tryPort === undefined ? {} : { tryPort }),
    });
    this.#running.add(agent);
    return agent;
  }

  async startAgent(settings: AgentSettings = {}): Promise<Agent> {
    const agent = this.makeAgent(settings);
    await agent.start();
    return agent;
  }

  async stop(part: { stop(): Promise<void> }): Promise<void> {
    this.#running.delete(part);
    await part.stop();
  }

  /** A machine with an overlay on the claim `tiny`. */
  create(name: string, spec: Partial<VirtualMachineSpec> = {}, metadata: object = {}): Promise<VirtualMachine> {
    return this.client.create<VirtualMachine>(virtualMachines, {
      apiVersion: "kubevirt.io/v1alpha1",
      kind: "VirtualMachine",
      metadata: { namespace: "default", name, ...metadata },
      spec: {
        domain: {
          resources: { requests: { memory: "64Mi" } },
          devices: { disks: [{ name: "root", volumeName: "root", disk: { bus: "virtio" } }] },
        },
        volumes: [{ name: "root", ephemeral: { persistentVolumeClaim: { claimName: "tiny" } } }],
        ...spec,
      },
    });
  }

  delete(name: string): Promise<void> {
    return this.client.delete(virtualMachines, { namespace: "default", name });
  }

  async get(name: string): Promise<VirtualMachine | undefined> {
    try {
      return await this.client.get<VirtualMachine>(virtualMachines, { namespace: "default", name });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  phase(name: string, phase: string): Promise<VirtualMachine> {
    return eventually(`${name} is ${phase}`, async () => {
      const vm = await this.get(name);
      return vm?.status?.phase === phase ? vm : undefined;
    });
  }

  gone(name: string): Promise<true> {
    return eventually(`${name} is gone`, async () => ((await this.get(name)) === undefined ? true : undefined));
  }

  /** Reasons of the events about one object, in the order of their names, which is that of time. */
  async events(uid: string | undefined): Promise<readonly EventSeen[]> {
    const { items } = await this.client.list<KubeObject & EventSeen>(coreResources.events, {
      fieldSelector: `involvedObject.uid=${uid}`,
    });
    return [...items]
      .sort((a, b) => ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1))
      .map(({ reason, message, count }) => ({ reason, message, count }));
  }

  writesOf(name: string): readonly Call[] {
    return this.writes.filter((call) => call.resource.startsWith("virtualmachines") && call.name === name);
  }

  /** How often a domain of this machine was started. */
  starts(name: string): number {
    return this.hypervisor.calls.filter(({ verb, subject }) => verb === "start" && subject === `default_${name}`)
      .length;
  }

  /** The state of the machine's guest, as virDomainState; undefined without a domain. */
  async guest(uid: string | undefined): Promise<string | undefined> {
    const domain = await this.hypervisor.lookupByUuid(uid ?? "");
    return domain && (await this.hypervisor.domainStatus(domain)).state;
  }

  /** What a machine has on the node: its domain, its address, its files. */
  async traces(uid: string | undefined, ownMac = macAddressOf(uid ?? "")): Promise<readonly string[]> {
    const id = uid ?? "";
    const network = await this.hypervisor.describeNetwork("default");
    const reserved = network?.hosts.some(({ mac }) => mac === ownMac) === true;
    const folders = await readdir(join(this.root, "volumes", "machines")).catch((): string[] => []);
    return [
      ...((await this.hypervisor.lookupByUuid(id)) === undefined ? [] : ["domain"]),
      ...(reserved ? ["address"] : []),
      ...(folders.includes(id) ? ["files"] : []),
    ];
  }

  noTraces(uid: string | undefined): Promise<true> {
    return eventually(`nothing is left of ${uid}`, async () =>
      (await this.traces(uid)).length === 0 ? true : undefined,
    );
  }
}

/** Tries until there is an answer; fails at the deadline. */
export async function eventually<T>(
  what: string,
  probe: () => T | undefined | Promise<T | undefined>,
  deadlineMs = 8_000,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
