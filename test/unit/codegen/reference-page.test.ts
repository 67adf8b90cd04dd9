import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { examples } from "../../../provider/api/v1alpha1/examples";
import { kinds } from "../../../provider/api/v1alpha1/kinds";
import { referenceIndex } from "../../../provider/codegen/reference-index";
import { referenceFile, referencePage } from "../../../provider/codegen/reference-page";
import { validateObject } from "../../../provider/core/validation";

const pages = new Map(kinds.map((kind) => [referenceFile(kind).replace(/^.*\//, ""), referencePage(kind)]));

function anchorsOf(page: string): ReadonlySet<string> {
  const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(([, text = ""]) => text);
  return new Set(
    headings.map((text) =>
      text
        .toLowerCase()
        .replaceAll(" ", "-")
        .replace(/[^a-z0-9-]/g, ""),
    ),
  );
}

describe.each(kinds.map((kind) => [kind.kind, kind] as const))("the page of %s", (_name, kind) => {
  const page = referencePage(kind);

  it("shows an example that is valid, without a warning", () => {
    const [, yaml = ""] = /```yaml\n(.*?)```/s.exec(page) ?? [];
    const object: unknown = parse(yaml);
    expect(object).toEqual(examples[kind.kind]);
    expect(validateObject(object)).toEqual({ errors: [], warnings: [] });
  });

  it("links to places that there are", () => {
    const links = [...page.matchAll(/\]\(([^)#]*)#([^)]*)\)/g)].map(([, file = "", anchor = ""]) => ({ file, anchor }));
    const broken = links.filter(({ file, anchor }) => !anchorsOf(pages.get(file) ?? page).has(anchor));
    expect(broken).toEqual([]);
    expect(links.filter(({ file }) => file !== "" && !pages.has(file))).toEqual([]);
  });

  it("has whole tables", () => {
    const widths = page
      .split("\n\n")
      .filter((block) => block.startsWith("|"))
      .map((block) => new Set(block.split("\n").map((line) => line.split(/(?<!\\)\|/).length)));
    expect(widths.length).toBeGreaterThan(2);
    expect(widths.filter((width) => width.size !== 1)).toEqual([]);
  });
});

describe("the pages", () => {
  it("tell a field's type, range, default and meaning", () => {
    const page = pages.get("virtualmachine.md");
    expect(page).toContain(
      "| `cpu.cores` | integer, 1 to 710 | 1 | Cores of the guest's one socket. Says nothing about scheduling: that is `resources.requests.cpu`. |",
    );
    expect(page).toContain("| **`volumeName`** | string, at most 63 characters |  | Name of the volume");
    expect(page).toContain("- `spec.domain.clock`: a clock must have one of timezone and utc, not both");
  });

  it("tell what replaces an object", () => {
    expect(pages.get("virtualmachine.md")).toMatch(/Makes another object in the place of this one: .*`spec\.domain`/);
    expect(pages.get("virtualmachinepreset.md")).toMatch(/Takes effect at once: .*`spec\.domain`/);
  });

  it("are all named by the first one, and are there", () => {
    const linked = [...referenceIndex().matchAll(/\]\(([^)/]*\.md)\)/g)].map(([, file = ""]) => file);
    expect(linked).toEqual([...pages.keys()]);
    const folder = join(__dirname, "../../../docs/reference");
    expect(linked.filter((file) => !existsSync(join(folder, file)))).toEqual([]);
  });
});
