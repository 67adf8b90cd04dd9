/**
 * Executes the drawing of the dependency direction: reads every import statement of provider/ and sdk/ and fails on one
 * that points up, sideways between applications, or out of a pure layer.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(__dirname, "../..");

/** Layer → the layers it may import besides itself. Layers that are not named here may not exist. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  api: [],
  core: ["api"],
  runtime: [],
  manifest: ["api", "core", "runtime"],
  kube: ["api", "core", "runtime"],
  libvirt: ["api", "core", "runtime"],
  store: ["api", "core", "runtime"],
  lifecycle: ["api", "core", "runtime", "manifest", "deploy", "kube"],
  controller: ["api", "core", "runtime", "kube"],
  agent: ["api", "core", "runtime", "kube", "libvirt"],
  apiserver: ["api", "core", "runtime", "kube", "store"],
  deploy: ["api", "core"],
  codegen: ["api", "core", "runtime", "deploy"],
  // Carries the lifecycle's verbs over the engine's plugin protocol; what a verb does is the lifecycle's.
  plugin: ["api", "core", "runtime", "lifecycle"],
  cmd: [
    "api",
    "core",
    "deploy",
    "runtime",
    "manifest",
    "kube",
    "libvirt",
    "store",
    "lifecycle",
    "plugin",
    "controller",
    "agent",
    "apiserver",
    // The plugin's process for components.
    "sdk",
  ],
  // The forwarder knows the lifecycle by its package name at run time, and by its types before.
  sdk: ["lifecycle", "manifest", "deploy"],
};

/**
 * What the programs of a cluster may call there is declared beside their code and made into roles by deploy, which may
 * import these files, and nothing else, of their layers. So they are data of the domain: they may import no more than it.
 */
const declarations: readonly string[] = ["provider/controller/permissions", "provider/agent/permissions"];

/** Packages that a layer may import; a layer that is not named here may import any. */
const packages: Readonly<Record<string, readonly string[]>> = {
  api: ["zod"],
  core: ["fast-xml-parser"],
  manifest: ["yaml", "node:"],
  deploy: [],
  plugin: ["@grpc/grpc-js", "@pulumi/pulumi", "google-protobuf", "node:"],
  sdk: ["@pulumi/pulumi", "@pulumi/kubernetes", "pulumi-kubevirt", "node:"],
};

interface Import {
  readonly file: string;
  readonly target: string;
}

function sourceFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.split(sep).includes("node_modules"))
    .map((name) => join(folder, name));
}

function importsOf(file: string): readonly Import[] {
  const statement =
    /(?:^|\n)\s*(?:import|export)\s[^;"']*?from\s*["']([^"']+)["']|(?:import|require)\(\s*["']([^"']+)["']\s*\)|(?:^|\n)\s*import\s*["']([^"']+)["']/g;
  return [...readFileSync(file, "utf8").matchAll(statement)].map((match) => ({
    file: relative(root, file),
    target: match[1] ?? match[2] ?? match[3] ?? "",
  }));
}

/** `provider/core/x.ts` → core, `sdk/nodejs/x.ts` → sdk. */
function layerOf(path: string): string {
  const [top = "", layer = ""] = path.split(sep);
  return top === "provider" ? layer : top;
}

/** What is wrong with an import, or undefined. */
function breachOf({ file, target }: Import): string | undefined {
  const from = declarations.includes(file.replace(/\.ts$/, "")) ? "deploy" : layerOf(file);
  const allowed = mayImport[from];
  if (allowed === undefined) return `${file} is in a layer that the drawing does not have`;
  if (target.startsWith(".")) {
    const path = relative(root, resolve(root, dirname(file), target));
    if (from === "deploy" && declarations.includes(path)) return undefined;
    const to = layerOf(path);
    return to === from || allowed.includes(to) ? undefined : `${file} (${from}) imports ${target} (${to})`;
  }
  const known = packages[from];
  const fits = (name: string) => target === name || target.startsWith(name.endsWith(":") ? name : `${name}/`);
  return known === undefined || known.some(fits) ? undefined : `${file} (${from}) imports the package ${target}`;
}

const files = [...sourceFiles(join(root, "provider")), ...sourceFiles(join(root, "sdk", "nodejs"))];
const imports = files.flatMap(importsOf);

describe("the dependency drawing", () => {
  it("is read from the source: there are imports", () => {
    expect(imports.length).toBeGreaterThan(100);
  });

  it("is kept by every import", () => {
    expect(imports.map(breachOf).filter((breach) => breach !== undefined)).toEqual([]);
  });

  it.each([
    ["provider/core/x.ts", "../kube/client"],
    ["provider/core/x.ts", "node:fs"],
    ["provider/core/x.ts", "zod"],
    ["provider/api/x.ts", "../core/field-path"],
    ["provider/agent/x.ts", "../controller/x"],
    ["provider/lifecycle/x.ts", "../libvirt/hypervisor"],
    ["provider/libvirt/x.ts", "../kube/client"],
    ["provider/controller/x.ts", "../codegen/x"],
    ["provider/manifest/x.ts", "../kube/client"],
    ["provider/controller/x.ts", "../manifest/parse"],
    ["provider/nowhere/x.ts", "./y"],
    ["sdk/nodejs/x.ts", "../../provider/api/meta"],
    ["provider/deploy/x.ts", "../controller/controller"],
    ["provider/deploy/x.ts", "node:fs"],
    ["provider/agent/permissions.ts", "./agent"],
    ["provider/agent/permissions.ts", "../kube/resource"],
    ["sdk/nodejs/x.ts", "zod"],
    ["provider/plugin/x.ts", "../kube/client"],
    ["provider/plugin/x.ts", "zod"],
    ["provider/lifecycle/x.ts", "../plugin/server"],
    ["sdk/nodejs/x.ts", "../../provider/plugin/server"],
  ])("notices %s importing %s", (file, target) => {
    expect(breachOf({ file, target })).toBeDefined();
  });

  it("keeps the core free of clocks, randomness, logging and asynchrony", () => {
    const impure =
      /\b(Date\.now|new Date\(\)|Math\.random|crypto\.|console\.|process\.|setTimeout|async |await |Promise)\b/;
    const pure = files.filter((file) => ["api", "core", "deploy"].includes(layerOf(relative(root, file))));
    const guilty = pure.filter((file) => {
      const code = readFileSync(file, "utf8").replace(
        /\/\*[\s\S]*?\*\/|\/\/.*$|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/gm,
        "",
      );
      return impure.test(code);
    });
    expect(guilty.map((file) => relative(root, file))).toEqual([]);
  });
});
