/** A folder of generated YAML files. What it wrote once it may replace and remove; files of others it leaves alone. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** A file of this name is there that was not written by this command. */
export class ForeignFolderError extends Error {}

const mark = "# Written by `virtctl manifests`, which replaces it. Do not edit.\n";

/** Throws ForeignFolderError before anything is written. */
export function writeFolder(folder: string, files: readonly NamedText[]): void {
  mkdirSync(folder, { recursive: true });
  const present = readdirSync(folder, { withFileTypes: true }).filter(
    (entry) => !entry.isFile() || entry.name.endsWith(".yaml"),
  );
  const own = present.filter(
    (entry) => entry.isFile() && readFileSync(join(folder, entry.name), "utf8").startsWith(mark),
  );
  const foreign = present.filter((entry) => !own.includes(entry) && files.some(({ name }) => name === entry.name));
  if (foreign.length > 0) {
    const names = foreign.map(({ name }) => name).join(", ");
    throw new ForeignFolderError(`${folder} has files that virtctl has not written: ${names}; name another folder`);
  }
  for (const { name } of own) if (!files.some((file) => file.name === name)) rmSync(join(folder, name));
  for (const { name, text } of files) writeFileSync(join(folder, name), `${mark}${text}`);
}
