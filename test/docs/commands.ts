/**
 * What is wrong with the commands that the documentation shows: bash reads the script, virtctl knows its own command
 * lines, make has the targets, the package's configuration has the keys, and files of the project are there. What other
 * programs take is theirs.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Command, CommanderError } from "commander";
import { program } from "../../provider/cmd/virtctl/program";
import { projectRoot } from "./page.ts";
import { shellCommands } from "./shell.ts";

const makeTargets = new Set(
  [...readFileSync(resolve(projectRoot, "Makefile"), "utf8").matchAll(/^([a-z_-]+):.*## /gm)].map(([, name]) => name),
);

export function faultsOfScript(script: string): readonly string[] {
  const syntax = syntaxFault(script);
  return syntax === undefined ? shellCommands(script).flatMap(({ words }) => faultsOfCommand(words)) : [syntax];
}

/** Bash only reads the script, and runs nothing of it. */
function syntaxFault(script: string): string | undefined {
  try {
    execFileSync("bash", ["-n"], { input: script, stdio: ["pipe", "pipe", "pipe"] });
    return undefined;
  } catch (error) {
    return String((error as { stderr?: unknown }).stderr).trim();
  }
}

export function faultsOfCommand(words: readonly string[]): readonly string[] {
  const [name = "", ...args] = words;
  if (/(^|\/)virtctl$/.test(name)) return faultOfVirtctl(args);
  if (name === "make") return faultsOfMake(args);
  if (name === "pulumi") return faultsOfKeys(args);
  if (/^(\.\/)?(tools|examples|test)\//.test(name) && !existsSync(resolve(projectRoot, name)))
    return [`there is no ${name}`];
  return [];
}

function faultsOfMake(args: readonly string[]): readonly string[] {
  return args
    .filter((arg) => !arg.includes("=") && !arg.startsWith("-"))
    .filter((target) => !makeTargets.has(target))
    .map((target) => `make has no target ${target}`);
}

export function isStackKey(key: string): boolean {
  const { config } = JSON.parse(readFileSync(resolve(projectRoot, "schema.json"), "utf8"));
  return key in config.variables || key === "renderTo";
}

function faultsOfKeys(args: readonly string[]): readonly string[] {
  return args
    .flatMap((arg) => [...arg.matchAll(/^kubevirt:(\w+)$/g)].map(([, key = ""]) => key))
    .filter((key) => !isStackKey(key))
    .map((key) => `there is no configuration kubevirt:${key}`);
}

/** What virtctl itself says of its command line; nothing of it is carried out. */
function faultOfVirtctl(args: readonly string[]): readonly string[] {
  const root = muted(program());
  try {
    root.parse(args, { from: "user" });
    return [];
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? [] : [`virtctl ${args.join(" ")}: ${error.message}`];
  }
}

function muted(command: Command): Command {
  command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} });
  if (command.commands.length === 0) command.action(() => {});
  for (const child of command.commands) muted(child);
  return command;
}

/** Whether virtctl has the command that the words begin with: texts name commands without their arguments. */
export function knowsVirtctl(words: readonly string[]): boolean {
  let command: Command | undefined = program();
  for (const word of words) {
    if (command.commands.length === 0 || !/^[a-z-]+$/.test(word)) return true;
    command = command.commands.find((one) => one.name() === word);
    if (command === undefined) return false;
  }
  return true;
}

export { makeTargets };
