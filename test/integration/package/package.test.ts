/**
 * The package as npm would publish it: what is in it, and that programs compile against its types with the oldest and
 * the newest TypeScript that they may use.
 */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kinds } from "../../../provider/api/v1alpha1/kinds";
import type { Finished } from "../../e2e/support/command";
import { compile as compileProject, compilers, InstalledPackage, root } from "./support/installed-package";

const examples = readdirSync(join(root, "examples"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(root, "examples", entry.name, "index.ts")))
  .map(({ name }) => name);

const policyPack = "policy-pack";

let npm: InstalledPackage;
let directory: string;
/** Where programs find the package. */
let installed: string;

beforeAll(() => {
  npm = new InstalledPackage();
  ({ directory, installed } = npm);
});

afterAll(() => npm?.remove());

describe("the package", () => {
  it("has only what programs need, whatever else was built beside it", () => {
    expect(existsSync(join(installed, "dist/images"))).toBe(false);
    expect(readdirSync(installed).sort()).toEqual(
      [
        "CHANGELOG.md",
        "LICENSE",
        "PulumiPlugin.yaml",
        "README.md",
        "dist",
        "package.json",
        "provider",
        "schema.json",
      ].sort(),
    );
  });

  it("carries the definitions of its kinds and its schema", () => {
    const files = ["schema.json", ...kinds.map(({ plural }) => `provider/deploy/crds/${plural}.kubevirt.io.yaml`)];
    expect(files.filter((file) => !existsSync(join(installed, file)))).toEqual([]);
  });

  it("carries no tests and no sources", () => {
    const names = readdirSync(installed, { recursive: true, encoding: "utf8" });
    expect(names.filter((name) => /\.test\.|(?<!\.d)\.ts$|^test\b|^tools\b/.test(name))).toEqual([]);
  });

  it("has types that lead to nothing but Pulumi's", () => {
    const reached = reachable(join(installed, "dist/sdk/nodejs/index.d.ts"));
    expect(reached.files.length).toBeGreaterThan(5);
    expect(reached.packages).toEqual(["@pulumi/pulumi"]);
    expect(reached.files.filter((file) => !relative(installed, file).startsWith("dist/sdk/"))).toEqual([]);
    for (const file of reached.files) expect(readFileSync(file, "utf8")).not.toMatch(/\bzod\b/);
  });
});

describe.each(compilers)("with TypeScript %s", (_version, compiler) => {
  it.each(examples.filter((example) => example !== policyPack))("the example %s compiles", async (example) => {
    expect(await compile(compiler, copyOf(example))).toEqual({ code: 0, output: "", stdout: "" });
  });

  it("the example of a policy pack compiles", async () => {
    // It knows the package by the types of its resources alone, and the declarations of @pulumi/policy are not sound.
    expect(await compileProject(compiler, copyOf(policyPack))).toEqual({ code: 0, output: "", stdout: "" });
  });

  it("a value that no field takes does not compile", async () => {
    const folder = join(directory, "wrong");
    cpSync(join(directory, "examples/quickstart"), folder, { recursive: true });
    const text = readFileSync(join(folder, "index.ts"), "utf8");
    writeFileSync(join(folder, "index.ts"), text.replace('bus: "virtio"', 'bus: "vertio"'));
    const { code, stdout } = await compile(compiler, folder);
    expect(code).not.toBe(0);
    expect(stdout).toContain(`'"vertio"' is not assignable to type`);
  });
});

function copyOf(example: string): string {
  const folder = join(directory, "examples", example);
  cpSync(join(root, "examples", example), folder, {
    recursive: true,
    filter: (source) => !source.includes("node_modules"),
  });
  return folder;
}

/** Libraries are checked too: the package's own declarations are among them. */
function compile(compiler: string, folder: string): Promise<Finished> {
  return compileProject(compiler, folder, "--skipLibCheck", "false");
}

/** The declaration files that a file leads to, and the packages that these import. */
function reachable(entry: string): { readonly files: readonly string[]; readonly packages: readonly string[] } {
  const files = new Set([entry]);
  const packages = new Set<string>();
  for (const file of files) {
    for (const [, target = ""] of readFileSync(file, "utf8").matchAll(/(?:from |import\()["']([^"']+)["']/g)) {
      if (target.startsWith(".")) files.add(declarationOf(resolve(dirname(file), target)));
      else packages.add(target);
    }
  }
  return { files: [...files], packages: [...packages] };
}

function declarationOf(path: string): string {
  const file = [`${path}.d.ts`, join(path, "index.d.ts")].find(existsSync);
  if (file === undefined) throw new Error(`${path} has no declarations`);
  return file;
}
