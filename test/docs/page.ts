/**
 * The project's Markdown as the tests read it: pages with their code blocks, links and headings. Knows how Markdown is
 * written here, and nothing of what is in a block.
 *
 * A comment in the line above a block says what a reader does with it: `<!-- file: PATH -->`, the block is that file;
 * `<!-- in: PATH, after: TEXT -->`, it goes into that file behind the line with that text; `<!-- in: PATH, instead of: TEXT -->`
 * and `<!-- in: PATH, instead of: TEXT … TEXT -->`, it takes the place of that line, or of all lines from the one to the other.
 */
import { globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

export const projectRoot = resolve(__dirname, "../..");

export type Placement =
  | { readonly place: "file"; readonly path: string }
  | { readonly place: "after"; readonly path: string; readonly text: string }
  | { readonly place: "instead"; readonly path: string; readonly first: string; readonly last: string };

export interface Block {
  readonly page: string;
  /** Of its first line of text, counted from 1. */
  readonly line: number;
  /** What stands behind the opening fence; "" for drawings and for what a program prints. */
  readonly language: string;
  /** Without the indentation that all of its lines have, ending with a line break. */
  readonly text: string;
  readonly placement?: Placement;
}

export interface Link {
  readonly line: number;
  readonly target: string;
}

export interface Page {
  /** From the project's root. */
  readonly path: string;
  readonly blocks: readonly Block[];
  readonly links: readonly Link[];
  /** What `#…` behind the page's name may be. */
  readonly anchors: ReadonlySet<string>;
  /** Texts in back quotes outside of blocks. */
  readonly spans: readonly { readonly line: number; readonly text: string }[];
}

export function readPages(): readonly Page[] {
  return globSync(["*.md", "docs/**/*.md", "examples/**/*.md"], {
    cwd: projectRoot,
    exclude: (path) => path.includes("node_modules"),
  })
    .sort()
    .map((path) => readPage(path, readFileSync(resolve(projectRoot, path), "utf8")));
}

export function readPage(path: string, markdown: string): Page {
  const blocks: Block[] = [];
  const prose: { line: number; text: string }[] = [];
  const lines = markdown.split("\n");
  for (let index = 0; index < lines.length; index++) {
    const fence = /^(\s*)```(.*)$/.exec(lines[index] ?? "");
    if (fence === null) {
      prose.push({ line: index + 1, text: lines[index] ?? "" });
      continue;
    }
    const [, indent = "", language = ""] = fence;
    const end = lines.indexOf(`${indent}\`\`\``, index + 1);
    if (end < 0) throw new Error(`${path}:${index + 1}: the block has no end`);
    const text = lines
      .slice(index + 1, end)
      .map((line) => line.slice(Math.min(indent.length, line.length - line.trimStart().length)));
    const placement = placementOf(lines[index - 1] ?? "");
    blocks.push({
      page: path,
      line: index + 2,
      language: language.trim(),
      text: `${text.join("\n")}\n`,
      ...(placement && { placement }),
    });
    index = end;
  }
  const spans = prose.flatMap(({ line, text }) =>
    [...text.matchAll(/`([^`]+)`/g)].map(([, span = ""]) => ({ line, text: span })),
  );
  const links = prose.flatMap(({ line, text }) =>
    [...text.replace(/`[^`]*`/g, "").matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => ({ line, target })),
  );
  return { path, blocks, links, spans, anchors: anchorsOf(prose.map(({ text }) => text)) };
}

function placementOf(line: string): Placement | undefined {
  const comment = /^\s*<!-- (file|in): (.*) -->$/.exec(line);
  if (comment === null) return undefined;
  const [, word, rest = ""] = comment;
  if (word === "file") return { place: "file", path: rest };
  const [, path = "", how, what = ""] = /^([^,]+), (after|instead of): (.+)$/.exec(rest) ?? [];
  if (how === "after") return { place: "after", path, text: what };
  if (how === "instead of") {
    const [first = "", last = first] = what.split(" … ");
    return { place: "instead", path, first, last };
  }
  throw new Error(`this comment above a block says nothing: ${line}`);
}

/** As GitHub makes them of headings: small letters, no punctuation, hyphens for spaces, numbers for what is there twice. */
function anchorsOf(prose: readonly string[]): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const line of prose) {
    const [, heading] = /^#{1,6} (.+)$/.exec(line) ?? [];
    if (heading === undefined) continue;
    const slug = heading
      .toLowerCase()
      .replace(/\]\([^)]*\)/g, "")
      .replace(/[^\p{L}\p{N}_ -]/gu, "")
      .replace(/ /g, "-");
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}
