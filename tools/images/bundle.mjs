// Bundles programs for images: bundle.mjs FOLDER PROGRAM=ENTRY.ts … writes FOLDER/PROGRAM.js, which needs Node.js and
// nothing else, and FOLDER/PROGRAM.LICENSES.txt with the licences of the packages in it. Names are kept and nothing is
// squeezed: a stack trace has to be readable.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join, relative, sep } from "node:path";
import { rolldown } from "rolldown";

const root = join(import.meta.dirname, "../..");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** An image has no package.json to read the version from. */
const fixedVersion = {
  name: "fixed-version",
  load: (id) =>
    id === join(root, "provider/cmd/version.ts") ? `export const version = ${JSON.stringify(version)};` : null,
};

/** A package that is not found would be looked for when the program runs, and an image has none. */
function refuseWarning(level, warning) {
  if (level === "warn") throw new Error(`rolldown warns: ${warning.code}: ${warning.message}`);
}

/** The folder of the package that a module is from; undefined for modules of this project. */
function packageFolder(id) {
  const path = relative(root, id.replaceAll("\0", "")).split(sep);
  const at = path.lastIndexOf("node_modules");
  if (at < 0) return undefined;
  return path.slice(0, at + (path[at + 1].startsWith("@") ? 3 : 2)).join(sep);
}

function licenceOf(folder) {
  const { name, version: packageVersion, license } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
  const texts = readdirSync(join(root, folder))
    .filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
    .sort()
    .map((file) => readFileSync(join(root, folder, file), "utf8").trim());
  if (texts.length === 0 && license === undefined) throw new Error(`${folder} tells no licence`);
  return [`${name} ${packageVersion} (${license})`, ...texts].join("\n\n");
}

async function bundle(program, entry, folder) {
  const build = await rolldown({
    cwd: root,
    input: join(root, entry),
    platform: "node",
    external: builtinModules.flatMap((name) => [name, `node:${name}`]),
    plugins: [fixedVersion],
    onLog: refuseWarning,
  });
  const file = join(folder, `${program}.js`);
  const { output } = await build.write({ file, format: "cjs", codeSplitting: false, comments: { legal: true } });
  await build.close();
  const [chunk, ...others] = output;
  if (others.length > 0) throw new Error(`${program}: more than one file: ${others.map((other) => other.fileName)}`);
  const strangers = chunk.imports.filter((name) => !name.startsWith("node:") && !builtinModules.includes(name));
  if (strangers.length > 0) throw new Error(`${program}: packages that are not bundled: ${strangers}`);
  const folders = new Set(chunk.moduleIds.map(packageFolder).filter((found) => found !== undefined));
  const licences = [...folders].sort().map(licenceOf);
  writeFileSync(join(folder, `${program}.LICENSES.txt`), `${licences.join(`\n\n${"-".repeat(80)}\n\n`)}\n`);
  console.error(`${program}.js: ${chunk.moduleIds.length} modules, ${folders.size} packages, ${Math.round(chunk.code.length / 1024)} KiB`);
}

const [folder, ...programs] = process.argv.slice(2);
for (const [program, entry] of programs.map((text) => text.split("="))) await bundle(program, entry, folder);
