import { describe, expect, it } from "vitest";
import { autoName } from "../../../provider/lifecycle/auto-name";
import { nameByRules } from "../../../provider/lifecycle/naming-rules";

const urn = "urn:pulumi:dev::shop::pulumi-nodejs:dynamic/kubevirt:VirtualMachine::web";
const settings: Readonly<Record<string, string>> = { region: "north", "app:tier": "front" };
const stack = { organization: "acme", project: "shop", stack: "dev", config: (key: string) => settings[key] };
/** Expressions in a pattern are in angle brackets here. */
const patternOf = (text: string) => text.replaceAll("<", "${").replaceAll(">", "}");
const nameBy = (rules: unknown, of = urn) =>
  nameByRules(rules, { kind: "VirtualMachine", name: "web", urn: of }, stack);

describe("names by pulumi:autonaming", () => {
  it.each([
    ["nothing is set", undefined],
    ["the mode is default", { mode: "default" }],
    ["other providers have rules", { providers: { aws: { mode: "verbatim" } } }],
  ])("are those without it where %s", (_what, rules) => {
    expect(nameBy(rules)).toBe(autoName("web", urn));
  });

  it("are the resources' own, or none", () => {
    expect(nameBy({ mode: "verbatim" })).toBe("web");
    expect(nameBy({ mode: "disabled" })).toBeUndefined();
  });

  it.each([
    ["<organization>-<project>-<stack>-<name>", "acme-shop-dev-web"],
    ["<name>-<config.region>-<config.app:tier>", "web-north-front"],
    ["<name>-<config.none>-<other>-<hex>", "web-<config.none>-<other>-<hex>"],
  ])("have %s filled in", (pattern, name) => {
    expect(nameBy({ pattern: patternOf(pattern) })).toBe(patternOf(name));
  });

  it.each([
    ["<name>-<hex(5)>", /^web-[0-9a-f]{5}$/],
    ["<name>-<alphanum(40)>", /^web-[a-z0-9]{40}$/],
    ["<string(4)><num(4)>", /^[a-z]{4}[0-9]{4}$/],
    ["<uuid>", /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/],
  ])("are the same in every run for %s, and others for other resources", (pattern, shape) => {
    const name = nameBy({ pattern: patternOf(pattern), enforce: true });
    expect(name).toMatch(shape);
    expect(nameBy({ pattern: patternOf(pattern) })).toBe(name);
    expect(nameBy({ pattern: patternOf(pattern) }, `${urn}2`)).not.toBe(name);
  });

  it("follow what is said of the type before what is said of the provider, and that before the rest", () => {
    const ofProvider = {
      mode: "verbatim",
      resources: { "kubevirt:index:VirtualMachine": { pattern: patternOf("vm-<name>") } },
    };
    expect(nameBy({ mode: "disabled", providers: { kubevirt: ofProvider } })).toBe("vm-web");
    expect(nameBy({ mode: "disabled", providers: { kubevirt: { mode: "verbatim", resources: {} } } })).toBe("web");
    expect(nameBy({ mode: "disabled", providers: { kubevirt: {} } })).toBeUndefined();
  });
});
