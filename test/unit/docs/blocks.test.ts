/** Every code block of the documentation but its programs, which are compiled in the integration tests. */
import { XMLValidator } from "fast-xml-parser";
import { describe, expect, it } from "vitest";
import { faultsOfCommand, faultsOfScript, knowsVirtctl, makeTargets } from "../../docs/commands.ts";
import { type Block, readPage, readPages } from "../../docs/page.ts";
import { shellCommands } from "../../docs/shell.ts";
import { faultsOfYaml } from "../../docs/yaml-blocks.ts";

const pages = readPages();

/** How a block of each language is checked. One of another language is a fault of its own. */
const checks: Readonly<Record<string, (block: Block) => readonly string[]>> = {
  ts: () => [], // test/integration/package/docs.test.ts
  yaml: faultsOfYaml,
  json: faultsOfYaml,
  sh: (block) => faultsOfScript(block.text).map((fault) => `${block.page}:${block.line}: ${fault}`),
  xml: ({ page, line, text }) => {
    const verdict = XMLValidator.validate(`<part>${text}</part>`);
    return verdict === true ? [] : [`${page}:${line}: ${verdict.err.msg}`];
  },
  dockerfile: ({ page, line, text }) =>
    text
      .trim()
      .split("\n")
      .filter((row) => !/^(FROM|COPY) \S+/.test(row))
      .map((row) => `${page}:${line}: ${row} is no instruction that is used here`),
  // Drawings, and what programs print; the commands in it that somebody has typed are commands.
  "": ({ page, line, text }) =>
    [...text.matchAll(/^\$ (.+)$/gm)].flatMap(([, command = ""]) =>
      faultsOfScript(command).map((fault) => `${page}:${line}: ${fault}`),
    ),
};

/** Pages that change the project's own sources are checked with these changed, in the integration tests. */
const changesSources = (blocks: readonly Block[]) =>
  blocks.some(({ placement }) => placement?.path.startsWith("provider/"));

function faultsOf(block: Block): readonly string[] {
  const check = checks[block.language];
  return check === undefined ? [`${block.page}:${block.line}: nothing checks ${block.language}`] : check(block);
}

describe("the documentation", () => {
  it.each(pages.filter(({ blocks }) => blocks.length > 0).map((page) => [page.path, page] as const))(
    "%s has no block with a fault",
    (_path, { blocks }) => {
      const checked = changesSources(blocks) ? blocks.filter(({ language }) => language !== "yaml") : blocks;
      expect(checked.flatMap(faultsOf)).toEqual([]);
    },
  );

  it("names no command of virtctl and no target of make that is not there", () => {
    const strange = pages.flatMap(({ path, spans }) =>
      spans.flatMap(({ line, text }) => {
        const [name = "", ...words] = text.split(" ");
        const known =
          name === "virtctl" ? knowsVirtctl(words) : name === "make" ? makeTargets.has(words[0] ?? "demo") : true;
        return known ? [] : [`${path}:${line}: ${text}`];
      }),
    );
    expect(strange).toEqual([]);
  });
});

describe("a block", () => {
  const faults = (language: string, text: string) =>
    readPage("page.md", `\`\`\`${language}\n${text}\n\`\`\`\n`).blocks.flatMap(faultsOf);

  it.each([
    ["a language that nothing checks", "cobol", "STOP RUN.", /nothing checks cobol/],
    ["a script that bash cannot read", "sh", "if true; then", /syntax error/],
    ["a command that virtctl has not", "sh", "virtctl lokal start", /unknown command 'lokal'/],
    ["an option that virtctl has not", "sh", "virtctl local start --prot 1", /unknown option '--prot'/],
    ["an option without its value", "sh", "ls | virtctl validate -f", /argument missing/],
    ["a target that make has not", "sh", "make verfiy", /no target verfiy/],
    [
      "a setting that stacks have not",
      "sh",
      "pulumi config set kubevirt:contxt lab",
      /no configuration kubevirt:contxt/,
    ],
    ["a tool that is not there", "sh", "X=$(tools/paths.sh)", /there is no tools\/paths.sh/],
    ["a command line that a person typed", "", "$ virtctl lokal start\nwhatever", /unknown command/],
    ["YAML that cannot be read", "yaml", "a: [", /page.md:2/],
    ["a key of no object", "yaml", "colour: red", /is no object/],
    [
      "a field that there is not",
      "yaml",
      "apiVersion: kubevirt.io/v1alpha1\nkind: VirtualMachine\nmetadata: { name: a }\nspec: { domian: {} }",
      /domian/,
    ],
    ["a part of a spec with a fault", "yaml", "volumes: [{ name: root, emptyDisk: { capcity: 1Gi } }]", /capcity/],
    [
      "a program with a fault",
      "yaml",
      "resources: { web: { type: kubevirt:VirtualMachine, properties: { spec: { domain: { cpu: { cores: 0 } } } } } }",
      /spec.domain.cpu.cores: 0/,
    ],
    [
      "a type that there is not",
      "yaml",
      "resources: { web: { type: kubevirt:VirtualMachin } }",
      /no type kubevirt:VirtualMachin/,
    ],
    [
      "a function that there is not",
      "yaml",
      "variables: { a: { fn::invoke: { function: kubevirt:getMachine } } }",
      /no function/,
    ],
    ["a name that there is not", "yaml", `outputs: { ip: '\${wbe.ipAddress}' }`, /nothing is named wbe/],
    ["XML that is not closed", "xml", "<vcpu>4", /./],
  ])("with %s is found", (_what, language, text, fault) => {
    expect(faults(language, text).join("\n")).toMatch(fault);
  });

  it("without a fault is not complained of", () => {
    expect(faults("yaml", "volumes: [{ name: root, emptyDisk: { capacity: 1Gi } }]")).toEqual([]);
    expect(faultsOfCommand(["virtctl", "--help"])).toEqual([]);
    expect(shellCommands("virtctl plan x.json\n").flatMap(({ words }) => faultsOfCommand(words))).toEqual([]);
  });
});
