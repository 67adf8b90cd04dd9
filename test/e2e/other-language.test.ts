/** A stack changes its language: what the plugin has made for YAML is a TypeScript program's from then on, as it is. */
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { localPlace } from "./lifecycle/local-place.ts";
import type { Place } from "./lifecycle/place.ts";
import { inTypeScript, inYaml, type Program } from "./lifecycle/program.ts";
import { LocalEngine, projectRoot } from "./support/local-engine.ts";
import { PulumiProject, removeTemplate } from "./support/pulumi-project.ts";

let engine: LocalEngine | undefined;
let place: Place;
let project: PulumiProject;

beforeAll(async () => {
  engine = await LocalEngine.create();
  place = await localPlace(engine);
  project = await PulumiProject.create(engine);
  project.offerPlugin();
  project.env.PULUMI_NODEJS_TRANSPILE_ONLY = "true";
});
afterAll(async () => {
  await project?.remove();
  await engine?.remove();
  await removeTemplate();
});

/** All kinds, with and without names of their own. */
function program(tier: string): Program {
  const spec = {
    terminationGracePeriodSeconds: 0,
    domain: {
      resources: { requests: { memory: "96Mi" } },
      devices: { disks: [{ name: "root", volumeName: "root", disk: { bus: "virtio" } }] },
    },
    volumes: [place.root],
  };
  const template = (app: string) => ({ metadata: { labels: { app } }, spec });
  const selector = { matchLabels: { app: "farm" } };
  return {
    small: {
      kind: "VirtualMachinePreset",
      metadata: {},
      spec: { selector: { matchLabels: { size: "small" } }, domain: { cpu: { cores: 2 } } },
    },
    web: {
      kind: "VirtualMachine",
      metadata: { labels: { size: "small", tier } },
      spec,
      options: { dependsOn: ["small"] },
    },
    named: { kind: "VirtualMachine", metadata: { name: "named", labels: { tier } }, spec },
    kept: {
      kind: "OfflineVirtualMachine",
      metadata: { name: "kept" },
      spec: { runStrategy: "Always", template: template("kept") },
    },
    farm: {
      kind: "VirtualMachineReplicaSet",
      metadata: {},
      spec: { replicas: 1, selector, template: template("farm") },
    },
  };
}

async function uids(): Promise<string> {
  const columns = "--output=custom-columns=KIND:.kind,NAME:.metadata.name,UID:.metadata.uid";
  const { code, stdout, output } = await place.kubectl(["get", "vms,ovms,vmrs,vmpresets", columns, "--no-headers"]);
  expect(code, output).toBe(0);
  return stdout;
}

test("a program in YAML becomes one in TypeScript: every object and guest stays, under the name that it has", async () => {
  await writeFile(join(project.folder, "Pulumi.yaml"), inYaml("quickstart", program("front")));
  const made = await project.up();
  expect(made.code, made.output).toBe(0);
  const before = await uids();
  expect(before.trim().split("\n")).toHaveLength(7);

  await copyFile(join(projectRoot, "examples/quickstart/Pulumi.yaml"), join(project.folder, "Pulumi.yaml"));
  await project.write(inTypeScript(program("back")));
  const preview = await project.run("preview", "--diff");
  expect(preview.code, preview.output).toBe(0);
  expect(preview.output).toMatch(/tier *: "front" => "back"/);
  expect(preview.output).not.toMatch(/\((create|delete|replace)/);
  const { code, output } = await project.up();
  expect(code, output).toBe(0);
  expect(await uids()).toBe(before);
  const again = await project.run("preview", "--expect-no-changes", "--diff");
  expect(again.code, again.output).toBe(0);
  const refreshed = await project.run("refresh", "--yes", "--skip-preview", "--expect-no-changes");
  expect(refreshed.code, refreshed.output).toBe(0);
});

test("what it has then goes with it", async () => {
  const { code, output } = await project.run("destroy", "--yes", "--skip-preview");
  expect(code, output).toBe(0);
  expect((await uids()).trim()).toBe("");
});
