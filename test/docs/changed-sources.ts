/** The project's sources as they are when a reader has followed a page that changes them, block by block. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Page, projectRoot } from "./page.ts";

/** Throws where a block's place cannot be found. */
export function changedSources({ blocks }: Page): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const { page, line, text, placement } of blocks) {
    if (placement === undefined) continue;
    const { path } = placement;
    if (placement.place === "file") {
      files.set(path, text);
      continue;
    }
    const lines = (files.get(path) ?? readFileSync(resolve(projectRoot, path), "utf8")).split("\n");
    const find = (what: string, from = 0) => {
      const index = lines.findIndex((row, number) => number >= from && row.includes(what));
      if (index < 0) throw new Error(`${page}:${line}: ${path} has no line with ${what}`);
      return index;
    };
    const added = text.trimEnd().split("\n");
    if (placement.place === "after") lines.splice(find(placement.text) + 1, 0, ...added);
    else {
      const first = find(placement.first);
      lines.splice(first, find(placement.last, first) - first + 1, ...added);
    }
    files.set(path, lines.join("\n"));
  }
  return files;
}
