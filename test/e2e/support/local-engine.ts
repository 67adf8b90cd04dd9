/** A local engine of a test's own, in a temporary folder, driven by the same commands that a person types. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type Finished, run, succeed } from "./command.ts";

/** Tests and measurements are run from the project's root. */
export const projectRoot = process.cwd();
const virtctl = join(projectRoot, "dist/bin/virtctl");

export interface Domain {
  readonly id: string;
  readonly name: string;
  readonly state: string;
}

export class LocalEngine {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where the test's objects are, and half of its domains' names: other engines on this machine have theirs. */
  readonly namespace: string;
  /** What `virtctl local start` is told at every start. */
  readonly #flags: readonly string[];

  private constructor(folder: string, flags: readonly string[]) {
    this.folder = folder;
    this.#flags = flags;
    this.namespace = basename(folder).toLowerCase();
    this.env = { ...process.env, KUBEVIRT_HOME: join(folder, "engine"), KUBECONFIG: join(folder, "engine/kubeconfig") };
  }

  /** Below /var/tmp, so that QEMU's user can reach the disks in it. */
  static async create(flags: readonly string[] = []): Promise<LocalEngine> {
    const folder = await mkdtemp(join(process.env.E2E_TMPDIR ?? "/var/tmp", "kubevirt-e2e-"));
    await succeed("chmod", ["711", folder]);
    return new LocalEngine(folder, flags);
  }

  async start(...flags: string[]): Promise<void> {
    const port = flags.length > 0 ? flags : ["--port", "0"];
    await succeed(virtctl, ["local", "start", ...this.#flags, ...port], { env: this.env });
    await succeed("kubectl", ["create", "namespace", this.namespace], { env: this.env });
  }

  /** Starts again as a person would, on the port it had. */
  async restart(): Promise<void> {
    await succeed(virtctl, ["local", "start", ...this.#flags], { env: this.env });
  }

  virtctl(...args: string[]): Promise<Finished> {
    return run(virtctl, args, { env: this.env });
  }

  kubectl(...args: string[]): Promise<string> {
    return succeed("kubectl", ["--namespace", this.namespace, ...args], { env: this.env });
  }

  tryKubectl(args: readonly string[], input?: string): Promise<Finished> {
    return run("kubectl", ["--namespace", this.namespace, ...args], {
      env: this.env,
      ...(input === undefined ? {} : { input }),
    });
  }

  async record(): Promise<{ pid: number; volumes: string; server: string }> {
    return JSON.parse(await readFile(join(this.folder, "engine/engine.json"), "utf8"));
  }

  async importGuest(claim: string): Promise<void> {
    const image = process.env.GUEST_IMAGE;
    if (image === undefined) throw new Error("GUEST_IMAGE is not set; run the tests with `make test`");
    await succeed(virtctl, ["image", "import", image, "--name", claim, "--namespace", this.namespace], {
      env: this.env,
    });
  }

  /** Every machine and claim, then the engine, then the folder. */
  async remove(): Promise<void> {
    const status = await this.virtctl("local", "status");
    if (status.code === 3) await this.restart();
    await succeed("kubectl", ["delete", "vms", "--all", "--all-namespaces", "--timeout=60s"], { env: this.env });
    await succeed(virtctl, ["local", "delete"], { env: this.env });
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** libvirt's domain of a machine, as a list that is empty when there is none. */
export async function domains(engine: LocalEngine, machine: string): Promise<readonly Domain[]> {
  const listing = await succeed("virsh", ["--quiet", "--connect", "qemu:///system", "list", "--all"]);
  return listing
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, name]) => name === `${engine.namespace}_${machine}`)
    .map(([id = "", name = "", ...state]) => ({ id, name, state: state.join(" ") }));
}

/** The MAC addresses that libvirt's network has reserved. */
export async function reservedMacs(): Promise<readonly string[]> {
  const xml = await succeed("virsh", ["--quiet", "--connect", "qemu:///system", "net-dumpxml", "default"]);
  return [...xml.matchAll(/<host mac='([^']+)'/g)].map((match) => match[1] ?? "");
}

export const temporaryFolder = (name: string): Promise<string> => mkdtemp(join(tmpdir(), name));
