/** A manifest means here what it means to kubectl: the real one reads the same words, keys, quotes and merges. */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { parseManifest } from "../../provider/manifest";

const words = [
  ..."yes No y N on OFF true True TRUE ~ null Null yES nO oFF =".split(" "),
  ..."0777 0o17 0O17 0x1F 0X1f 0b101 -0b11 -0x10 +0x1 08 00 0o8 0x 0b 0x_1 0b1_0 0777_7".split(" "),
  ..."+1 -1 1_000 0_7 1__0 _1 1_ a_1 1a 1,000 123456789012 0 -0".split(" "),
  ..."09.5 1. 1.5 .5 +.5 1e3 1E3 1e+3 -1.5e-3 0.1e1 1e 5e 0.0 1.0 1_0.5 NaN inf".split(" "),
  ..."12:30:45 2001-01-01 2001-01-01T00:00:00Z + -- <<x 'yes' \"0777\" !!str 1".split(/ (?!1$)/),
];

/** What kubectl makes of a document, without asking any server. */
function readByKubectl(text: string): unknown {
  const { stdout, stderr, status } = spawnSync("kubectl", ["annotate", "--local", "-f", "-", "a=b", "-o", "json"], {
    input: text,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`kubectl cannot read it: ${stderr}`);
  const object: { readonly spec: unknown } = JSON.parse(stdout);
  return object.spec;
}

const head = "apiVersion: kubevirt.io/v1alpha1\nkind: VirtualMachine\nmetadata: {name: x}\nspec:\n";

describe("a manifest", () => {
  it.each([
    ["words without quotes", words.map((word, index) => `  k${index}: [${word}]\n`).join("")],
    ["keys", "  yes: 1\n  0x10: 2\n  1.5: 3\n  'no': 4\n"],
    ["merges", "  a: &a {x: 1, y: 1}\n  b: &b {y: 2, z: 2}\n  c: {<<: [*a, *b], z: 3}\n  d: {<<: *a, x: 9}\n"],
    ["texts", "  a: |\n    x\n     y\n\n  b: >-\n    x\n    y\n  c: \"\\u00e9\\n\\t\"\n  d: 'it''s'\n  e: x\n   y\n"],
  ])("has the %s that kubectl reads", (_what, spec) => {
    const { objects, faults } = parseManifest(`${head}${spec}`, "x.yaml");
    expect(faults).toEqual([]);
    expect(objects[0]?.object.spec).toEqual(readByKubectl(`${head}${spec}`));
  });
});
