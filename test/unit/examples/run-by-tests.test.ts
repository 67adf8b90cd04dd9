/** Every example is run by some test through Pulumi's engine, on a local engine or on a cluster, and listed for readers. */
import { globSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(__dirname, "../../..");
const examples = readdirSync(join(root, "examples"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/**
 * The examples that a test opens: as a project's first text, the quickstart where it has none, or by its folder's path.
 * Comments do not count, nor do tests that start no Pulumi.
 */
function openedBy(test: string): readonly string[] {
  const code = test.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  if (!/^import .*PulumiProject/m.test(code)) return [];
  const projects = [...code.matchAll(/(?:PulumiProject\.create|PulumiProject\.createWithPlugin|\bopen)\(([^)]*)/g)];
  const named = projects.map(([, given = ""]) => /"([a-z-]+)"/.exec(given)?.[1] ?? "quickstart");
  const read = [...code.matchAll(/"examples\/([a-z-]+)/g)].map(([, name = ""]) => name);
  return [...named, ...read];
}

describe("every example", () => {
  const tests = globSync(["test/e2e/*.test.ts", "test/cluster/*.test.ts"], { cwd: root });
  const opened = new Set(tests.flatMap((test) => openedBy(readFileSync(join(root, test), "utf8"))));

  it("is opened by a test", () => {
    expect(examples.filter((name) => !opened.has(name))).toEqual([]);
  });

  it("is in the list of examples", () => {
    const list = readFileSync(join(root, "examples/README.md"), "utf8");
    expect(examples.filter((name) => !list.includes(`| [${name}](${name}/`))).toEqual([]);
  });

  it("counts only where its program is opened", () => {
    const imported = 'import { PulumiProject } from "x";\n';
    expect(
      openedBy(`${imported}// PulumiProject.create(engine, "a")\nPulumiProject.create(engine, "b", "c");`),
    ).toEqual(["b"]);
    expect(openedBy(`${imported}/** examples/a */\nawait PulumiProject.create(engine);\n"examples/d/x.ts"`)).toEqual([
      "quickstart",
      "d",
    ]);
    expect(openedBy('PulumiProject.create(engine, "b");')).toEqual([]);
  });
});
