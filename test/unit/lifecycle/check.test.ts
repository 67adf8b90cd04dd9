import { describe, expect, it } from "vitest";
import { check } from "../../../provider/lifecycle/check";
import { autonamedAnnotation, type Fields, unknownMarker } from "../../../provider/lifecycle/inputs";

const disk = { name: "root", volumeName: "root", disk: { bus: "virtio" } };
const volume = { name: "root", persistentVolumeClaim: { claimName: "tiny" } };

const machine = (changes: { metadata?: unknown; spec?: unknown; presets?: unknown } = {}): Fields => ({
  metadata: { name: "web", labels: { size: "small" } },
  spec: { domain: { resources: { requests: { memory: "64Mi" } }, devices: { disks: [disk] } }, volumes: [volume] },
  ...changes,
});
const preset = (name: string, domain: unknown, selector: unknown = { matchLabels: { size: "small" } }) => ({
  metadata: { name },
  spec: { selector, domain },
});
const checked = (news: Fields, kind = "VirtualMachine", olds: Fields = {}) =>
  check({ kind, defaultNamespace: "team" }, olds, news);
const reasons = (news: Fields, kind?: string) => checked(news, kind).failures.map(({ reason }) => reason);
const at = (value: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>(
    (found, key) => (typeof found === "object" && found !== null ? Reflect.get(found, key) : undefined),
    value,
  );

describe("check", () => {
  it("puts an object without a namespace into the connection's, and leaves another where it is", () => {
    expect(at(checked(machine()).inputs, "metadata", "namespace")).toBe("team");
    const elsewhere = machine({ metadata: { name: "web", namespace: "other" } });
    expect(at(checked(elsewhere).inputs, "metadata", "namespace")).toBe("other");
  });

  it("refuses a machine without a name, and says why there is none where Pulumi could have made one up", () => {
    const reasons = (metadata: Fields) => checked(machine({ metadata })).failures.map(({ reason }) => reason);
    expect(reasons({})).toEqual([expect.stringMatching(/^metadata\.name: must be given/)]);
    expect(reasons({ annotations: { [autonamedAnnotation]: "true" } })).toEqual([
      "metadata.name: the stack's configuration (pulumi:autonaming) lets no names be made up; give one",
    ]);
  });

  it("keeps the name that was made for a resource, whatever its URN becomes, until the program gives one", () => {
    const named = (name: string, autonamed: boolean) =>
      machine({ metadata: { name, ...(autonamed && { annotations: { [autonamedAnnotation]: "true" } }) } });
    const nameAfter = (olds: Fields, news: Fields) =>
      at(checked(news, "VirtualMachine", olds).inputs, "metadata", "name");
    expect(nameAfter(named("web-1", true), named("web-2", true))).toBe("web-1");
    expect(nameAfter(named("web-1", true), named("mine", false))).toBe("mine");
    expect(nameAfter(named("mine", false), named("web-2", true))).toBe("web-2");
    expect(nameAfter({}, named("web-2", true))).toBe("web-2");
    expect(nameAfter({ metadata: unknownMarker }, named("web-2", true))).toBe("web-2");
  });

  it("returns metadata and spec alone", () => {
    expect(Object.keys(checked({ ...machine(), __provider: "code", presets: [] }).inputs)).toEqual([
      "metadata",
      "spec",
    ]);
  });

  it("merges the program's presets and notes which gave which setting", () => {
    const { inputs, failures } = checked(machine({ presets: [preset("m1.small", { cpu: { cores: 2 } })] }));
    expect(failures).toEqual([]);
    expect(at(inputs, "spec", "domain", "cpu")).toEqual({ cores: 2 });
    const annotations = at(inputs, "metadata", "annotations");
    expect(at(annotations, "virtualmachinepreset.kubevirt.io/m1.small")).toBe("kubevirt.io/v1alpha1");
    expect(at(annotations, "presets.virtualmachines.kubevirt.io/provenance")).toBe(
      '{"spec.domain.cpu.cores":"m1.small"}',
    );
  });

  it("takes no preset of another namespace, of other labels, or that is faulty itself", () => {
    const elsewhere = { ...preset("elsewhere", { cpu: { cores: 2 } }), metadata: { name: "x", namespace: "other" } };
    const large = preset("large", { cpu: { cores: 3 } }, { matchLabels: { size: "large" } });
    const faulty = preset("faulty", { cpu: { cores: 0 } });
    const { inputs, failures } = checked(machine({ presets: [elsewhere, large, faulty, 5, null] }));
    expect(failures).toEqual([]);
    expect(at(inputs, "spec", "domain", "cpu")).toBeUndefined();
  });

  it("refuses two presets that disagree, naming both and both values", () => {
    const [reason, ...others] = reasons(
      machine({ presets: [preset("two", { cpu: { cores: 2 } }), preset("three", { cpu: { cores: 3 } })] }),
    );
    expect(others).toEqual([]);
    for (const word of ["spec.domain.cpu.cores", "two", "three", "2", "3"]) expect(reason).toContain(word);
  });

  it("names the preset that brought a fault", () => {
    const bad = preset("disks", { devices: { disks: [{ name: "data", volumeName: "nowhere", disk: {} }] } });
    expect(reasons(machine({ presets: [bad] })).join()).toMatch(/nowhere.*\(given by VirtualMachinePreset disks\)/);
  });

  it("refuses what cannot be waited for, and nothing that is not known yet", () => {
    const asking = (text: string) =>
      machine({ metadata: { name: "web", annotations: { "pulumi.com/waitFor": text } } });
    expect(reasons(asking("tcp:99999"))).toEqual([
      'metadata.annotations["pulumi.com/waitFor"]: "tcp:99999": the port must be a number from 1 to 65535, as in tcp:22',
    ]);
    expect(reasons(asking('["tcp:22", "cloud-init"]'))).toEqual([]);
    expect(reasons(asking(unknownMarker))).toEqual([]);
  });

  it("finds all faults at once, each with its path, its value and the remedy", () => {
    const wrong = machine({
      metadata: { name: "Web!" },
      spec: { domain: { cpu: { cores: 0 }, devices: { disks: [{ ...disk, volumeName: "rot" }] } }, volumes: [volume] },
    });
    const found = reasons({ ...wrong, sepc: {} });
    expect(found.length).toBe(4);
    expect(found[0]).toBe("sepc: {}: is no argument of this resource; the arguments are metadata and spec");
    for (const start of [
      'metadata.name: "Web!"',
      "spec.domain.cpu.cores: 0",
      'spec.domain.devices.disks[0].volumeName: "rot"',
    ]) {
      expect(
        found.some((reason) => reason.startsWith(start)),
        start,
      ).toBe(true);
    }
  });

  it("warns in one line that names the resource", () => {
    const { warnings, failures } = checked(machine({ spec: { domain: {} } }));
    expect(failures).toEqual([]);
    expect(warnings.length).toBe(1);
    expect(warnings[0]).toMatch(/^VirtualMachine web: spec\.domain\.resources\.requests\.memory: /);
  });

  it("does not warn of what a preset gives", () => {
    const small = preset("small", { resources: { requests: { memory: "128Mi" } } });
    expect(checked(machine({ spec: { domain: {} }, presets: [small] })).warnings).toEqual([]);
  });

  it("merges no presets into a preset", () => {
    const { inputs, failures } = checked(
      { ...preset("a", { cpu: { cores: 1 } }), presets: [preset("b", { cpu: { cores: 2 } }, undefined)] },
      "VirtualMachinePreset",
    );
    expect(failures).toEqual([]);
    expect(at(inputs, "spec", "domain", "cpu")).toEqual({ cores: 1 });
  });
});

describe("check, of a preview in which values are not known", () => {
  /** Every copy of the value with one of its parts unknown, the whole included. */
  function* withUnknown(value: unknown): Generator<unknown> {
    yield unknownMarker;
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) for (const made of withUnknown(item)) yield value.with(index, made);
    } else if (typeof value === "object" && value !== null) {
      for (const [key, item] of Object.entries(value)) {
        for (const made of withUnknown(item)) yield { ...value, [key]: made };
      }
    }
  }

  const full: Fields = machine({
    presets: [
      preset("small", { cpu: { cores: 2 }, resources: { requests: { memory: "64Mi" } }, clock: { utc: {} } }),
      preset("all", { machine: { type: "q35" } }, undefined),
    ],
  });

  it("lets every one of them pass, wherever it stands", () => {
    let variants = 0;
    for (const news of withUnknown(full)) {
      if (news === unknownMarker || typeof news !== "object" || news === null) continue;
      variants += 1;
      const { failures } = checked({ ...news });
      expect(failures, JSON.stringify(news)).toEqual([]);
    }
    expect(variants).toBeGreaterThan(30);
  });

  it("keeps metadata and spec that are unknown as a whole", () => {
    expect(checked({ ...full, metadata: unknownMarker }).inputs.metadata).toBe(unknownMarker);
    expect(checked({ ...full, spec: unknownMarker }).inputs.spec).toBe(unknownMarker);
  });

  it("still finds the faults beside them", () => {
    const news = machine({ metadata: unknownMarker, spec: { domain: { cpu: { cores: 0 } }, volumes: unknownMarker } });
    expect(reasons(news)).toEqual([expect.stringMatching(/^spec\.domain\.cpu\.cores: 0: /)]);
  });

  describe("of what makes machines", () => {
    const template = { metadata: { labels: { size: "small" } }, spec: machine().spec };
    const ovm = (changes: object = {}): Fields => ({
      metadata: { name: "web" },
      spec: { runStrategy: "Always", template, ...changes },
    });
    const withPresets = (...presets: unknown[]): Fields => ({ ...ovm(), presets });

    it("merges presets into the template, and marks it so that they are not applied to the machine again", () => {
      const { inputs, failures } = checked(
        withPresets(preset("m1.small", { cpu: { cores: 2 } })),
        "OfflineVirtualMachine",
      );
      expect(failures).toEqual([]);
      expect(at(inputs, "spec", "template", "spec", "domain", "cpu")).toEqual({ cores: 2 });
      const annotations = at(inputs, "spec", "template", "metadata", "annotations");
      expect(at(annotations, "virtualmachinepreset.kubevirt.io/m1.small")).toBe("kubevirt.io/v1alpha1");
      expect(at(inputs, "metadata", "annotations")).toBeUndefined();
    });

    it("tells conflicts of presets, and faults that a preset brings, with the template's path", () => {
      const two = withPresets(preset("a", { cpu: { cores: 1 } }), preset("b", { cpu: { cores: 2 } }));
      expect(reasons(two, "OfflineVirtualMachine")).toEqual([
        expect.stringMatching(/^spec\.template\.spec\.domain\.cpu\.cores: preset 'a' says 1, preset 'b' says 2/),
      ]);
      const extra = withPresets(preset("a", { devices: { disks: [{ name: "x", volumeName: "none" }] } }));
      expect(reasons(extra, "OfflineVirtualMachine")).toEqual([
        expect.stringMatching(/^spec\.template\.spec\.domain\.devices\.disks\[1\]\.volumeName: .*Preset a\)$/),
      ]);
    });

    it("warns of changes that a running guest does not see, in the preview", () => {
      const changed = ovm({
        template: { ...template, spec: { domain: { resources: { requests: { memory: "1Gi" } } } } },
      });
      expect(checked(changed, "OfflineVirtualMachine", ovm()).warnings).toEqual([
        "OfflineVirtualMachine web: spec.template: the change takes effect when the machine is next started",
      ]);
      expect(checked(changed, "OfflineVirtualMachine").warnings).toEqual([]);
      expect(checked(ovm({ runStrategy: "Halted" }), "OfflineVirtualMachine", ovm()).warnings).toEqual([]);
    });

    it("lets a template pass that is not known yet", () => {
      const presets = [preset("m1.small", { cpu: { cores: 2 } })];
      for (const unknown of [
        unknownMarker,
        { ...template, spec: unknownMarker },
        { ...template, metadata: unknownMarker },
      ]) {
        expect(reasons({ ...ovm({ template: unknown }), presets }, "OfflineVirtualMachine")).toEqual([]);
      }
    });
  });
});
