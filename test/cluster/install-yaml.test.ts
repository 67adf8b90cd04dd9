/**
 * A cluster and a program in YAML: the control plane as a component that the provider's plugin makes, a machine that
 * depends on it, a change, a look at what is there, and nothing left of either.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PulumiProject, removeTemplate } from "../e2e/support/pulumi-project.ts";
import { guestAnswer } from "../e2e/support/wait.ts";
import { getJson, kubectl, registry, tag, tryKubectl, uninstall } from "./support/cluster.ts";
import { expectNothingInstalled, installed } from "./support/installed.ts";
import { guestDisk } from "./support/machines.ts";

let project: PulumiProject;

beforeAll(async () => {
  await uninstall();
  const target = { env: { ...process.env }, namespace: "default" };
  project = await PulumiProject.createWithPlugin(target, "control-plane-yaml", { packages: "control-plane" });
  const settings = { registry: registry(), tag: tag(), insecureRegistry: registry(), disk: await guestDisk() };
  for (const [name, value] of Object.entries(settings)) await project.succeed("config", "set", name, value);
});

afterAll(async () => {
  await project?.remove();
  await removeTemplate();
});

const urns = async (): Promise<readonly string[]> =>
  JSON.parse(await project.succeed("stack", "export"))
    .deployment.resources.map(({ urn }: { urn: string }) => urn)
    .sort();

describe("examples/control-plane-yaml on a fresh cluster", () => {
  test("shows in a preview what it would make, before anything is there", async () => {
    const { code, output } = await project.run("preview", "--diff");
    expect(code, output).toBe(0);
    expect(output).toMatch(/kubevirt:index:ControlPlaneGuard/);
    expect(output).toMatch(/name\s*:\s*"virt-controller"/);
    expect(await installed(["customresourcedefinitions"])).toEqual([]);
  });

  test("has its arguments judged as in TypeScript, all faults at once", async () => {
    await project.succeed("config", "set", "tag", "no tag");
    await project.succeed("config", "set", "insecureRegistry", "http://10.0.0.5");
    const { code, output } = await project.run("preview");
    expect(code).not.toBe(0);
    expect(output).toMatch(/the arguments of the control plane are refused:\n\s+image\.tag: "no tag": must/);
    expect(output).toMatch(/\n\s+insecureRegistries\[0\]: "http:\/\/10\.0\.0\.5"/);
    await project.succeed("config", "set", "tag", tag());
    await project.succeed("config", "set", "insecureRegistry", registry());
  });

  test("is installed by one pulumi up, and a machine after it, whose guest answers", async () => {
    const { code, output } = await project.up();
    expect(code, output).toBe(0);
    const outputs = await project.outputs();
    expect(outputs).toMatchObject({ namespace: "kubevirt", ready: true, version: tag() });
    expect(await guestAnswer(String(outputs.ip))).toBe(`guest ${outputs.ip}`);
    const pods = await kubectl("--namespace=kubevirt", "get", "pods", "--no-headers");
    expect(pods.split("\n").filter((line) => /\sRunning\s/.test(line))).toHaveLength(4);
  });

  test("changes nothing the second time, and a refresh finds it all", async () => {
    const before = await urns();
    const again = await project.run("up", "--yes", "--skip-preview", "--expect-no-changes");
    expect(again.code, again.output).toBe(0);
    // The old plugin for Kubernetes reads some objects back otherwise than it made them; ours are as they were.
    const { code, output } = await project.run("refresh", "--yes", "--skip-preview");
    expect(code, output).toBe(0);
    expect(await urns()).toEqual(before);
  });

  test("passes a change on to what runs, and waits until that runs again", async () => {
    const program = join(project.folder, "Pulumi.yaml");
    const changed = (await readFile(program, "utf8")).replace("      image:\n", "      replicas: 1\n      image:\n");
    expect(changed).toContain("replicas: 1");
    await writeFile(program, changed);
    const { code, output } = await project.up();
    expect(code, output).toBe(0);
    const deployment = await getJson<{ spec: { replicas: number }; status: { readyReplicas: number } }>(
      "--namespace=kubevirt",
      "deployment/virt-controller",
    );
    expect(deployment).toMatchObject({ spec: { replicas: 1 }, status: { readyReplicas: 1 } });
    const { code: there } = await tryKubectl(["get", "vm", "first"]);
    expect(there).toBe(0);
  });

  test("leaves nothing when it is destroyed", async () => {
    const { code, output } = await project.run("destroy", "--yes", "--skip-preview");
    expect(code, output).toBe(0);
    await expectNothingInstalled();
  });
});
