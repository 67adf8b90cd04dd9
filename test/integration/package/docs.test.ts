/**
 * The programs in the documentation, compiled as a reader's are: against the package as npm installs it, by the oldest and
 * the newest TypeScript. The page that changes this project is followed in a copy of its sources.
 */
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { changedSources } from "../../docs/changed-sources.ts";
import { readPage, readPages } from "../../docs/page.ts";
import { type Program, programsOf } from "../../docs/programs.ts";
import { run } from "../../e2e/support/command";
import { compile, compilers, InstalledPackage, root } from "./support/installed-package";

const pages = readPages();
const addAField = pages.filter(({ path }) => path === "docs/add-a-field.md");
const programs = pages.filter((page) => !addAField.includes(page)).flatMap(programsOf);

let npm: InstalledPackage;

beforeAll(() => {
  npm = new InstalledPackage();
});

afterAll(() => npm?.remove());

/** A project with these programs, as strict as those that `pulumi new` makes. */
function project(name: string, files: readonly Program[]): string {
  const folder = join(npm.directory, name);
  for (const { file, text } of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  const compilerOptions = { target: "ES2022", module: "Node16", moduleResolution: "Node16", strict: true };
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: { ...compilerOptions, skipLibCheck: true, types: ["node"] },
      files: files.map(({ file }) => file),
    }),
  );
  return folder;
}

/** One that is wrong, for a compiler that looks at nothing would find nothing. */
const broken = readPage(
  "broken.md",
  '# Page\n\n```ts\nnew kubevirt.VirtualMachine("a", {\n  spec: { domian: {} },\n});\n```\n',
);

describe.each(compilers)("with TypeScript %s", (version, compiler) => {
  it("every program of the documentation compiles; of a block with a wrong field, the page's line is told", async () => {
    expect(programs.length).toBeGreaterThan(3);
    const { output } = await compile(compiler, project(`docs-${version}`, [...programs, ...programsOf(broken)]));
    const faults = output.split("\n").filter((line) => /^\S/.test(line));
    expect(faults).toEqual([expect.stringMatching(/^broken\.md\.1\.ts\(5,11\): error .*domian/)]);
  });
});

describe("how to add a field", () => {
  let copy: string;
  const [page] = addAField;
  if (page === undefined) throw new Error("there is no such page");
  /** What the changed virtctl says of a manifest. */
  const validate = async (text: string) =>
    (await load("validate")).validate({ filename: [written(text)], output: "text" });
  const domxml = async (text: string) =>
    (await load("domxml")).domxml({ filename: [written(text)], domainType: "qemu" });
  const load = (name: string) => import(join(copy, `provider/cmd/virtctl/${name}.ts`));
  const written = (text: string) => {
    writeFileSync(join(copy, "vm.yaml"), text);
    return join(copy, "vm.yaml");
  };

  beforeAll(() => {
    copy = join(npm.directory, "sources");
    for (const folder of ["provider", "test/builders", "tsconfig.json", "package.json"])
      cpSync(join(root, folder), join(copy, folder), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
    for (const [file, text] of changedSources(page)) {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      writeFileSync(join(copy, file), text);
    }
    const files = [...changedSources(page).keys()].filter((file) => file.endsWith(".ts"));
    const compilerOptions = { noEmit: true };
    writeFileSync(
      join(copy, "changed.json"),
      JSON.stringify({ extends: "./tsconfig.json", compilerOptions, files, include: [] }),
    );
  });

  it("changes sources that compile", async () => {
    const [, compiler = ""] = compilers.at(-1) ?? [];
    expect((await run(process.execPath, [compiler, "--project", "changed.json"], { cwd: copy })).output).toBe("");
  });

  it("ends with a field that is refused and converted as the page shows", async () => {
    const example = page.blocks.find(({ language }) => language === "yaml")?.text ?? "";
    expect((await validate(example)).stdout).toBe("1 object, 1 allowed, 0 refused, 0 warnings\n");
    const xml = page.blocks.find(({ language }) => language === "xml")?.text ?? "";
    const { stdout } = await domxml(example);
    for (const line of xml.trim().split("\n")) expect(stdout).toContain(line.trim());
    const [, fault = ""] = page.blocks.flatMap(({ text }) => /^vm\.yaml\S+ \S+ (.*)/.exec(text) ?? []);
    const tooMany = example.replace("cores: 2, threads: 2", "cores: 100, threads: 8");
    expect((await validate(tooMany)).stdout).toContain(fault);
    expect(fault).not.toBe("");
  });
});
