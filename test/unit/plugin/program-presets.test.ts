import { describe, expect, it } from "vitest";
import { check } from "../../../provider/lifecycle/check";
import type { Fields } from "../../../provider/lifecycle/inputs";
import { missingPresets, ProgramPresets } from "../../../provider/plugin/program-presets";

const preset = (name: string, cores: number, size = "small", namespace = "team"): Fields => ({
  metadata: { name, namespace },
  spec: { selector: { matchLabels: { size } }, domain: { cpu: { cores } } },
});
const machine: Fields = {
  metadata: { name: "web", labels: { size: "small" } },
  spec: { domain: { resources: { requests: { memory: "64Mi" } } } },
};

/** Checks the machine as the provider does, with what the program has shown by now. */
async function checkMachine(program: ProgramPresets, urn = "web"): Promise<Fields> {
  const checkWith = async (presets: readonly Fields[]) =>
    check({ kind: "VirtualMachine", defaultNamespace: "team" }, {}, { ...machine, presets });
  const presets = program.known(urn);
  program.rememberMachine({ urn, presets, checkWith });
  return (await checkWith(presets)).inputs;
}

describe("the presets of a program", () => {
  it("reach the machines after them", async () => {
    const program = new ProgramPresets();
    expect(await program.rememberPreset("p", preset("small", 2))).toEqual([]);
    expect(await checkMachine(program)).toMatchObject({ spec: { domain: { cpu: { cores: 2 } } } });
  });

  it("name the machines before them that they concern, and no others", async () => {
    const program = new ProgramPresets();
    await checkMachine(program);
    expect(await program.rememberPreset("p", preset("small", 2))).toEqual(["web"]);
    expect(await program.rememberPreset("q", preset("large", 2, "large"))).toEqual([]);
    expect(await program.rememberPreset("r", preset("elsewhere", 2, "small", "other"))).toEqual([]);
  });

  it("may come after a machine that has them already, but not with other settings", async () => {
    const program = new ProgramPresets();
    const [first, second] = [new ProgramPresets(), new ProgramPresets()];
    for (const one of [program, first, second]) {
      await one.rememberPreset("p", preset("small", 2));
      await checkMachine(one);
    }
    expect(await first.rememberPreset("p", preset("small", 2))).toEqual([]);
    expect(await second.rememberPreset("p", preset("small", 3))).toEqual(["web"]);
  });

  it("that disagree with one another concern the machine before them, too", async () => {
    const program = new ProgramPresets();
    await program.rememberPreset("p", preset("two", 2));
    await checkMachine(program);
    expect(await program.rememberPreset("q", preset("three", 3))).toEqual(["web"]);
  });

  it("are the same for a machine that is checked twice, as in a replacement", async () => {
    const program = new ProgramPresets();
    const checkWith = async () => ({ inputs: {}, failures: [], warnings: [] });
    program.rememberMachine({ urn: "web", presets: [preset("from-the-cluster", 2)], checkWith });
    expect(program.known("web")).toEqual([preset("from-the-cluster", 2)]);
    expect(program.known("other")).toEqual([]);
  });
});

describe("presets that a run does not show", () => {
  const applied = (...names: string[]) =>
    Object.fromEntries(names.map((name) => [`virtualmachinepreset.kubevirt.io/${name}`, "kubevirt.io/v1alpha1"]));
  const olds: Fields = { metadata: { namespace: "team", annotations: applied("small", "fast") } };

  it("are those that gave the machine settings, and that nobody names", () => {
    expect(missingPresets(olds, {}, [])).toEqual(["small", "fast"]);
    expect(missingPresets(olds, {}, [preset("small", 1), preset("fast", 1, "small", "other")])).toEqual(["fast"]);
    expect(missingPresets(olds, { metadata: { annotations: applied("fast") } }, [])).toEqual(["small"]);
    expect(missingPresets({}, {}, [])).toEqual([]);
  });

  it("are looked for in templates, too", () => {
    const template = { metadata: { annotations: applied("small") } };
    expect(missingPresets({ metadata: {}, spec: { template } }, {}, [])).toEqual(["small"]);
  });
});
