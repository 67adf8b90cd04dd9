/** The release of this package, from its package.json. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The package's folder is above provider/cmd, or above dist/provider/cmd. */
const file = ["../..", "../../.."].map((folder) => join(__dirname, folder, "package.json")).find(existsSync);
const manifest: unknown = file === undefined ? undefined : JSON.parse(readFileSync(file, "utf8"));

export const version: string =
  typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "unknown";
