/** The example's policy pack before programs of both forms: what `pulumi preview --policy-pack` refuses, and what it lets through. */
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { succeed } from "./support/command.ts";
import { LocalEngine, projectRoot, temporaryFolder } from "./support/local-engine.ts";
import { PulumiProject, removeTemplate } from "./support/pulumi-project.ts";

let engine: LocalEngine;
let pack: string;

beforeAll(async () => {
  engine = await LocalEngine.create();
  await engine.start();
  pack = await temporaryFolder("kubevirt-policies-");
  const example = join(projectRoot, "examples/policy-pack");
  await cp(example, pack, { recursive: true, filter: (source) => !source.includes("node_modules") });
  await succeed("npm", ["install", "--silent", "--no-audit", "--no-fund"], { cwd: pack });
  await writeFile(join(pack, "PulumiPolicy.yaml"), await withOwnStarter(join(pack, "PulumiPolicy.yaml")));
});

/**
 * Pulumi's engine asks the language's host to start a pack, which the host that is built here is too old for. For a runtime
 * without a host it starts `pulumi-analyzer-policy-RUNTIME` instead, and goes on in the same way; support/bin has one.
 */
async function withOwnStarter(file: string): Promise<string> {
  const text = await readFile(file, "utf8");
  if (!text.startsWith("runtime: nodejs\n")) throw new Error(`${file} has another runtime`);
  return text.replace("runtime: nodejs", "runtime: node");
}

afterAll(async () => {
  if (pack !== undefined) await rm(pack, { recursive: true, force: true });
  await engine?.remove();
  await removeTemplate();
});

const preview = (project: PulumiProject) =>
  project.run("preview", "--policy-pack", pack, "--policy-pack-config", join(pack, "config.json"));

async function open(form: () => Promise<PulumiProject>): Promise<PulumiProject> {
  const project = await form();
  project.env.PATH = `${join(projectRoot, "test/e2e/support/bin")}${delimiter}${project.env.PATH}`;
  return project;
}

const digest = `sha256:${"0".repeat(64)}`;
const image = (reference: string) => ({ name: "root", registryDisk: { image: reference } });
const domain = (given?: Readonly<Record<string, string>>) => ({
  resources: { requests: { memory: "64Mi" }, ...(given && { limits: given }) },
});
const template = (spec: unknown) => ({ metadata: { labels: { app: "a" } }, spec });
const limits = { memory: "128Mi", cpu: "1" };

/** A machine of each kind, with a preset that gives one of them its limits; once as it must not be, once as it must. */
const programs = {
  refused: {
    VirtualMachinePreset: { domain: {} },
    VirtualMachine: { domain: domain(), volumes: [image("registry.example.com/a:1")] },
    OfflineVirtualMachine: {
      runStrategy: "Halted",
      template: template({ domain: domain(limits), volumes: [image(`other.example.com/a@${digest}`)] }),
    },
    VirtualMachineReplicaSet: {
      replicas: 0,
      selector: { matchLabels: { app: "a" } },
      template: template({ domain: domain({ memory: "128Mi" }) }),
    },
  },
  allowed: {
    VirtualMachinePreset: { selector: { matchLabels: { app: "a" } }, domain: { resources: { limits } } },
    VirtualMachine: { domain: domain(limits), volumes: [image(`registry.example.com/a@${digest}`)] },
    OfflineVirtualMachine: { runStrategy: "Halted", template: template({ domain: domain(limits) }) },
    VirtualMachineReplicaSet: {
      replicas: 0,
      selector: { matchLabels: { app: "a" } },
      template: template({ domain: domain(limits) }),
    },
  },
} as const;
type Verdict = keyof typeof programs;

/** The same objects as a program in TypeScript, which makes dynamic resources, and as one in YAML, which asks the plugin. */
const forms = {
  TypeScript: {
    open: () => PulumiProject.create(engine),
    write: (project: PulumiProject, verdict: Verdict) =>
      project.write(
        [
          'import * as kubevirt from "pulumi-kubevirt";',
          ...Object.entries(programs[verdict]).map(
            ([kind, spec]) => `new kubevirt.${kind}("${kind}", { spec: ${JSON.stringify(spec)} });`,
          ),
        ].join("\n"),
      ),
  },
  YAML: {
    open: () => PulumiProject.createWithPlugin(engine, "yaml"),
    write: async (project: PulumiProject, verdict: Verdict) => {
      const resources = Object.entries(programs[verdict]).map(
        ([kind, spec]) => [kind, { type: `kubevirt:${kind}`, properties: { spec } }] as const,
      );
      const program = { name: "yaml", runtime: "yaml", resources: Object.fromEntries(resources) };
      await writeFile(join(project.folder, "Pulumi.yaml"), JSON.stringify(program));
    },
  },
} as const;

test.each(Object.entries(forms))(
  "a program in %s is refused for each rule that it breaks, and allowed without a fault",
  async (_name, form) => {
    const project = await open(form.open);
    try {
      await form.write(project, "refused");
      const refused = await preview(project);
      expect(refused.code, refused.output).not.toBe(0);
      for (const fault of [
        "spec.selector must select something",
        "spec.domain.resources.limits.memory must be set",
        "spec.domain.resources.limits.cpu must be set",
        'spec.volumes[0].registryDisk.image: "registry.example.com/a:1" must end with a digest',
        `spec.template.spec.volumes[0].registryDisk.image: "other.example.com/a@${digest}" must come from one of: registry.example.com`,
        "spec.template.spec.domain.resources.limits.cpu must be set",
      ])
        expect(refused.output).toContain(fault);
      expect(refused.output).not.toContain("spec.template.spec.domain.resources.limits.memory must be set");

      await form.write(project, "allowed");
      const allowed = await preview(project);
      expect(allowed.code, allowed.output).toBe(0);
      expect(allowed.output).toContain("kubevirt");
      expect(await engine.kubectl("get", "ovms,vmrs,vms,vmpresets", "--output", "name")).toBe("");
    } finally {
      await project.remove();
    }
  },
);

test("limits that a preset gives count, and without configuration no registry is allowed", async () => {
  const project = await open(() => PulumiProject.create(engine));
  try {
    await project.write(`
      import * as kubevirt from "pulumi-kubevirt";
      new kubevirt.VirtualMachinePreset("limited", {
        spec: { selector: { matchLabels: { size: "small" } }, domain: { resources: { limits: { memory: "128Mi", cpu: "1" } } } },
      });
      new kubevirt.VirtualMachine("web", { metadata: { labels: { size: "small" } }, spec: { domain: {}, volumes: [${JSON.stringify(image(`registry.example.com/a@${digest}`))}] } });
    `);
    const { code, output } = await project.run("preview", "--policy-pack", pack);
    expect(code, output).not.toBe(0);
    expect(output).toContain("must come from one of: no registry");
    expect(output).not.toContain("must be set");
    expect((await preview(project)).code).toBe(0);
  } finally {
    await project.remove();
  }
});
