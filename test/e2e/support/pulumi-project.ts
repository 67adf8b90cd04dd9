/** A Pulumi project in a temporary folder, with this package installed from its tarball as npm would install it. */
import { spawn } from "node:child_process";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Finished, run, succeed } from "./command.ts";
import { type LocalEngine, projectRoot, temporaryFolder } from "./local-engine.ts";

/** Installed packages are made once per run and copied: those of an example whose needs another shares, by its name. */
const templates = new Map<string, Promise<string>>();

function templateOf(example: string): Promise<string> {
  const template = templates.get(example) ?? installTemplate(example);
  templates.set(example, template);
  return template;
}

async function installTemplate(example: string): Promise<string> {
  const folder = await temporaryFolder("kubevirt-project-");
  const tarball = await succeed("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: projectRoot });
  for (const file of ["Pulumi.yaml", "package.json", "tsconfig.json"]) {
    await cp(join(projectRoot, "examples", example, file), join(folder, file));
  }
  const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  manifest.dependencies["pulumi-kubevirt"] = `file:${join(folder, tarball.split("\n").at(-1) ?? "")}`;
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  await succeed("npm", ["install", "--silent", "--no-audit", "--no-fund"], { cwd: folder });
  return folder;
}

export async function removeTemplate(): Promise<void> {
  for (const template of templates.values()) await rm(await template, { recursive: true, force: true });
  templates.clear();
}

/** Where a stack's machines go: an engine or a cluster, by its kubeconfig, and a namespace. */
export type Target = Pick<LocalEngine, "env" | "namespace">;

/** What the state keeps of a resource. */
export interface StateResource {
  readonly id?: string;
  readonly inputs?: Readonly<Record<string, object>>;
  readonly outputs?: Record<string, unknown>;
}

export interface RunningUp {
  /**
   * Ends it as a power cut would, and takes its lock away: the engine and all that it started, or the engine alone, whose
   * providers then have to notice by themselves. An `up` that has ended is an answer.
   */
  kill(what?: "everything" | "engine"): Promise<void>;
  /** Resolves when it has ended by itself. */
  readonly ended: Promise<void>;
  /** Ends it as Ctrl-C does, pressed so many times. */
  interrupt(times?: number): Promise<void>;
}

export class PulumiProject {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;

  private constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.folder = folder;
    this.env = env;
  }

  /** A stack of this example, with the packages of that one. */
  static async create(engine: Target, example = "quickstart", packages = "quickstart"): Promise<PulumiProject> {
    const project = await PulumiProject.#open(engine, packages);
    await project.#take(example, ["index.ts", "Pulumi.yaml"]);
    await project.#init(engine);
    return project;
  }

  /** A stack of an example in another language, which finds the provider's plugin among the installed programs. */
  static async createWithPlugin(
    engine: Target,
    example: string,
    { files = ["Pulumi.yaml"], packages = "quickstart" }: { files?: readonly string[]; packages?: string } = {},
  ): Promise<PulumiProject> {
    const project = await PulumiProject.#open(engine, packages);
    project.offerPlugin();
    await project.#take(example, files);
    await project.#init(engine);
    return project;
  }

  static async #open(engine: Target, packages: string): Promise<PulumiProject> {
    const folder = await temporaryFolder("kubevirt-stack-");
    await cp(await templateOf(packages), folder, { recursive: true });
    await mkdir(join(folder, "state"));
    await mkdir(join(folder, "tmp"));
    return new PulumiProject(folder, {
      ...engine.env,
      TMPDIR: join(folder, "tmp"),
      PULUMI_HOME: join(folder, "home"),
      PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    });
  }

  /** Puts the plugin of the package that is installed among the programs that Pulumi finds. */
  offerPlugin(): void {
    this.env.PATH = `${join(this.folder, "node_modules/.bin")}${delimiter}${this.env.PATH}`;
  }

  async #take(example: string, files: readonly string[]): Promise<void> {
    for (const file of files) await cp(join(projectRoot, "examples", example, file), join(this.folder, file));
  }

  async #init(engine: Target): Promise<void> {
    await this.succeed("stack", "init", "test");
    await this.succeed("config", "set", "kubevirt:namespace", engine.namespace);
  }

  write(program: string): Promise<void> {
    return writeFile(join(this.folder, "index.ts"), program);
  }

  /** The quickstart's program with changes. Each text must occur in it. */
  async writeQuickstart(changes: Readonly<Record<string, string>>): Promise<void> {
    let program = await readFile(join(projectRoot, "examples/quickstart/index.ts"), "utf8");
    for (const [from, to] of Object.entries(changes)) {
      if (!program.includes(from)) throw new Error(`the quickstart has no text ${JSON.stringify(from)}`);
      program = program.replace(from, to);
    }
    await this.write(program);
  }

  run(...args: string[]): Promise<Finished> {
    return run("pulumi", ["--non-interactive", ...args], { cwd: this.folder, env: this.env });
  }

  /** A script of a pipeline, in the project's folder. */
  shell(script: string, env: Readonly<Record<string, string>>): Promise<Finished> {
    return run("bash", ["-euo", "pipefail", "-c", script], { cwd: this.folder, env: { ...this.env, ...env } });
  }

  succeed(...args: string[]): Promise<string> {
    return succeed("pulumi", ["--non-interactive", ...args], { cwd: this.folder, env: this.env });
  }

  up(): Promise<Finished> {
    return this.run("up", "--yes", "--skip-preview");
  }

  /** An up that can be killed, with all that it started, as by a power cut, or interrupted as by Ctrl-C. */
  startUp(): RunningUp {
    const child = spawn("pulumi", ["--non-interactive", "up", "--yes", "--skip-preview"], {
      cwd: this.folder,
      env: this.env,
      stdio: "ignore",
      detached: true,
    });
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    return {
      ended,
      kill: async (what = "everything") => {
        if (child.pid !== undefined && child.exitCode === null)
          process.kill(what === "engine" ? child.pid : -child.pid, "SIGKILL");
        await ended;
        // The backend's lock of a dead process has to be taken away by hand, as a person would.
        await this.succeed("cancel", "--yes");
      },
      interrupt: async (times = 1) => {
        for (let pressed = 0; pressed < times; pressed += 1) {
          child.kill("SIGINT");
          // A person looks at what happened before pressing again; two at once count as one.
          await Promise.race([ended, pause(2_000)]);
        }
        await ended;
      },
    };
  }

  async outputs(): Promise<Readonly<Record<string, unknown>>> {
    return JSON.parse(await this.succeed("stack", "output", "--json"));
  }

  /** The resources of the state, by their names. */
  async resources(): Promise<ReadonlyMap<string, StateResource>> {
    const { deployment } = JSON.parse(await this.succeed("stack", "export"));
    const resources: ({ urn: string } & StateResource)[] = deployment.resources ?? [];
    return new Map(resources.map((resource) => [resource.urn.split("::").at(-1) ?? "", resource]));
  }

  async remove(): Promise<void> {
    await this.succeed("destroy", "--yes", "--skip-preview");
    await this.discard();
  }

  /** Removes the project, and nothing that it may have made. */
  discard(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}
