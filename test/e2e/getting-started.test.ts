/**
 * The page "Getting started" as a newcomer follows it: its lines typed into one shell, in a home folder that has nothing but a
 * clone, and what it says is seen looked for in what is printed.
 */
import { existsSync } from "node:fs";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readPage } from "../docs/page.ts";
import { sessionOf, unseen } from "../docs/session.ts";
import { succeed } from "./support/command.ts";
import { projectRoot } from "./support/local-engine.ts";
import { Terminal } from "./support/terminal.ts";

const path = "docs/getting-started.md";
let home: string;
let terminal: Terminal;

/** What this checkout has of a clone, and what was installed and built in it, so that it is not done anew. */
async function clone(to: string): Promise<void> {
  const tracked = await succeed("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: projectRoot,
  });
  for (const file of tracked.split("\n").filter((name) => existsSync(join(projectRoot, name)))) {
    await mkdir(dirname(join(to, file)), { recursive: true });
    await cp(join(projectRoot, file), join(to, file), { preserveTimestamps: true, verbatimSymlinks: true });
  }
  await cp(join(projectRoot, "dist"), join(to, "dist"), {
    recursive: true,
    preserveTimestamps: true,
    filter: (source) => source !== join(projectRoot, "dist/images"),
  });
  await symlink(join(projectRoot, "node_modules"), join(to, "node_modules"));
}

beforeAll(async () => {
  const running = await succeed("virsh", ["--quiet", "--connect", "qemu:///system", "list", "--all", "--name"]);
  if (running.split("\n").includes("default_web"))
    throw new Error("a demo is up on this machine; end it: make demo-down");
  home = await mkdtemp(join(process.env.E2E_TMPDIR ?? "/var/tmp", "kubevirt-e2e-"));
  // QEMU's user reaches the disks in it.
  await chmod(home, 0o711);
  await clone(join(home, "pulumi-kubevirt"));
  const { KUBECONFIG, KUBEVIRT_HOME, PULUMI_HOME, PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE, ...env } = process.env;
  terminal = new Terminal({
    ...env,
    HOME: home,
    // Tools that were built once, and packages that were fetched once, are not what is tried here.
    XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"),
    npm_config_cache: join(homedir(), ".npm"),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Another engine of this machine may have the usual port.
    KUBEVIRT_PORT: "0",
  });
});

afterAll(async () => {
  if (terminal !== undefined) {
    // Nothing where the page has been followed to its end.
    await terminal.type(`cd ${home}/pulumi-kubevirt; [ ! -e ~/first ] || (cd ~/first && pulumi destroy --yes)`);
    await terminal.type("[ ! -e .demo ] || make demo-down");
    terminal.close();
  }
  if (home !== undefined) await rm(home, { recursive: true, force: true });
});

describe("a newcomer who follows the page line by line", async () => {
  const markdown = await readFile(join(projectRoot, path), "utf8");
  const sections = markdown.split(/^(?=## )/m);
  let above = 0;
  let printed = "";
  let place = "";
  for (const section of sections) {
    const [heading = ""] = section.split("\n");
    const { blocks } = readPage(path, "\n".repeat(above) + section);
    above += section.split("\n").length - 1;
    if (blocks.length === 0) continue;
    test(`sees what it says: ${heading.replace(/^#+ /, "")}`, async () => {
      const steps = sessionOf(blocks);
      for (const [index, step] of steps.entries()) {
        const at = `${path}:${step.block.line}`;
        if (step.does === "writes") await writeFile(join(place, step.path), step.block.text);
        else if (step.does === "sees") expect(unseen(step.block.text, printed), `${at}\n${printed}`).toBeUndefined();
        else {
          printed = "";
          const next = steps[index + 1];
          const fails = next?.does === "sees" && next.block.text.startsWith("error: ");
          for (const command of step.commands) {
            const { code, output } = await terminal.type(command);
            printed += `${output}\n`;
            expect(code === 0, `${at}: ${command}ended with ${code}\n${printed}`).toBe(!fails);
          }
          place = (await terminal.type("pwd")).stdout.trim();
        }
      }
    });
  }

  test("has left nothing behind but caches", async () => {
    expect(existsSync(join(home, ".kubevirt"))).toBe(false);
    expect(existsSync(join(home, "first"))).toBe(false);
    const domains = await succeed("virsh", ["--quiet", "--connect", "qemu:///system", "list", "--all", "--name"]);
    expect(domains).not.toMatch(/^default_(first|web)/m);
  });
});
