/**
 * The provider as a plugin: programs that are not in TypeScript, the real Pulumi CLI, the real engine, guests that boot.
 * The tests of a block go on from one another, as the session of a person does.
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
  const tier = {
    "  size: small\n      spec:\n        domain:\n          devices":
      "  size: small\n          tier: front\n      spec:\n        domain:\n          devices",
  };

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

  test("changes labels in place", async () => {
    await write(tier);
    await up();
    expect(await field("vm/web", "metadata.labels.tier")).toBe("front");
    expect(await field("vm/web", "metadata.uid")).toBe(uid);
  });

  test("is shown what somebody else changed, by its path, and heals it", async () => {
    await engine.kubectl("label", "vm", "web", "tier=back", "--overwrite");
    const { code, output } = await project.run("refresh", "--yes", "--skip-preview", "--diff");
    expect(code, output).toBe(0);
    expect(output).toMatch(/~ tier: "front" => "back"/);
    expect((await project.run("preview", "--diff")).output).toMatch(/~ tier: "back" => "front"/);
    await up();
    expect(await field("vm/web", "metadata.labels.tier")).toBe("front");
    expect(await field("vm/web", "metadata.uid")).toBe(uid);
  });

  test("loses nothing of its state when the cluster is away", async () => {
    await engine.virtctl("local", "stop");
    const { code, output } = await project.run("refresh", "--yes", "--skip-preview");
    await engine.restart();
    expect(code).not.toBe(0);
    expect(output).toContain('start the local engine with "virtctl local start"');
    expect((await project.resources()).get("web")?.id).toBe(`${engine.namespace}/web`);
    await noChanges();
  });

  test("replaces the machine for another preset, the old one first, and only where it is a target with what is on the cluster", async () => {
    await write({ ...tier, ...memory });
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

  test("that is interrupted while it waits keeps what it has made, and can be destroyed", async () => {
    await write({ "        volumes:": "        nodeSelector: { nowhere: here }\n        volumes:" });
    const running = project.startUp();
    await eventually("the machine is made", async () => ((await vms()).length > 0 ? true : undefined));
    await running.interrupt();
    expect((await project.resources()).get("web")?.id).toBe(`${engine.namespace}/web`);
    const { code, output } = await project.run("destroy", "--yes", "--skip-preview");
    expect(code, output).toBe(0);
    expect(await vms()).toEqual([]);
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

describe("a machine that a person made", () => {
  let project: PulumiProject;

  beforeAll(async () => {
    project = await PulumiProject.createWithPlugin(engine, "yaml");
  });
  afterAll(async () => {
    await project?.remove();
  });

  test("is imported by its id, as code whose preview is empty", async () => {
    const manifest = await readFile(join(projectRoot, "test/e2e/fixtures/by-hand.yaml"), "utf8");
    expect((await engine.tryKubectl(["apply", "--filename", "-"], manifest)).code).toBe(0);
    await eventually("it runs", async () =>
      (await field("vm/by-hand", "status.phase")) === "Running" ? true : undefined,
    );
    const file = join(project.folder, "Pulumi.yaml");
    await writeFile(file, "name: yaml\nruntime: yaml\n");
    const imported = await project.run(
      "import",
      "kubevirt:index:VirtualMachine",
      "by-hand",
      `${engine.namespace}/by-hand`,
      "--yes",
      "--skip-preview",
      "--protect=false",
      "--out",
      join(project.folder, "imported.yaml"),
    );
    expect(imported.code, imported.output).toBe(0);
    const code = await readFile(join(project.folder, "imported.yaml"), "utf8");
    await writeFile(file, `name: yaml\nruntime: yaml\n${code}`);
    const preview = await project.run("preview", "--expect-no-changes", "--diff");
    expect(preview.code, preview.output).toBe(0);
    expect(code).toContain("app: by-hand");
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
