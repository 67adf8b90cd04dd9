/**
 * The provider as a plugin: programs that are not in TypeScript, the real Pulumi CLI, the real engine, guests that boot. The
 * tests of a block go on from one another, as the session of a person does. What both forms of the provider have in common
 * is the lifecycle suite's (lifecycle.test.ts).
 */
import { spawn } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "./support/command.ts";
import { domains, LocalEngine, projectRoot } from "./support/local-engine.ts";
import { PulumiProject, removeTemplate } from "./support/pulumi-project.ts";
import { eventually, guestAnswer } from "./support/wait.ts";

let engine: LocalEngine;

beforeAll(async () => {
  engine = await LocalEngine.create();
  await engine.start();
  await engine.importGuest("tiny");
});

afterAll(async () => {
  await engine?.remove();
  await removeTemplate();
});

const field = (object: string, path: string) => engine.kubectl("get", object, "--output", `jsonpath={.${path}}`);
const vms = async () => (await engine.kubectl("get", "vms", "--output", "name")).split("\n").filter(Boolean);

/** The example's text with changes. Each text must occur in it. */
async function changed(example: string, changes: Readonly<Record<string, string>>): Promise<string> {
  let text = await readFile(join(projectRoot, "examples", example), "utf8");
  for (const [from, to] of Object.entries(changes)) {
    if (!text.includes(from)) throw new Error(`${example} has no text ${JSON.stringify(from)}`);
    text = text.replace(from, to);
  }
  return text;
}

describe("a program in YAML", () => {
  let project: PulumiProject;
  let uid: string;

  const write = async (changes: Readonly<Record<string, string>> = {}) =>
    writeFile(join(project.folder, "Pulumi.yaml"), await changed("yaml/Pulumi.yaml", changes));
  const up = async () => {
    const { code, output } = await project.up();
    expect(code, output).toBe(0);
    return output;
  };
  const noChanges = async () => {
    const { code, output } = await project.run("preview", "--expect-no-changes", "--diff");
    expect(code, output).toBe(0);
  };
  const memory = { "memory: 128Mi": "memory: 144Mi" };

  beforeAll(async () => {
    project = await PulumiProject.createWithPlugin(engine, "yaml");
  });
  afterAll(async () => {
    await project?.remove();
  });

  test("is refused in the preview for every fault, each with its path, value and what would be right", async () => {
    await write({ "volumeName: root": "volumeName: rot", "claimName: tiny": "claimName: Tiny!" });
    const { code, output } = await project.run("preview");
    expect(code).not.toBe(0);
    expect(output).toMatch(/spec\.volumes\[0\]\.ephemeral\.persistentVolumeClaim\.claimName: "Tiny!": /);
    expect(output).toContain(
      'spec.domain.devices.disks[0].volumeName: "rot": names no volume in spec.volumes (volumes: root, seed)',
    );
    expect(await vms()).toEqual([]);
  });

  test("shows in the preview the effective domain, and not the user data", async () => {
    await write();
    const { code, output } = await project.run("preview", "--diff");
    expect(code, output).toBe(0);
    expect(output).toMatch(/spec\.domain\.resources\.requests\.memory\s*: "m1\.small"/);
    expect(output).not.toContain("told by cloud-init");
    expect(await vms()).toEqual([]);
  });

  test("starts a guest, says what it waits for, and has its address among its outputs", async () => {
    const output = await up();
    expect(output).toMatch(/VirtualMachine \S+\/web: waiting: /);
    const { ip, phase, node } = await project.outputs();
    expect(phase).toBe("Running");
    expect(node).not.toBe("");
    expect(await guestAnswer(String(ip))).toMatch(/^Hello from .*, told by cloud-init$/);
    uid = await field("vm/web", "metadata.uid");
    await noChanges();
  });

  test("keeps user data out of the state's text, though nothing in the program calls it a secret", async () => {
    const state = join(project.folder, "state");
    const files = await readdir(state, { recursive: true, withFileTypes: true });
    const texts = await Promise.all(
      files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), "utf8")),
    );
    expect(texts.some((text) => text.includes("kubevirt:index:VirtualMachine"))).toBe(true);
    expect(texts.filter((text) => text.includes("told by cloud-init"))).toEqual([]);
  });

  test("replaces the machine for another preset, the old one first, and only where it is a target with what is on the cluster", async () => {
    await write(memory);
    const web = `urn:pulumi:test::yaml::kubevirt:index:VirtualMachine::web`;
    const alone = await project.run("preview", "--target", web, "--expect-no-changes");
    expect(alone.code, alone.output).toBe(0);
    const preview = await project.run("preview", "--diff");
    expect(preview.output).toMatch(/~ memory: "128Mi" => "144Mi"/);
    expect(preview.output).toMatch(/1 to replace/);
    await up();
    expect(await field("vm/web", "spec.domain.resources.requests.memory")).toBe("144Mi");
    expect(await field("vm/web", "metadata.uid")).not.toBe(uid);
    expect(await domains(engine, "web")).toHaveLength(1);
    await noChanges();
  });

  test("removes its machine", async () => {
    const { code, output } = await project.run("destroy", "--yes", "--skip-preview");
    expect(code, output).toBe(0);
    expect(await vms()).toEqual([]);
    expect(await domains(engine, "web")).toEqual([]);
  });

  test("whose up is killed leaves no process behind, and finds its machine again", async () => {
    await write();
    const killed = project.startUp();
    const made = await eventually("the machine is made", async () => {
      const { code, stdout } = await engine.tryKubectl(["get", "vm", "web", "--output", "jsonpath={.metadata.uid}"]);
      return code === 0 && stdout !== "" ? stdout : undefined;
    });
    await killed.kill();
    await eventually("the plugin has ended", async () => {
      const { stdout } = await run("pgrep", [
        "--full",
        join(project.folder, "node_modules/.bin/pulumi-resource-kubevirt"),
      ]);
      return stdout.trim() === "" ? true : undefined;
    });
    await up();
    expect(await field("vm/web", "metadata.uid")).toBe(made);
    expect(await vms()).toHaveLength(1);
  });
});

test.each([
  ["by itself", ["dist/bin/pulumi-resource-kubevirt"]],
  ["by Pulumi's Node.js, from its folder", ["node", "node_modules/@pulumi/pulumi/cmd/run-plugin", "."]],
])("the plugin's standard output, run %s, is its port and nothing else", async (_how, [program = "", ...args]) => {
  const plugin = spawn(program, args, { cwd: projectRoot, env: engine.env });
  let stdout = "";
  plugin.stdout.on("data", (chunk) => {
    stdout += String(chunk);
  });
  await eventually("it tells its port", async () => (stdout.endsWith("\n") ? true : undefined));
  const ended = new Promise((resolve) => plugin.once("exit", resolve));
  plugin.kill("SIGTERM");
  expect(await ended).toBe(0);
  expect(stdout).toMatch(/^\d+\n$/);
});
