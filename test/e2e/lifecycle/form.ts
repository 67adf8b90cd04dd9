/** The two forms of the provider, each as a person meets it: a language, its types of resources, and a stack's text. */
import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PulumiProject, type Target } from "../support/pulumi-project.ts";
import { inTypeScript, inYaml, type Program } from "./program.ts";

export interface Form {
  readonly name: string;
  /** Of the project in URNs. */
  readonly project: string;
  /** The program's. */
  readonly file: string;
  readonly typeOf: (kind: string) => string;
  open(target: Target): Promise<PulumiProject>;
  write(project: PulumiProject, program: Program): Promise<void>;
  /** How often Ctrl-C has to be pressed to end a wait: the engine tells plugins of it, and dynamic resources not. */
  readonly interrupts: number;
  /** Whether the language host that can be built here writes code for what is imported. */
  readonly writesCode: boolean;
  /** Whether the engine tells the provider of `customTimeouts`. */
  readonly customTimeouts: boolean;
}

export const dynamicResources: Form = {
  name: "dynamic resources, in TypeScript",
  project: "quickstart",
  file: "index.ts",
  typeOf: (kind) => `pulumi-nodejs:dynamic/kubevirt:${kind}`,
  open: async (target) => {
    const project = await PulumiProject.create(target);
    // The text is made by a machine; the types of what people write are checked with the examples.
    project.env.PULUMI_NODEJS_TRANSPILE_ONLY = "true";
    // For imports, as docs/how-to/adopt.md has it.
    const plugins = ["plugins:", "  providers:", "    - name: kubevirt", "      path: node_modules/.bin", ""].join(
      "\n",
    );
    await appendFile(join(project.folder, "Pulumi.yaml"), plugins);
    return project;
  },
  write: (project, program) => project.write(inTypeScript(program)),
  interrupts: 2,
  writesCode: false,
  customTimeouts: false,
};

export const plugin: Form = {
  name: "the plugin, in YAML",
  project: "yaml",
  file: "Pulumi.yaml",
  typeOf: (kind) => `kubevirt:index:${kind}`,
  open: (target) => PulumiProject.createWithPlugin(target, "yaml"),
  write: (project, program) => writeFile(join(project.folder, "Pulumi.yaml"), inYaml("yaml", program)),
  interrupts: 1,
  writesCode: true,
  customTimeouts: true,
};

export const forms: readonly Form[] = [dynamicResources, plugin];
