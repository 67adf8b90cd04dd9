/** The package as npm installs it: packed, and unpacked into the node_modules of a temporary folder. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Finished, run } from "../../../e2e/support/command";

export const root = resolve(__dirname, "../../../..");

/** The oldest and the newest TypeScript that programs may use, by version. */
export const compilers = ["tools/oldest-typescript/node_modules/typescript", "node_modules/typescript"].map(
  (folder) => {
    const { version } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as { version: string };
    return [version, join(root, folder, "lib/tsc.js")] as const;
  },
);

export class InstalledPackage {
  /** Programs in it, or below it, find the package and Pulumi's. */
  readonly directory = mkdtempSync(join(tmpdir(), "package-"));
  readonly installed = join(this.directory, "node_modules/pulumi-kubevirt");

  constructor() {
    execFileSync("npm", ["pack", "--silent", "--pack-destination", this.directory], {
      cwd: root,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const [archive = ""] = readdirSync(this.directory);
    mkdirSync(this.installed, { recursive: true });
    execFileSync("tar", [
      "--extract",
      "--strip-components=1",
      "--file",
      join(this.directory, archive),
      "--directory",
      this.installed,
    ]);
    for (const scope of ["@pulumi", "@types"])
      symlinkSync(join(root, "node_modules", scope), join(this.directory, "node_modules", scope));
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }
}

/** Runs a compiler on the project in a folder; nothing is written. */
export function compile(compiler: string, folder: string, ...flags: string[]): Promise<Finished> {
  return run(process.execPath, [compiler, "--noEmit", ...flags, "--project", folder], { cwd: folder });
}
