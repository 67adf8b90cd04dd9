import { describe, expect, it } from "vitest";
import { changesOf, diff } from "../../../provider/lifecycle/diff";
import { type Fields, unknownMarker, urnAnnotation } from "../../../provider/lifecycle/inputs";

const spec = { domain: { cpu: { cores: 1 } }, volumes: [{ name: "a" }] };
const olds: Fields = {
  metadata: {
    name: "web",
    namespace: "default",
    uid: "u",
    labels: { a: "1" },
    annotations: { note: "x", [urnAnnotation]: "urn:1" },
  },
  spec,
  phase: "Running",
};
const news = (metadata: object = {}, changes: object = {}): Fields => ({
  metadata: { name: "web", namespace: "default", labels: { a: "1" }, annotations: { note: "x" }, ...metadata },
  spec,
  ...changes,
});
const machine = (after: Fields) => diff("VirtualMachine", olds, after);
const preset = (after: Fields) => diff("VirtualMachinePreset", olds, after);

describe("diff", () => {
  it("sees no change when nothing was asked for anew", () => {
    expect(machine(news())).toEqual({ changes: false, replaces: [], deleteBeforeReplace: true });
  });

  it.each([
    ["labels", { labels: { a: "2" } }],
    ["a label that goes", { labels: undefined }],
    ["annotations", { annotations: { note: "y" } }],
  ])("changes %s in place", (_name, metadata) => {
    expect(machine(news(metadata))).toMatchObject({ changes: true, replaces: [] });
  });

  it.each([
    ["name", { name: "other" }],
    ["namespace", { namespace: "other" }],
  ])("replaces for another %s, the old one first", (_name, metadata) => {
    expect(machine(news(metadata))).toEqual({ changes: true, replaces: ["metadata"], deleteBeforeReplace: true });
    expect(preset(news(metadata)).replaces).toEqual(["metadata"]);
  });

  it("replaces a machine for another spec, and changes a preset's in place", () => {
    const other = news({}, { spec: { domain: { cpu: { cores: 2 } }, volumes: [{ name: "a" }] } });
    expect(machine(other).replaces).toEqual(["spec"]);
    expect(preset(other)).toMatchObject({ changes: true, replaces: [] });
  });

  it("changes what makes machines in place, but for a set's selector", () => {
    const template = { spec };
    const set = { replicas: 2, selector: { matchLabels: { app: "web" } }, template };
    const asked = (changes: object) => news({}, { spec: { ...set, ...changes } });
    const diffOfSet = (after: Fields) => diff("VirtualMachineReplicaSet", { ...olds, spec: set }, after);
    expect(diffOfSet(asked({}))).toMatchObject({ changes: false });
    expect(diffOfSet(asked({ replicas: 3 }))).toMatchObject({ changes: true, replaces: [] });
    expect(diffOfSet(asked({ template: { spec: { domain: {} } } }))).toMatchObject({ changes: true, replaces: [] });
    expect(diffOfSet(asked({ selector: { matchLabels: { app: "mail" } } })).replaces).toEqual(["spec"]);
    const ovm = { ...olds, spec: { runStrategy: "Always", template } };
    const halted = news({}, { spec: { runStrategy: "Halted", template } });
    expect(diff("OfflineVirtualMachine", ovm, halted)).toMatchObject({ changes: true, replaces: [] });
  });

  it("looks at neither the order of keys nor at values that are not set", () => {
    const same = { volumes: [{ name: "a" }], domain: { cpu: { cores: 1 } }, nodeSelector: undefined };
    expect(machine(news({}, { spec: same })).changes).toBe(false);
  });

  it("takes another URN for the same machine", () => {
    expect(machine(news({ annotations: { note: "x", [urnAnnotation]: "urn:2" } })).changes).toBe(false);
  });

  it("takes a value that is not known yet for a change", () => {
    expect(machine(news({}, { spec: { ...spec, domain: unknownMarker } })).replaces).toEqual(["spec"]);
    expect(machine(news({ labels: unknownMarker }))).toMatchObject({ changes: true, replaces: [] });
  });
});

describe("changes, value by value", () => {
  const changes = (after: Fields, kind = "VirtualMachine") => changesOf(kind, olds, after);

  it("are none where nothing was asked for anew, nor for another URN", () => {
    expect(changes(news())).toEqual([]);
    expect(changes(news({ annotations: { note: "x", [urnAnnotation]: "urn:2" } }))).toEqual([]);
  });

  it("have the paths of what was added, changed and taken away, and whether that replaces the object", () => {
    const after = news(
      { labels: { "example.com/b": "2" } },
      { spec: { domain: { cpu: { cores: 2 } }, volumes: [{ name: "a" }, { name: "b" }] } },
    );
    expect(changes(after)).toEqual([
      { path: "metadata.labels.a", how: "delete", replaces: false },
      { path: 'metadata.labels["example.com/b"]', how: "add", replaces: false },
      { path: "spec.domain.cpu.cores", how: "update", replaces: true },
      { path: "spec.volumes[1]", how: "add", replaces: true },
    ]);
  });

  it("are in place for kinds whose spec may change", () => {
    const after = news({}, { spec: { ...spec, domain: { cpu: { cores: 2 } } } });
    expect(changes(after, "VirtualMachinePreset")).toEqual([
      { path: "spec.domain.cpu.cores", how: "update", replaces: false },
    ]);
  });

  it("are of the whole where it is not known yet, or was no object", () => {
    expect(changes(news({}, { spec: unknownMarker }))).toEqual([{ path: "spec", how: "update", replaces: true }]);
    expect(changes(news({}, { spec: { ...spec, domain: unknownMarker } }))).toEqual([
      { path: "spec.domain", how: "update", replaces: true },
    ]);
  });

  it("agree with the diff", () => {
    for (const after of [news(), news({ name: "other" }), news({ labels: unknownMarker }), news({}, { spec: 5 })]) {
      const { changes: differs, replaces } = machine(after);
      expect(changes(after).length > 0).toBe(differs);
      expect(changes(after).some((change) => change.replaces)).toBe(replaces.length > 0);
    }
  });
});
