/** The rules of the example's policy pack, on both forms of every kind. */
import { describe, expect, it } from "vitest";
import {
  imagesHaveDigests,
  kindOf,
  limitsAreSet,
  presetsSelect,
  registriesAreAllowed,
} from "../../../examples/policy-pack/rules";

const forms = ["pulumi-nodejs:dynamic/kubevirt", "kubevirt:index"];
const limits = { memory: "256Mi", cpu: "1" };
const digest = `sha256:${"0".repeat(64)}`;
const machine = (image: string, given: Readonly<Record<string, string>> = {}) => ({
  domain: { resources: { limits: given } },
  volumes: [
    { name: "seed", cloudInitNoCloud: {} },
    { name: "root", registryDisk: { image } },
  ],
});
/** The three ways to a machine, each with where its spec is. */
const ways = [
  ["VirtualMachine", "spec", (spec: unknown) => ({ spec })],
  ["OfflineVirtualMachine", "spec.template.spec", (spec: unknown) => ({ spec: { template: { spec } } })],
  ["VirtualMachineReplicaSet", "spec.template.spec", (spec: unknown) => ({ spec: { template: { spec } } })],
] as const;

it("knows the kinds of both forms, and no others", () => {
  for (const form of forms) expect(kindOf(`${form}:VirtualMachine`)).toBe("VirtualMachine");
  expect(kindOf("kubernetes:core/v1:Pod")).toBeUndefined();
  expect(limitsAreSet("kubernetes:core/v1:Pod", { spec: {} })).toEqual([]);
});

describe.each(forms)("of %s", (form) => {
  it.each(ways)("a %s needs both limits", (kind, path, wrap) => {
    const faults = (given: Readonly<Record<string, string>>) =>
      limitsAreSet(`${form}:${kind}`, wrap(machine("a", given)));
    expect(faults({})).toEqual(["memory", "cpu"].map((name) => `${path}.domain.resources.limits.${name} must be set`));
    expect(faults({ memory: "1Gi" })).toEqual([`${path}.domain.resources.limits.cpu must be set`]);
    expect(faults(limits)).toEqual([]);
  });

  it.each(ways)("a %s has images by digest", (kind, path, wrap) => {
    const faults = (image: string) => imagesHaveDigests(`${form}:${kind}`, wrap(machine(image)));
    expect(faults("r.example/a:1")).toEqual([
      `${path}.volumes[1].registryDisk.image: "r.example/a:1" must end with a digest, as in NAME@sha256:…`,
    ]);
    expect(faults("r.example/a@sha256:0")).toHaveLength(1);
    expect(faults(`r.example/a:1@${digest}`)).toEqual([]);
  });

  it.each(ways)("a %s has images of allowed registries", (kind, _path, wrap) => {
    const allowed = registriesAreAllowed(["r.example:5000", "docker.io"]);
    const refused = (image: string) => allowed(`${form}:${kind}`, wrap(machine(image))).length > 0;
    expect(["r.example:5000/a", "R.example:5000/a/b:1", "debian", "library/debian"].filter(refused)).toEqual([]);
    expect(["r.example/a", "localhost/a", "r.example:5000.evil.example/a"].filter((image) => !refused(image))).toEqual(
      [],
    );
    expect(registriesAreAllowed([])(`${form}:${kind}`, wrap(machine("debian")))[0]).toContain("no registry");
  });

  it("a preset selects", () => {
    const faults = (spec: unknown) => presetsSelect(`${form}:VirtualMachinePreset`, { spec });
    for (const selector of [undefined, {}, { matchLabels: {} }, { matchExpressions: [] }]) {
      expect(faults({ selector, domain: {} })).toHaveLength(1);
    }
    expect(faults({ selector: { matchLabels: { a: "b" } } })).toEqual([]);
    expect(faults({ selector: { matchExpressions: [{ key: "a", operator: "Exists" }] } })).toEqual([]);
  });
});
