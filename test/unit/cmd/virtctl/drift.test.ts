import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { compareWithLive } from "../../../../provider/cmd/virtctl/drift/compare";
import { driftReport, type ObjectDrift } from "../../../../provider/cmd/virtctl/drift/report";
import {
  secretValue,
  WantedError,
  wantedOfManifests,
  wantedOfState,
} from "../../../../provider/cmd/virtctl/drift/wanted";

const folder = mkdtempSync(join(tmpdir(), "drift-"));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const object = (spec: object, metadata: object = {}) => ({ metadata: { name: "web", ...metadata }, spec });

describe("what differs", () => {
  it("is what was asked for and is otherwise or gone, and what somebody has added to a spec", () => {
    const wanted = object(
      { domain: { cpu: { cores: 1 } }, nodeSelector: { a: "1" } },
      { labels: { size: "small", gone: "x" } },
    );
    const live = object(
      { domain: { cpu: { cores: 2 } }, terminationGracePeriodSeconds: 9 },
      { labels: { size: "small", "kubevirt.io/nodeName": "n" }, annotations: { theirs: "1" } },
    );
    expect(compareWithLive(wanted, live).drift).toEqual([
      { field: "metadata.labels.gone", before: "x", after: undefined },
      { field: "spec.domain.cpu.cores", before: 1, after: 2 },
      { field: "spec.nodeSelector.a", before: "1", after: undefined },
      { field: "spec.terminationGracePeriodSeconds", before: undefined, after: 9 },
    ]);
  });

  it("is not what a preset of the cluster gave", () => {
    const annotations = { "presets.virtualmachines.kubevirt.io/provenance": '{"spec.domain.cpu.cores":"big"}' };
    expect(
      compareWithLive(object({ domain: {} }), object({ domain: { cpu: { cores: 4 } } }, { annotations })).drift,
    ).toEqual([]);
  });

  it("shows no user data, and does not compare what is encrypted", () => {
    const volumes = (userData: unknown) => object({ volumes: [{ name: "seed", cloudInitNoCloud: { userData } }] });
    expect(compareWithLive(volumes("one"), volumes("two")).drift).toEqual([
      { field: "spec.volumes[name=seed].cloudInitNoCloud.userData", before: "[secret]", after: "[secret]" },
    ]);
    expect(compareWithLive(object({ volumes: [] }), volumes("two")).drift).toEqual([
      { field: "spec.volumes[name=seed].name", before: undefined, after: "seed" },
      { field: "spec.volumes[name=seed].cloudInitNoCloud.userData", before: undefined, after: "[secret]" },
    ]);
    const secret = compareWithLive(object({ volumes: secretValue }), volumes("two"));
    expect(secret).toEqual({ drift: [], notCompared: ["spec.volumes"] });
  });
});

describe("what is wanted", () => {
  const signature = "4dabf18193072939515e22adb298388d";
  const resource = (more: object = {}) => ({
    type: "pulumi-nodejs:dynamic/kubevirt:VirtualMachine",
    inputs: { metadata: { name: "web", namespace: "team" }, spec: { domain: {} } },
    ...more,
  });
  const state = (...resources: readonly object[]) => write("state.json", JSON.stringify({ deployment: { resources } }));

  it("is read from a stack's state, without what it holds besides and what is about to go", () => {
    expect(
      wantedOfState(
        state(
          resource(),
          resource({ delete: true }),
          { type: "random:index:Id", inputs: {} },
          { type: "kubevirt:index:ConfigFile" },
        ),
      ),
    ).toEqual([expect.objectContaining({ kind: "VirtualMachine", namespace: "team", name: "web" })]);
  });

  it("has a mark in the place of a secret, in plain or not, and references where a stack has rendered", () => {
    const secret = { [signature]: "1b47061264138c4ac30d75fd1eb44270", plaintext: '"hush"' };
    const spec = { volumes: [{ name: "seed", cloudInitNoCloud: { userData: secret } }] };
    const inputs = { metadata: { name: "web", namespace: "team" }, spec };
    expect(wantedOfState(state(resource({ inputs })))[0]?.object.spec).toEqual({
      volumes: [{ name: "seed", cloudInitNoCloud: { userData: secretValue } }],
    });
    expect(wantedOfState(state(resource({ inputs: { ...inputs, renderTo: "out" } })))[0]?.object.spec).toEqual({
      volumes: [{ name: "seed", cloudInitNoCloud: { secretRef: { name: "vm-web.seed" } } }],
    });
  });

  it.each([
    ["{", /is no JSON .*pulumi stack export/],
    ["{}", /has no deployment\.resources; give it the output of: pulumi stack export/],
    ['{"deployment": {"resources": {}}}', /has no deployment\.resources/],
  ])("is refused when it is %j", (text, message) => {
    expect(() => wantedOfState(write("bad.json", text))).toThrow(WantedError);
    expect(() => wantedOfState(write("bad.json", text))).toThrow(message);
  });

  it("is what manifests say with their presets, and is refused when they are wrong", () => {
    const machine =
      "apiVersion: kubevirt.io/v1alpha1\nkind: VirtualMachine\nmetadata: {name: web, labels: {s: a}}\nspec: {domain: {}}\n";
    const preset =
      "---\napiVersion: kubevirt.io/v1alpha1\nkind: VirtualMachinePreset\nmetadata: {name: p}\nspec: {selector: {matchLabels: {s: a}}, domain: {cpu: {cores: 3}}}\n";
    const [vm, other] = wantedOfManifests([write("m.yaml", `${machine}${preset}`)]);
    expect(vm).toMatchObject({
      name: "web",
      namespace: undefined,
      object: { spec: { domain: { cpu: { cores: 3 } } } },
    });
    expect(other?.kind).toBe("VirtualMachinePreset");
    expect(() => wantedOfManifests([write("m.yaml", machine.replace("domain: {}", "domain: 1"))])).toThrow(
      /m\.yaml:4:\d+: .*domain/,
    );
    expect(() => wantedOfManifests([join(folder, "gone")])).toThrow(WantedError);
  });
});

describe("the report", () => {
  const same: ObjectDrift = {
    kind: "VirtualMachine",
    namespace: "team",
    name: "b",
    state: "same",
    drift: [],
    notCompared: ["spec.volumes"],
  };
  const changed: ObjectDrift = {
    ...same,
    name: "web",
    state: "changed",
    notCompared: [],
    drift: [
      { field: "spec.domain.cpu.cores", before: 1, after: 2 },
      { field: "metadata.labels.a", before: "x", after: undefined },
      { field: "spec.nodeSelector", before: undefined, after: { "a\nb": "c" } },
    ],
  };
  const missing: ObjectDrift = {
    ...same,
    kind: "OfflineVirtualMachine",
    name: "db",
    state: "missing",
    notCompared: [],
  };

  it("has the form of Pulumi's table", () => {
    expect(
      driftReport([missing, same, changed], "text"),
    ).toBe(`     Type                                  Name      Drift    Info
 -   kubevirt:index:OfflineVirtualMachine  team/db   missing
 ~   kubevirt:index:VirtualMachine         team/web  changed  [diff: ~spec,~metadata]

  kubevirt:index:VirtualMachine (team/web):
    ~ spec.domain.cpu.cores: 1 => 2
    - metadata.labels.a: "x"
    + spec.nodeSelector: {"a\\nb":"c"}

Not compared, since they are secret:
    kubevirt:index:VirtualMachine (team/b): spec.volumes

Resources:
    ~ 1 changed
    - 1 missing
    1 unchanged
`);
    expect(driftReport([{ ...same, notCompared: [] }], "text")).toBe("Resources:\n    1 unchanged\n");
  });

  it("is JSON for programs, and Markdown for pages", () => {
    expect(JSON.parse(driftReport([missing, changed], "json"))).toMatchObject({
      drifted: 2,
      items: [
        { state: "missing" },
        { differences: [{ path: "spec.domain.cpu.cores", wanted: 1, live: 2 }, { live: null }, { wanted: null }] },
      ],
    });
    expect(driftReport([changed, same], "markdown")).toContain("- `spec.domain.cpu.cores`: wanted `1`, live `2`\n");
    expect(driftReport([same], "markdown")).toBe("## No drift\n\n1 objects are as they should be.\n");
  });
});
