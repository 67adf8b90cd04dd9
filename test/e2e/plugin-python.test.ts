/** A program in Python: the package that is generated from the schema, the real Pulumi CLI, a guest that boots. */
import { readFile, rm, symlink, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { succeed } from "./support/command.ts";
import { domains, LocalEngine, projectRoot, temporaryFolder } from "./support/local-engine.ts";
import { PulumiProject, removeTemplate } from "./support/pulumi-project.ts";
import { guestAnswer } from "./support/wait.ts";

let engine: LocalEngine;
let project: PulumiProject;
let packages: string;

beforeAll(async () => {
  // It takes a package of Python's index, which nothing else does.
  await succeed(join(projectRoot, "tools/install.sh"), ["python"]);
  engine = await LocalEngine.create();
  await engine.start();
  await engine.importGuest("tiny");
  const venv = join(dirname(await succeed("sh", ["-c", "command -v generate-python"])), "venv");
  packages = await temporaryFolder("kubevirt-python-");
  const [generated, installed] = [join(packages, "generated"), join(packages, "installed")];
  await succeed("generate-python", [join(projectRoot, "schema.json"), generated]);
  const pip = ["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation"];
  await succeed(join(venv, "bin/pip"), [...pip, "--target", installed, generated]);
  engine.env.PYTHONPATH = installed;
  // Older language hosts do not know the project's virtual environment, and take the first Python on PATH.
  engine.env.PATH = `${join(venv, "bin")}${delimiter}${engine.env.PATH}`;
  project = await PulumiProject.createWithPlugin(engine, "python", { files: ["Pulumi.yaml", "__main__.py"] });
  await symlink(venv, join(project.folder, "venv"));
});

afterAll(async () => {
  await project?.remove();
  await engine?.remove();
  await removeTemplate();
  await rm(packages, { recursive: true, force: true });
});

const program = async (changes: Readonly<Record<string, string>> = {}) => {
  let text = await readFile(join(projectRoot, "examples/python/__main__.py"), "utf8");
  for (const [from, to] of Object.entries(changes)) {
    if (!text.includes(from)) throw new Error(`the example has no text ${JSON.stringify(from)}`);
    text = text.replace(from, to);
  }
  await writeFile(join(project.folder, "__main__.py"), text);
};
const up = async () => {
  const { code, output } = await project.up();
  expect(code, output).toBe(0);
  return project.outputs();
};
const field = (path: string) => engine.kubectl("get", "vm/web-py", "--output", `jsonpath={.${path}}`);

test("a program in Python starts a guest, with the settings of its preset", async () => {
  const { ip, phase, found } = await up();
  expect(phase).toBe("Running");
  expect(found).toBe("Running");
  expect(await guestAnswer(String(ip))).toContain("told by cloud-init");
  expect(await field("spec.domain.resources.requests.memory")).toBe("128Mi");
  const { code, output } = await project.run("preview", "--expect-no-changes", "--diff");
  expect(code, output).toBe(0);
});

test("changes its labels in place, and replaces it for another spec", async () => {
  const uid = await field("metadata.uid");
  await program({ '"labels": {"size": "small"}': '"labels": {"size": "small", "tier": "front"}' });
  await up();
  expect(await field("metadata.labels.tier")).toBe("front");
  expect(await field("metadata.uid")).toBe(uid);
  await program({ '"memory": "128Mi"': '"memory": "144Mi"' });
  await up();
  expect(await field("spec.domain.resources.requests.memory")).toBe("144Mi");
  expect(await field("metadata.uid")).not.toBe(uid);
});

test("removes it", async () => {
  const { code, output } = await project.run("destroy", "--yes", "--skip-preview");
  expect(code, output).toBe(0);
  expect(await domains(engine, "web-py")).toEqual([]);
});
