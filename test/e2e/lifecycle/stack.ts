/** One stack in one form at one place, with the questions that the lifecycle suite asks about it. */
import { expect } from "vitest";
import type { Finished } from "../support/command.ts";
import type { PulumiProject } from "../support/pulumi-project.ts";
import { eventually } from "../support/wait.ts";
import type { Form } from "./form.ts";
import { guestsOf, type Place } from "./place.ts";
import type { Declared, Options, Program } from "./program.ts";

export interface LiveObject {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly creationTimestamp: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: { readonly phase?: string };
}

export interface MachineParts {
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly memory?: string;
  readonly spec?: object;
  readonly options?: Options;
}

export class Stack {
  readonly form: Form;
  readonly place: Place;
  readonly project: PulumiProject;

  private constructor(form: Form, place: Place, project: PulumiProject) {
    this.form = form;
    this.place = place;
    this.project = project;
  }

  static async open(form: Form, place: Place): Promise<Stack> {
    return new Stack(form, place, await form.open(place));
  }

  /** The spec of a machine that boots the test guest. */
  guest(memory = "96Mi"): object {
    return {
      terminationGracePeriodSeconds: 10,
      domain: {
        resources: { requests: { memory } },
        devices: { disks: [{ name: "root", volumeName: "root", disk: { bus: "virtio" } }] },
      },
      volumes: [this.place.root],
    };
  }

  /** A machine by the name of its resource, as a program declares it. */
  machine(name: string, parts: MachineParts = {}): Program {
    const { labels, annotations, memory, spec, options } = parts;
    const declared: Declared = {
      kind: "VirtualMachine",
      metadata: { name: parts.name ?? name, ...(labels && { labels }), ...(annotations && { annotations }) },
      spec: { ...this.guest(memory), ...spec },
      ...(options && { options }),
    };
    return { [name]: declared };
  }

  urn(name: string, kind = "VirtualMachine"): string {
    return `urn:pulumi:test::${this.form.project}::${this.form.typeOf(kind)}::${name}`;
  }

  declare(program: Program): Promise<void> {
    return this.form.write(this.project, program);
  }

  /** Runs a command that must succeed. */
  async do(...args: readonly string[]): Promise<string> {
    const { code, output } = await this.project.run(...args);
    expect(code, output).toBe(0);
    return output;
  }

  /** Runs a command that must be refused, and returns what it says. */
  async refused(...args: readonly string[]): Promise<string> {
    const { code, output } = await this.project.run(...args);
    expect(code, output).not.toBe(0);
    return output;
  }

  up(...flags: readonly string[]): Promise<string> {
    return this.do("up", "--yes", "--skip-preview", ...flags);
  }

  async upTo(program: Program, ...flags: readonly string[]): Promise<string> {
    await this.declare(program);
    return this.up(...flags);
  }

  refusedUp(): Promise<string> {
    return this.refused("up", "--yes", "--skip-preview");
  }

  preview(): Promise<string> {
    return this.do("preview", "--diff");
  }

  noChanges(): Promise<string> {
    return this.do("preview", "--expect-no-changes", "--diff");
  }

  refresh(): Promise<string> {
    return this.do("refresh", "--yes", "--skip-preview", "--diff");
  }

  destroy(...flags: readonly string[]): Promise<string> {
    return this.do("destroy", "--yes", "--skip-preview", ...flags);
  }

  /** Ids of the stack's resources by their logical names, as its state has them. */
  async ids(): Promise<Readonly<Record<string, string | undefined>>> {
    const resources = await this.project.resources();
    return Object.fromEntries([...resources].map(([name, { id }]) => [name, id]));
  }

  kubectl(args: readonly string[], input?: string): Promise<Finished> {
    return this.place.kubectl(args, input);
  }

  async kubectlDoes(...args: readonly string[]): Promise<string> {
    const { code, output } = await this.kubectl(args);
    expect(code, output).toBe(0);
    return output;
  }

  async find(object: string): Promise<LiveObject | undefined> {
    const { code, stdout, output } = await this.kubectl(["get", object, "--ignore-not-found", "--output=json"]);
    expect(code, output).toBe(0);
    return stdout.trim() === "" ? undefined : (JSON.parse(stdout) as LiveObject);
  }

  async get(object: string): Promise<LiveObject> {
    const found = await this.find(object);
    if (found === undefined) throw new Error(`there is no ${object}`);
    return found;
  }

  async uidOf(object: string): Promise<string> {
    return (await this.get(object)).metadata.uid;
  }

  /** Names of the machines that are there, whoever made them. */
  async machines(): Promise<readonly string[]> {
    const { code, stdout, output } = await this.kubectl(["get", "vms", "--output=name"]);
    expect(code, output).toBe(0);
    return stdout.split("\n").flatMap((line) => (line === "" ? [] : [line.split("/")[1] ?? ""]));
  }

  guests(machine: string): readonly number[] {
    return guestsOf(this.place.namespace, machine);
  }

  /** Somebody else applies a machine by hand, and waits until it runs. */
  async applyByHand(name: string, { labels = {}, memory }: MachineParts = {}): Promise<LiveObject> {
    const manifest = {
      apiVersion: "kubevirt.io/v1alpha1",
      kind: "VirtualMachine",
      metadata: { name, labels },
      spec: this.guest(memory),
    };
    const applied = await this.kubectl(["apply", "--filename=-"], JSON.stringify(manifest));
    expect(applied.code, applied.output).toBe(0);
    return eventually(`${name} runs`, async () => {
      const found = await this.get(`vm/${name}`);
      return found.status?.phase === "Running" ? found : undefined;
    });
  }

  async removeByHand(name: string): Promise<void> {
    await this.kubectlDoes("delete", "vm", name, "--timeout=60s");
  }

  /** Destroys what is there, so that the next test begins with nothing. */
  async clear(): Promise<void> {
    await this.destroy();
    expect(await this.machines()).toEqual([]);
  }

  remove(): Promise<void> {
    return this.project.remove();
  }
}
