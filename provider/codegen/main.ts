/** Writes every generated file below the folder given as the only argument (the project's root). */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { group, kinds } from "../api/v1alpha1/kinds";
import { definitionFile } from "./definition-file";
import { packageSchema } from "./package-schema";
import { referenceIndex, referenceIndexFile } from "./reference-index";
import { referenceFile, referencePage } from "./reference-page";
import { sdkTypes } from "./sdk-types";

const root = process.argv[2];
if (root === undefined) {
  process.stderr.write("usage: node main.js PROJECT_ROOT\n");
  process.exit(2);
}

/** From dist/provider/codegen to the package's folder. */
const manifest = JSON.parse(readFileSync(join(__dirname, "../../../package.json"), "utf8")) as { version: string };

const files: Readonly<Record<string, string>> = {
  "schema.json": packageSchema(manifest.version),
  "sdk/nodejs/types/input.ts": sdkTypes("input"),
  "sdk/nodejs/types/output.ts": sdkTypes("output"),
  ...Object.fromEntries(
    kinds.map((kind) => [`provider/deploy/crds/${kind.plural}.${group}.yaml`, definitionFile(kind)]),
  ),
  [referenceIndexFile]: referenceIndex(),
  ...Object.fromEntries(kinds.map((kind) => [referenceFile(kind), referencePage(kind)])),
};

for (const [path, text] of Object.entries(files)) {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  process.stdout.write(`${path}\n`);
}
