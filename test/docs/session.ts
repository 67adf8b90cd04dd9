/**
 * A page as a session at a terminal: what its reader types, and what the page says is seen then. A block without a language
 * that follows a script is what the script prints.
 */
import { execFileSync } from "node:child_process";
import type { Block } from "./page.ts";

export type Step =
  | { readonly does: "types"; readonly block: Block; readonly commands: readonly string[] }
  | { readonly does: "sees"; readonly block: Block }
  | { readonly does: "writes"; readonly block: Block; readonly path: string };

export function sessionOf(blocks: readonly Block[]): readonly Step[] {
  return blocks.map((block): Step => {
    if (block.placement?.place === "file") return { does: "writes", block, path: block.placement.path };
    if (block.language === "sh") return { does: "types", block, commands: commandsOf(block.text) };
    if (block.language === "") return { does: "sees", block };
    throw new Error(`${block.page}:${block.line}: a reader does not know what to do with this`);
  });
}

/** The script line by line; lines that the shell takes for one command together stay together. */
function commandsOf(script: string): readonly string[] {
  const commands: string[] = [];
  let pending = "";
  for (const line of script.trimEnd().split("\n")) {
    pending += `${line}\n`;
    if (!isComplete(pending)) continue;
    commands.push(pending);
    pending = "";
  }
  if (pending !== "") throw new Error(`this command has no end: ${pending}`);
  return commands;
}

function isComplete(command: string): boolean {
  if (command.endsWith("\\\n")) return false;
  try {
    // Of a here-document without its end, bash only warns.
    return execFileSync("bash", ["-c", "bash -n 2>&1"], { input: command, encoding: "utf8" }) === "";
  } catch {
    return false;
  }
}

/**
 * The first line of what the page says that is not to be seen; undefined when all is, in this order. Each `…` stands for any
 * text, also of many lines when it is a line of its own; spaces count as one.
 */
export function unseen(said: string, output: string): string | undefined {
  let rest = squeezed(output);
  for (const line of said.split("\n")) {
    const text = squeezed(line).trim();
    if (text === "" || text === "…") continue;
    const pattern = new RegExp(text.split("…").map(escaped).join("[^\\n]*"));
    const found = pattern.exec(rest);
    if (found === null) return line;
    rest = rest.slice(found.index + found[0].length);
  }
  return undefined;
}

function squeezed(text: string): string {
  return text.replace(/[^\S\n]+/g, " ");
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
