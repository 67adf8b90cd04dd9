/**
 * The TypeScript of a page as programs that can be compiled. A block that imports something begins a program, and the
 * blocks after it go on with that program; the first one need not import what every program here does. Each line keeps
 * its number, so that what a compiler says of a program is said of the page.
 */
import type { Page } from "./page.ts";

export interface Program {
  /** The page's path and the program's number on it: docs/virtctl.md.1.ts */
  readonly file: string;
  readonly text: string;
}

const implied = 'import * as pulumi from "@pulumi/pulumi"; import * as kubevirt from "pulumi-kubevirt"; ';

export function programsOf({ path, blocks }: Page): readonly Program[] {
  const programs: { lines: string[] }[] = [];
  for (const { language, line, text, placement } of blocks) {
    if (language !== "ts") continue;
    const own = /^import /m.test(text);
    if (own || programs.length === 0 || placement?.place === "file") programs.push({ lines: own ? [] : [implied] });
    const lines = programs.at(-1)?.lines ?? [];
    for (const [index, row] of text.trimEnd().split("\n").entries()) lines[line - 1 + index] = row;
  }
  return programs.map(({ lines }, index) => ({
    file: `${path}.${index + 1}.ts`,
    // A module even when it imports and exports nothing; the last line is no line of the page.
    text: `${Array.from(lines, (row) => row ?? "").join("\n")}\nexport {};\n`,
  }));
}
