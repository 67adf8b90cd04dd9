/**
 * A stack with `kubevirt:renderTo`, through the real Pulumi CLI: no cluster is there while it renders. What it writes is
 * then applied to a real API server, beside what `pulumi up` makes there of the same program.
 */
import { existsSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { type Kubectl, kubectlFor } from "../integration/apiserver/support/kubectl.ts";
import { type ControlPlane, startControlPlane } from "../integration/kubernetes/support/control-plane.ts";
import { installDefinitions } from "../integration/kubernetes/support/definitions.ts";
import { run } from "./support/command.ts";
import { projectRoot } from "./support/local-engine.ts";
import { PulumiProject, removeTemplate } from "./support/pulumi-project.ts";

const virtctl = join(projectRoot, "dist/bin/virtctl");
const canary = "c4n4ry-in-user-data";
const nowhere = { env: { ...process.env, KUBECONFIG: "/nowhere/kubeconfig" }, namespace: "team" };

const head = `
import * as pulumi from "@pulumi/pulumi";
import * as kubevirt from "pulumi-kubevirt";
const skip = { "pulumi.com/skipAwait": "true" };
`;
/** Declarations, in any order. */
const declarations = {
  preset: `new kubevirt.VirtualMachinePreset("small", {
    metadata: { name: "m1.small" },
    spec: { selector: { matchLabels: { size: "small" } }, domain: { cpu: { cores: 1 }, resources: { requests: { memory: "128Mi" } } } },
  });`,
  web: `new kubevirt.VirtualMachine("web", {
    metadata: { labels: { size: "small" }, annotations: skip },
    spec: {
      domain: { devices: { disks: [{ name: "seed", volumeName: "seed", cdrom: {} }] } },
      volumes: [{ name: "seed", cloudInitNoCloud: { userData: "#!/bin/sh\\necho ${canary}\\n" } }],
    },
  });`,
  db: `new kubevirt.OfflineVirtualMachine("db", {
    metadata: { name: "db", annotations: { ...skip, note: "yes" } },
    spec: { runStrategy: "Halted", template: { metadata: { labels: { size: "small" } }, spec: {
      domain: { devices: { disks: [{ name: "root", volumeName: "root", disk: { bus: "virtio" } }, { name: "seed", volumeName: "seed", cdrom: {} }] } },
      volumes: [{ name: "root", persistentVolumeClaim: { claimName: "db-root" } }, { name: "seed", cloudInitNoCloud: { secretRef: { name: "db-seed" } } }],
    } } },
  });`,
  farm: `new kubevirt.VirtualMachineReplicaSet("farm", {
    metadata: { name: "farm", annotations: skip },
    spec: { replicas: 0, selector: { matchLabels: { app: "farm" } }, template: { metadata: { labels: { app: "farm" } }, spec: { domain: {} } } },
  });`,
  controlPlane: `new kubevirt.ControlPlane("cluster", { image: { registry: "registry.example.com/kubevirt" } });`,
};
type Declaration = keyof typeof declarations;
const machines: readonly Declaration[] = ["preset", "web", "db", "farm"];
const program = (names: readonly Declaration[], more = "") =>
  `${head}${names.map((name) => declarations[name]).join("\n")}\n${more}`;

let control: ControlPlane;
let kubectl: Kubectl;
let project: PulumiProject;
const rendered = (of: PulumiProject) => join(of.folder, "rendered");

beforeAll(async () => {
  control = await startControlPlane();
  kubectl = kubectlFor(control.kubeconfig, control.directory);
  await installDefinitions(kubectl);
  await kubectl.run("create", "namespace", "team");
  project = await newProject();
});

afterAll(async () => {
  await project?.remove();
  await control?.stop();
  await removeTemplate();
});

async function newProject(): Promise<PulumiProject> {
  const made = await PulumiProject.create(nowhere);
  await made.succeed("config", "set", "kubevirt:renderTo", "rendered");
  return made;
}

async function filesIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(
    files.sort().map(async (file) => [relative(folder, file), await readFile(file, "utf8")] as const),
  );
  return new Map(texts);
}

/** As in `declarations`, with a name for the machine, which is made of its resource otherwise. */
const programInYaml = `
name: yaml
runtime: yaml
resources:
  small:
    type: kubevirt:VirtualMachinePreset
    properties:
      metadata: { name: m1.small }
      spec: { selector: { matchLabels: { size: small } }, domain: { cpu: { cores: 1 }, resources: { requests: { memory: 128Mi } } } }
  web:
    type: kubevirt:VirtualMachine
    properties:
      metadata: { name: web, labels: { size: small }, annotations: { pulumi.com/skipAwait: "true" } }
      spec:
        domain: { devices: { disks: [{ name: seed, volumeName: seed, cdrom: {} }] } }
        volumes: [{ name: seed, cloudInitNoCloud: { userData: "#!/bin/sh\\necho ${canary}\\n" } }]
    options: { dependsOn: ["\${small}"] }
  farm:
    type: kubevirt:VirtualMachineReplicaSet
    properties:
      metadata: { name: farm, annotations: { pulumi.com/skipAwait: "true" } }
      spec: { replicas: 0, selector: { matchLabels: { app: farm } }, template: { metadata: { labels: { app: farm } }, spec: { domain: {} } } }
  cluster:
    type: kubevirt:ControlPlane
    properties:
      image: { registry: registry.example.com/kubevirt }
`;

describe("a stack in YAML that renders", () => {
  let inYaml: PulumiProject;

  beforeAll(async () => {
    inYaml = await PulumiProject.createWithPlugin(nowhere, "yaml");
    await inYaml.succeed("config", "set", "kubevirt:renderTo", "rendered");
    await writeFile(join(inYaml.folder, "Pulumi.yaml"), programInYaml);
  });
  afterAll(async () => {
    await inYaml?.remove();
  });

  test("says so in its preview, and writes nothing there", async () => {
    const { code, output } = await inYaml.run("preview");
    expect(code, output).toBe(0);
    expect(output.split("writes the objects as YAML to rendered; nothing is deployed").length).toBeGreaterThan(1);
    expect(existsSync(rendered(inYaml))).toBe(false);
  });

  test("writes the same as the program in TypeScript but for whose it is, the control plane with it, and no secret", async () => {
    const { code, output } = await inYaml.up();
    expect(code, output).toBe(0);
    const files = await filesIn(rendered(inYaml));
    expect([...files.values()].join("\n")).not.toContain(canary);
    const typescript = await newProject();
    const named = declarations.web.replace("labels:", 'name: "web", labels:');
    await typescript.write(program(["preset", "farm", "controlPlane"], named));
    const other = await typescript.up();
    expect(other.code, other.output).toBe(0);
    const nobodys = (texts: ReadonlyMap<string, string>) =>
      [...texts].map(([file, text]) => [file, text.replace(/urn:pulumi:[^\s"]*:(\w+::\w+)/g, "$1")]);
    expect(nobodys(files)).toEqual(nobodys(await filesIn(rendered(typescript))));
    expect([...files.keys()]).toContain("machines/virtualmachine_team_web.yaml");
    await typescript.remove();
  });

  test("brings back a file that is gone, shows a change, and has nothing to do then", async () => {
    const before = await filesIn(rendered(inYaml));
    await rm(join(rendered(inYaml), "presets"), { recursive: true });
    const back = await inYaml.up();
    expect(back.code, back.output).toBe(0);
    expect(await filesIn(rendered(inYaml))).toEqual(before);
    const changed = programInYaml.replace("memory: 128Mi", "memory: 144Mi");
    await writeFile(join(inYaml.folder, "Pulumi.yaml"), changed);
    const preview = await inYaml.run("preview", "--diff");
    expect(preview.output).toMatch(/memory *: "128Mi" => "144Mi"/);
    expect((await inYaml.up()).code).toBe(0);
    const web = (await filesIn(rendered(inYaml))).get("machines/virtualmachine_team_web.yaml");
    expect(web).toContain("memory: 144Mi # from preset m1.small");
    const refreshed = await inYaml.run("refresh", "--yes", "--skip-preview", "--expect-no-changes");
    expect(refreshed.code, refreshed.output).toBe(0);
    const { code, output } = await inYaml.run("preview", "--expect-no-changes", "--diff");
    expect(code, output).toBe(0);
  });

  test("is not to be deployed from the same stack, and leaves no file behind", async () => {
    await inYaml.succeed("config", "rm", "kubevirt:renderTo");
    const refused = await inYaml.run("preview");
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain("this stack has written the object to rendered");
    const { code, output } = await inYaml.run("destroy", "--yes", "--skip-preview");
    expect(code, output).toBe(0);
    expect(existsSync(join(rendered(inYaml), "machines"))).toBe(false);
  });
});

describe("a stack that renders", () => {
  test("says so in its preview, and writes nothing there", async () => {
    await project.write(program(machines));
    const { code, output } = await project.run("preview");
    expect(code, output).toBe(0);
    expect(output).toContain("`pulumi up` writes the objects as YAML to rendered; nothing is deployed");
    expect(existsSync(rendered(project))).toBe(false);
  });

  test("writes one file for each object, with lists, and no secret in any", async () => {
    const { code, output } = await project.up();
    expect(code, output).toBe(0);
    const files = await filesIn(rendered(project));
    expect([...files.keys()]).toEqual([
      "README.md",
      "kustomization.yaml",
      "machines/kustomization.yaml",
      "machines/offlinevirtualmachine_team_db.yaml",
      expect.stringMatching(/^machines\/virtualmachine_team_web-[0-9a-f]{8}\.yaml$/),
      "machines/virtualmachinereplicaset_team_farm.yaml",
      "presets/kustomization.yaml",
      "presets/virtualmachinepreset_team_m1.small.yaml",
    ]);
    const all = [...files.values()].join("\n");
    expect(all).not.toContain(canary);
    expect(all).toContain("cores: 1 # from preset m1.small");
    expect(files.get("README.md")).toMatch(/\| team \| vm-web-[0-9a-f]{8}\.seed \| userdata \|/);
  });

  test("passes virtctl validate", async () => {
    const { code, output } = await run(virtctl, ["validate", "-f", rendered(project)]);
    expect(code, output).toBe(0);
  });

  test("writes the same bytes again, on another machine, in another order of declaration", async () => {
    const first = await filesIn(rendered(project));
    expect((await project.run("preview", "--expect-no-changes")).code).toBe(0);
    const other = await newProject();
    await other.write(program([...machines].reverse()));
    const { code, output } = await other.up();
    expect(code, output).toBe(0);
    expect(await filesIn(rendered(other))).toEqual(first);
    await other.remove();
  });

  test("brings back what somebody changed or removed, and leaves the files of others alone", async () => {
    const before = await filesIn(rendered(project));
    await rm(join(rendered(project), "presets"), { recursive: true });
    const farm = join(rendered(project), "machines/virtualmachinereplicaset_team_farm.yaml");
    await writeFile(farm, (await readFile(farm, "utf8")).replace("replicas: 0", "replicas: 9"));
    await writeFile(join(rendered(project), "machines/of-a-person.yaml"), "kind: ConfigMap\n");
    expect((await project.up()).code).toBe(0);
    const after = new Map(await filesIn(rendered(project)));
    expect(after.get("machines/of-a-person.yaml")).toBe("kind: ConfigMap\n");
    after.delete("machines/of-a-person.yaml");
    expect(after).toEqual(before);
    await rm(join(rendered(project), "machines/of-a-person.yaml"));
  });

  test("has a plan that names every machine which a change of memory in a preset touches", async () => {
    await project.write(program(machines).replace("128Mi", "256Mi"));
    const preview = await project.succeed("preview", "--json");
    const { code, stdout } = await run(virtctl, ["plan"], { input: preview });
    expect(code, stdout).toBe(0);
    expect(stdout).toContain("### VirtualMachinePreset `team/m1.small`: changed");
    const memory = "domain.resources.requests.memory`: `128Mi` → `256Mi`";
    expect(stdout).toMatch(/- VirtualMachine `team\/web-[0-9a-f]{8}` is replaced: /);
    expect(stdout).toContain(
      `- OfflineVirtualMachine \`team/db\` is changed at the next start: \`spec.template.spec.${memory}`,
    );
    expect(stdout).toContain(`- \`spec.${memory}, by preset \`m1.small\`: replaces it`);
    expect(stdout).toContain("The stack writes files to `rendered`");
    expect(stdout).not.toContain("team/farm");
    expect(stdout).not.toContain(canary);
    await project.write(program(machines));
  });

  /** With the rights that the sample for the Pulumi Kubernetes Operator gives its account, and no others. */
  async function asOperator(): Promise<string> {
    const sample = await readFile(join(projectRoot, "examples/gitops/operator/stack.yaml"), "utf8");
    const objects = parseAllDocuments(sample.replaceAll("namespace: shop", "namespace: team")).map((one) => one.toJS());
    const items = objects.filter(({ kind }) => kind !== "Stack");
    const applied = await kubectl.feed({ apiVersion: "v1", kind: "List", items }, "apply", "-f", "-");
    expect(applied.code, applied.stderr).toBe(0);
    const token = (await kubectl.run("create", "token", "machines", "--namespace", "team")).trim();
    const kubeconfig = parse(await readFile(control.kubeconfig, "utf8"));
    kubeconfig.users[0].user = { token };
    const file = join(control.directory, "operator.kubeconfig");
    await writeFile(file, JSON.stringify(kubeconfig));
    return file;
  }

  test("gives an API server the same objects as pulumi up", async () => {
    const KUBECONFIG = await asOperator();
    const deployed = await PulumiProject.create({
      ...nowhere,
      env: { ...process.env, KUBECONFIG },
    });
    await deployed.write(program(machines));
    const { code, output } = await deployed.up();
    expect(code, output).toBe(0);
    const byPulumi = await objects();
    await kubectl.run("delete", "vm,ovm,vmrs,vmpreset", "--all", "-n", "team", "--wait=false");
    await rm(deployed.folder, { recursive: true });

    await kubectl.run("apply", "--server-side", "-k", rendered(project));
    const byKubectl = await objects();
    expect(byKubectl.length).toBe(4);
    for (const [index, object] of byKubectl.entries()) {
      const twin = byPulumi[index];
      if (object.kind === "VirtualMachine") {
        expect(JSON.stringify(twin)).toContain(canary);
        expect(object.spec.volumes).toEqual([
          { name: "seed", cloudInitNoCloud: { secretRef: { name: `vm-${object.metadata.name}.seed` } } },
        ]);
        expect({ ...object.spec, volumes: [] }).toEqual({ ...twin?.spec, volumes: [] });
        expect(object.metadata).toEqual(twin?.metadata);
      } else expect(object).toEqual(twin);
    }
  });

  test("has no drift then, from its files and from its state, until somebody changes a machine", async () => {
    const cluster = ["--kubeconfig", control.kubeconfig];
    const exported = await project.succeed("stack", "export");
    expect(exported).not.toContain(canary);
    const byFiles = () => run(virtctl, ["drift", "-f", rendered(project), ...cluster]);
    const byState = () => run(virtctl, ["drift", "--state", "-", ...cluster], { input: exported });
    expect(await byFiles()).toMatchObject({ code: 0 });
    expect(await byState()).toMatchObject({ code: 0 });
    await kubectl.run("scale", "vmrs/farm", "-n", "team", "--replicas=3");
    for (const drift of [await byFiles(), await byState()]) {
      expect(drift.code).toBe(2);
      expect(drift.stdout).toContain("~ spec.replicas: 0 => 3");
    }
  });

  interface Compared {
    readonly kind: string;
    readonly metadata: {
      readonly name: string;
      readonly labels?: object;
      readonly annotations: Record<string, string>;
    };
    readonly spec: Record<string, unknown>;
  }

  /** What is a person's of the objects: not the server's fields, nor Argo CD's order, which the lists add. */
  async function objects(): Promise<readonly Compared[]> {
    const { items } = JSON.parse(await kubectl.run("get", "vm,ovm,vmrs,vmpreset", "-n", "team", "-o", "json"));
    return (items as Compared[]).map(({ kind, metadata: { name, labels, annotations }, spec }) => {
      const { "argocd.argoproj.io/sync-wave": _wave, ...others } = annotations;
      return { kind, metadata: { name, ...(labels && { labels }), annotations: others }, spec };
    });
  }

  test.each([
    [
      "secrets that are no user data",
      `new kubevirt.VirtualMachine("t", { metadata: { name: "t", annotations: { token: pulumi.secret("hush") } }, spec: { domain: {} } });`,
      "metadata.annotations.token: is a secret",
    ],
    [
      "to overwrite a file of somebody else",
      `new kubevirt.VirtualMachine("t", { metadata: { name: "foreign" }, spec: { domain: {} } });`,
      "virtualmachine_team_foreign.yaml is there and was not written by pulumi-kubevirt",
    ],
  ])("refuses %s, in the preview", async (_what, more, message) => {
    await project.write(program(machines, more));
    const foreign = join(rendered(project), "machines/virtualmachine_team_foreign.yaml");
    await writeFile(foreign, "mine: true\n");
    const { code, output } = await project.run("preview");
    expect(code).not.toBe(0);
    expect(output).toContain(message);
    expect(output).not.toContain("hush");
    await rm(foreign);
  });

  test("renders its control plane, as virtctl manifests prints it", async () => {
    await project.write(program([...machines, "controlPlane"]));
    const { code, output } = await project.up();
    expect(code, output).toBe(0);
    const built = await kubectl.run("kustomize", rendered(project));
    expect(built.indexOf("kind: CustomResourceDefinition")).toBeLessThan(
      built.indexOf("kind: VirtualMachinePreset\nmetadata"),
    );
    expect(built.indexOf("kind: VirtualMachinePreset\nmetadata")).toBeLessThan(
      built.indexOf("kind: VirtualMachine\nmetadata"),
    );
    expect(built).toContain('argocd.argoproj.io/sync-wave: "-2"');
    await kubectl.run("apply", "--server-side", "--force-conflicts", "-k", join(rendered(project), "control-plane"));
    const { output: printed } = await run(virtctl, ["manifests", "--registry", "registry.example.com/kubevirt"]);
    const asAnother = ["--server-side", "--force-conflicts", "--field-manager=another"];
    expect(await kubectl.feed(printed, "diff", ...asAnother, "-f", "-")).toMatchObject({ code: 0, stdout: "" });
  });

  test("will not deploy what it has rendered, nor the other way round", async () => {
    await project.succeed("config", "rm", "kubevirt:renderTo");
    await project.write(program(machines));
    const { code, output } = await project.run("preview");
    expect(code).not.toBe(0);
    expect(output).toContain("this stack has written the object to rendered");
    await project.succeed("config", "set", "kubevirt:renderTo", "rendered");
  });

  test("removes the files of what is declared no more, and all with the stack", async () => {
    await project.write(program(["web"]));
    expect((await project.up()).code).toBe(0);
    expect([...(await filesIn(rendered(project))).keys()]).toEqual([
      "README.md",
      "kustomization.yaml",
      "machines/kustomization.yaml",
      expect.stringContaining("machines/virtualmachine_team_web-"),
    ]);
    expect((await project.run("destroy", "--yes", "--skip-preview")).code).toBe(0);
    expect(await readdir(rendered(project))).toEqual([]);
  });
});

describe("the example gitops", () => {
  let stack: PulumiProject;

  beforeAll(async () => {
    stack = await PulumiProject.create(nowhere, "gitops");
  });
  afterAll(() => stack?.remove());

  /** Runs the named steps of a workflow, as its runner would. */
  async function runSteps(workflow: string, names: readonly string[], env: Record<string, string>): Promise<void> {
    const text = await readFile(join(projectRoot, "examples/gitops/ci", workflow), "utf8");
    const { jobs } = parse(text) as { jobs: Record<string, { steps: { name?: string; run?: string }[] }> };
    const steps = Object.values(jobs).flatMap((job) => job.steps);
    for (const name of names) {
      const script = steps.find((step) => step.name === name)?.run;
      if (script === undefined) throw new Error(`${workflow} has no step ${name}`);
      const { code, output } = await stack.shell(script, { STACK: "test", ...env });
      expect(code, `${name}: ${output}`).toBe(0);
    }
  }

  test("is rendered and validated by its workflow, and changes are planned by the other", async () => {
    await runSteps("render.yaml", ["render", "validate"], {});
    const files = [...(await filesIn(rendered(stack))).keys()];
    expect(files).toContain("presets/virtualmachinepreset_team_m1.small.yaml");
    expect(files).toContain("machines/offlinevirtualmachine_team_web.yaml");
    await stack.succeed("config", "set", "memory", "256Mi");
    const page = join(stack.folder, "summary.md");
    await runSteps("pull-request.yaml", ["preview", "summary"], { GITHUB_STEP_SUMMARY: page });
    const summary = await readFile(page, "utf8");
    expect(summary).toContain("OfflineVirtualMachine `team/web` is changed at the next start");
    expect(summary).toContain("VirtualMachineReplicaSet `team/workers` is changed for machines made from now on");
  });

  test("has parts that kustomize builds, as Flux and Argo CD do", async () => {
    for (const part of [".", "presets", "machines"]) {
      expect(await kubectl.run("kustomize", join(rendered(stack), part))).toContain("kind: VirtualMachine");
    }
  });
});
