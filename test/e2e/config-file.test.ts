/** A program that takes its machines from a manifest, previewed by the real Pulumi CLI against the real engine. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LocalEngine } from "./support/local-engine.ts";
import { PulumiProject, removeTemplate } from "./support/pulumi-project.ts";

let engine: LocalEngine;
let project: PulumiProject;

const manifest = `apiVersion: v1
kind: List
items:
  - apiVersion: kubevirt.io/v1alpha1
    kind: VirtualMachine
    metadata: {name: web, labels: {size: small}}
    spec:
      nodeSelector: {"example.com/nowhere": "true"}
      domain:
        devices:
          disks: [{name: seed, volumeName: seed, cdrom: {}}]
      volumes: [{name: seed, cloudInitNoCloud: {userData: "told in the manifest"}}]
---
apiVersion: kubevirt.io/v1alpha1
kind: VirtualMachinePreset
metadata: {name: m1.small}
spec:
  selector: {matchLabels: {size: small}}
  domain: {cpu: {cores: 3}, resources: {requests: {memory: 96Mi}}}
`;

const program = `
import * as kubevirt from "pulumi-kubevirt";
const vms = new kubevirt.ConfigFile("vms", { file: "vms.yaml", skipAwait: true });
export const name = vms.getResource("VirtualMachine", "web").metadata.name;
`;

beforeAll(async () => {
  engine = await LocalEngine.create();
  await engine.start();
  project = await PulumiProject.create(engine);
  await project.write(program);
});

afterAll(async () => {
  await project?.remove();
  await engine?.remove();
  await removeTemplate();
});

describe("a ConfigFile", () => {
  test("is previewed with the presets of the manifest in its machines, and without user data", async () => {
    await writeFile(join(project.folder, "vms.yaml"), manifest);
    const { code, output } = await project.run("preview", "--diff");
    expect(code, output).toBe(0);
    expect(output).toMatch(/kubevirt:index:ConfigFile/);
    expect(output).toMatch(/cores: 3/);
    expect(output).toMatch(/spec\.domain\.resources\.requests\.memory\s*: "m1\.small"/);
    expect(output).not.toContain("told in the manifest");
  });

  test("makes the objects under their own names, and takes them away again", async () => {
    const { code, output } = await project.up();
    expect(code, output).toBe(0);
    expect((await project.outputs()).name).toBe("web");
    expect(await engine.kubectl("get", "vm", "web", "--output", "jsonpath={.spec.domain.cpu.cores}")).toBe("3");
    expect((await project.run("preview", "--expect-no-changes")).code).toBe(0);
    expect((await project.run("destroy", "--yes", "--skip-preview")).code).toBe(0);
    expect(await engine.kubectl("get", "vms", "--output", "name")).toBe("");
  });

  test("says every fault of the text with its place", async () => {
    await writeFile(join(project.folder, "vms.yaml"), `${manifest}---\nkind: ConfigMap\napiVersion: v1\n---\na: [\n`);
    const { code, output } = await project.run("preview");
    expect(code).not.toBe(0);
    expect(output).toMatch(/vms\.yaml:21:1: v1 ConfigMap is no kind that ConfigFile declares/);
    expect(output).toMatch(/vms\.yaml:25:1: a `]` is missing/);
    await writeFile(join(project.folder, "vms.yaml"), manifest);
  });
});
