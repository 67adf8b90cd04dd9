/** The release of this package, from its package.json. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** From dist/provider/cmd to the package's folder. */
const manifest: unknown = JSON.parse(readFileSync(join(__dirname, "../../../package.json"), "utf8"));

export const version: string =
  typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "unknown";
