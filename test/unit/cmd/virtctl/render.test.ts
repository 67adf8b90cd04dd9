import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { render } from "../../../../provider/cmd/virtctl/render";
import { readManifests } from "../../../../provider/manifest";
import { ManifestFolder, machine, offlineMachine, preset, secret, together } from "./fixtures";

const folder = new ManifestFolder();

function run(manifest: string, output: "yaml" | "json" = "yaml", defaults = false) {
  const { stdout, stderr, exitCode } = render({ filename: [folder.put("in.yaml", manifest)], output, defaults });
  return { stdout, stderr: folder.short(stderr), exitCode };
}

/** What every reader of YAML makes of the answer. */
function objects(manifest: string, defaults = false) {
  const { stdout, stderr } = run(manifest, "yaml", defaults);
  expect(stderr).toBe("");
  return readManifests([folder.put("out.yaml", stdout)]).objects.map(({ object }) => object);
}

const small = preset(
  "m1.small",
  "{cpu: {cores: 1}, features: {acpi: {}}, devices: {watchdog: {name: dog, i6300esb: {action: reset}}}}",
);

describe("virtctl render", () => {
  it("puts presets into machines, says in comments where settings come from, and leaves the rest as it is", () => {
    const { stdout, exitCode } = run(together(machine, small, secret));
    expect(exitCode).toBe(0);
    expect(stdout).toBe(`apiVersion: v1
kind: Secret
metadata:
  name: credentials
stringData:
  userdata: "yes"
---
apiVersion: kubevirt.io/v1alpha1
kind: VirtualMachinePreset
metadata:
  name: m1.small
spec:
  domain:
    cpu:
      cores: 1
    devices:
      watchdog:
        i6300esb:
          action: reset
        name: dog
    features:
      acpi: {}
  selector:
    matchLabels:
      size: small
---
apiVersion: kubevirt.io/v1alpha1
kind: VirtualMachine
metadata:
  annotations:
    presets.virtualmachines.kubevirt.io/provenance: '{"spec.domain.cpu.cores":"m1.small","spec.domain.devices.watchdog":"m1.small","spec.domain.features.acpi":"m1.small"}'
    virtualmachinepreset.kubevirt.io/m1.small: kubevirt.io/v1alpha1
  labels:
    size: small
  name: web
spec:
  domain:
    cpu:
      cores: 1 # from preset m1.small
    devices:
      disks:
        - name: root
          volumeName: root
      watchdog:
        i6300esb:
          action: reset # from preset m1.small
        name: dog # from preset m1.small
    features:
      acpi: {} # from preset m1.small
    resources:
      requests:
        memory: 64Mi
  volumes:
    - ephemeral:
        persistentVolumeClaim:
          claimName: tiny
      name: root
`);
  });

  it("puts presets into templates, by the labels of the template", () => {
    const [, ovm] = objects(together(offlineMachine, small));
    expect(ovm).toMatchObject({
      kind: "OfflineVirtualMachine",
      spec: {
        template: {
          metadata: { annotations: { "virtualmachinepreset.kubevirt.io/m1.small": "kubevirt.io/v1alpha1" } },
          spec: { domain: { cpu: { cores: 1 } } },
        },
      },
    });
    expect(run(together(offlineMachine, small)).stdout).toContain("          cores: 1 # from preset m1.small\n");
  });

  it("marks a disk that a preset gives", () => {
    const disk = preset("disk", "{devices: {disks: [{name: root, volumeName: root, cdrom: {}}]}}");
    const bare = machine.replace("disks: [{name: root, volumeName: root}]", "disks: []");
    expect(run(together(bare, disk)).stdout).toContain(
      "        - cdrom: {} # from preset disk\n          name: root # from preset disk\n",
    );
  });

  it("prints JSON as one List", () => {
    const { stdout } = run(together(machine, small), "json");
    expect(JSON.parse(stdout)).toMatchObject({
      apiVersion: "v1",
      kind: "List",
      items: [{ kind: "VirtualMachinePreset" }, { kind: "VirtualMachine", spec: { domain: { cpu: { cores: 1 } } } }],
    });
  });

  it("keeps defaults out, unless they are asked for", () => {
    expect(objects(machine)[0]).not.toHaveProperty("spec.domain.machine");
    expect(objects(machine, true)[0]).toMatchObject({
      metadata: { name: "web" },
      spec: { domain: { machine: { type: "q35" }, devices: { disks: [{ disk: { bus: "sata" } }] } } },
    });
    expect(objects(offlineMachine, true)[0]).toMatchObject({
      spec: { runStrategy: "Always", template: { spec: { domain: { machine: { type: "q35" } } } } },
    });
  });

  it("prints the same bytes in whatever order the files are given and the keys are written", () => {
    const files = [machine, offlineMachine, small, secret].map((text, index) => folder.put(`${index}.yaml`, text));
    const one = render({ filename: files, output: "yaml" });
    const other = render({ filename: [...files].reverse(), output: "yaml" });
    expect(other).toEqual(one);
    expect(run(stringify(JSON.parse(run(machine, "json").stdout))).stdout).toBe(run(machine).stdout);
  });

  it("gives the same objects again for what it has printed", () => {
    const once = run(together(machine, offlineMachine, small, secret), "json").stdout;
    expect(run(once, "json").stdout).toBe(once);
  });

  it("prints nothing but the causes when presets disagree", () => {
    const conflict = together(machine, preset("a", "{cpu: {cores: 1}}"), preset("b", "{cpu: {cores: 2}}"));
    for (const output of ["yaml", "json"] as const) {
      const { stdout, stderr, exitCode } = run(conflict, output);
      expect(stdout).toBe("");
      expect(stderr).toMatch(
        /^in\.yaml:5:3: VirtualMachine\/web: spec\.domain\.cpu\.cores: preset 'a' says 1, preset 'b' says 2; .*\n$/,
      );
      expect(exitCode).toBe(1);
    }
  });

  it("prints nothing but the causes when an object, or a machine with its presets, is at fault", () => {
    const broken = run(machine.replace("volumeName: root", "volumeName: rot"));
    expect(broken).toMatchObject({ stdout: "", exitCode: 1 });
    expect(broken.stderr).toContain("spec.domain.devices.disks[0].volumeName");
    const disk = preset("disk", "{devices: {disks: [{name: data, volumeName: data}]}}");
    const merged = run(together(offlineMachine, disk));
    expect(merged).toMatchObject({ stdout: "", exitCode: 1 });
    expect(merged.stderr).toMatch(
      /OfflineVirtualMachine\/default\/db: spec\.template\.spec\.domain\.devices\.disks\[0]\.volumeName: "data": .*\(given by VirtualMachinePreset disk\)/,
    );
    expect(run("kind: [\n")).toMatchObject({ stdout: "", exitCode: 2 });
  });

  it("keeps a secret a reference, and does not repeat secret text in its causes", () => {
    const referring = machine.replace(
      "volumes: [",
      "volumes: [{name: seed, cloudInitNoCloud: {secretRef: {name: credentials}}}, ",
    );
    expect(objects(together(referring, secret))[1]).toHaveProperty("spec.volumes.0", {
      name: "seed",
      cloudInitNoCloud: { secretRef: { name: "credentials" } },
    });
    const faulty = machine.replace("volumes: [", "volumes: [{name: seed, cloudInitNoCloud: {userDatas: hunter2}}, ");
    const { stderr } = run(faulty);
    expect(stderr).toContain("userDatas");
    expect(stderr).not.toContain("hunter2");
  });

  it("prints any text so that it is read back as it was", () => {
    const values = fc.dictionary(fc.string({ minLength: 1, unit: "grapheme" }), fc.string({ unit: "grapheme" }), {
      maxKeys: 5,
    });
    fc.assert(
      fc.property(values, (data) => {
        const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" }, data };
        expect(objects(JSON.stringify(object))).toEqual([object]);
      }),
      { numRuns: 200, examples: [[{ yes: "no", __proto__x: "0777", n: "~", "<<": "1_000" }]] },
    );
  });
});
