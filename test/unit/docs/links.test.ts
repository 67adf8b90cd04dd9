/** Links of the documentation to its own pages and to files of the project. Other addresses are not asked. */
import { existsSync, statSync } from "node:fs";
import { dirname, join, normalize, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { type Page, projectRoot, readPage, readPages } from "../../docs/page.ts";

const pages = readPages();
const byPath = new Map(pages.map((page) => [page.path, page]));

function faultsOf({ path, links, anchors }: Page): readonly string[] {
  return links.flatMap(({ line, target }) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [file = "", anchor] = target.split("#");
    const to = file === "" ? path : normalize(join(dirname(path), file));
    const known = file === "" ? anchors : byPath.get(to)?.anchors;
    const fault = (what: string) => [`${path}:${line}: ${target}: ${what}`];
    if (file !== "" && (to.startsWith("..") || !existsSync(resolve(projectRoot, to)))) return fault("is not there");
    if (file.endsWith("/") && !statSync(resolve(projectRoot, to)).isDirectory()) return fault("is no folder");
    if (anchor === undefined) return [];
    return known?.has(anchor) === true ? [] : fault("has no such heading");
  });
}

describe("the documentation's links", () => {
  it.each(pages.map((page) => [page.path, page] as const))("of %s lead somewhere", (_path, page) => {
    expect(faultsOf(page)).toEqual([]);
  });

  it("lead to every page of docs from the README or from a page that it links", () => {
    const reached = new Set(["README.md"]);
    for (const path of reached) {
      for (const { target } of byPath.get(path)?.links ?? []) {
        const to = normalize(join(dirname(path), target.replace(/#.*/, "")));
        if (byPath.has(to)) reached.add(to);
        else if (existsSync(resolve(projectRoot, to)) && statSync(resolve(projectRoot, to)).isDirectory())
          for (const { path: page } of pages) if (dirname(page) === normalize(to).replace(/\/$/, "")) reached.add(page);
      }
    }
    expect(pages.map(({ path }) => path).filter((path) => !reached.has(path))).toEqual([]);
  });

  it("that lead nowhere are found", () => {
    const page = readPage(
      "docs/page.md",
      "# One `thing`, twice\n[a](nowhere.md) [b](#one-thing-twice) [c](#two) [d](concepts.md#nothing)\n",
    );
    expect(faultsOf(page)).toEqual([
      "docs/page.md:2: nowhere.md: is not there",
      "docs/page.md:2: #two: has no such heading",
      "docs/page.md:2: concepts.md#nothing: has no such heading",
    ]);
  });
});
