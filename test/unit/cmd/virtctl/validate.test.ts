import { describe, expect, it } from "vitest";
import { validate } from "../../../../provider/cmd/virtctl/validate";
import { ManifestFolder, machine, offlineMachine, preset, secret, together } from "./fixtures";

const folder = new ManifestFolder();

function text(manifest: string) {
  const { stdout, stderr, exitCode } = validate({ filename: [folder.put("vm.yaml", manifest)], output: "text" });
  return { stdout: folder.short(stdout), stderr: folder.short(stderr), exitCode };
}

interface Cause {
  readonly type: string;
  readonly field: string;
  readonly message: string;
}
interface Item {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly allowed: boolean;
  readonly causes: readonly Cause[];
  readonly warnings: readonly Cause[];
}

function items(manifest: string): readonly Item[] {
  const { stdout } = validate({ filename: [folder.put("vm.yaml", manifest)], output: "json" });
  const answer: { readonly items: readonly Item[] } = JSON.parse(stdout);
  return answer.items;
}

describe("virtctl validate", () => {
  it("refuses what Pulumi could not wait for, at its place", () => {
    const asking = machine.replace(/^metadata: *\{/m, 'metadata: {annotations: {pulumi.com/waitFor: "tcp:0"}, ');
    const { stdout, exitCode } = text(asking);
    expect(stdout).toMatch(
      /VirtualMachine\/web: metadata\.annotations\["pulumi\.com\/waitFor"\]: "tcp:0": the port must be/,
    );
    expect(exitCode).toBe(1);
  });

  it("points at every fault in the file, and sums up", () => {
    expect(
      text(
        machine
          .replace("volumeName: root", "volumeName: rot")
          .replace("resources:", "cpu: {cores: 0, coars: 1}\n    resources:"),
      ),
    ).toEqual({
      stdout: `vm.yaml:6:18: VirtualMachine/web: spec.domain.cpu.cores: 0: must be at least 1
vm.yaml:6:21: VirtualMachine/web: spec.domain.cpu.coars: 1: unknown field (known: cores)
vm.yaml:9:40: VirtualMachine/web: spec.domain.devices.disks[0].volumeName: "rot": names no volume in spec.volumes (volumes: root)
1 object, 0 allowed, 1 refused (3 faults), 0 warnings
`,
      stderr: "",
      exitCode: 1,
    });
  });

  it("answers programs in JSON of a fixed shape", () => {
    const { stdout, exitCode } = validate({ filename: [folder.put("vm.yaml", machine)], output: "json" });
    expect(JSON.parse(stdout)).toEqual({
      items: [
        {
          apiVersion: "kubevirt.io/v1alpha1",
          kind: "VirtualMachine",
          namespace: "",
          name: "web",
          allowed: true,
          causes: [],
          warnings: [],
        },
      ],
    });
    expect(exitCode).toBe(0);
    expect(items(machine.replace("volumeName: root", "volumeName: rot"))[0]).toMatchObject({
      allowed: false,
      causes: [
        {
          type: "FieldValueInvalid",
          field: "spec.domain.devices.disks[0].volumeName",
          message: 'spec.domain.devices.disks[0].volumeName: "rot": names no volume in spec.volumes (volumes: root)',
        },
      ],
    });
  });

  it("reports what can be read beside what cannot, and ends with 2", () => {
    const { stdout, stderr, exitCode } = text(together(machine, "kind: [\n", offlineMachine));
    expect(stderr).toMatch(/^vm\.yaml:12:1: a `]` is missing, or not indented like what it closes\n$/);
    expect(stdout).toBe("2 objects, 2 allowed, 0 refused, 0 warnings\n");
    expect(exitCode).toBe(2);
  });

  it("says nothing on standard output of an input without an object", () => {
    expect(text("# nothing\n")).toEqual({
      stdout: "",
      stderr: "vm.yaml: holds no object, only empty documents; is this the right file?\n",
      exitCode: 2,
    });
    const { stdout } = validate({ filename: [folder.put("vm.yaml", "")], output: "json" });
    expect(JSON.parse(stdout)).toEqual({ items: [] });
  });

  it("lets objects of others pass with a warning, and shows nothing of them", () => {
    const { stdout, exitCode } = text(secret);
    expect(stdout).toBe(
      'vm.yaml:2:7: Secret/credentials: warning: kind: "Secret": is not checked: it is no kind of kubevirt.io/v1alpha1\n1 object, 1 allowed, 0 refused, 1 warning\n',
    );
    expect(exitCode).toBe(0);
  });

  it.each([
    ["kubevirt.io/v1alpha1", "VirtualMachin", /did you mean `VirtualMachine`\?/],
    ["kubevirt.io/v1", "VirtualMachineInstance", /kind: "VirtualMachineInstance": must be one of/],
    ["kubevirt.io/v1alpha2", "VirtualMachine", /apiVersion: "kubevirt.io\/v1alpha2": must be kubevirt.io\/v1alpha1/],
    ["v1", "VirtualMachine", /apiVersion: "v1": must be/],
    ["kubevrt.io/v1alpha1", "VirtualMachine", /apiVersion: "kubevrt.io\/v1alpha1": must be/],
  ])("takes %s %s for a slip, not for another's kind", (apiVersion, kind, message) => {
    const [item] = items(`apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: x}\nspec: {domain: {}}\n`);
    expect(item?.allowed).toBe(false);
    expect(item?.causes.map((cause) => cause.message).join("\n")).toMatch(message);
  });

  it.each([
    ["example.com/v1", "VirtualMachine"],
    ["cdi.kubevirt.io/v1beta1", "DataVolume"],
    ["pool.kubevirt.io/v1alpha1", "VirtualMachinePool"],
    ["apps/v1", "ReplicaSet"],
  ])("takes %s %s for another's kind", (apiVersion, kind) => {
    expect(items(`apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: x}\n`)[0]).toMatchObject({
      allowed: true,
    });
  });

  it("refuses an object without a kind or an apiVersion", () => {
    expect(items("metadata: {name: x}\n")[0]?.causes[0]).toMatchObject({ type: "FieldValueRequired", field: "kind" });
    expect(items("kind: ConfigMap\n")[0]?.causes[0]).toMatchObject({ field: "apiVersion" });
  });

  it("refuses the second of two objects of one name, with the place of the first", () => {
    const twice = items(together(machine, machine.replace("name: web", "name: web, namespace: default")));
    expect(twice.map(({ allowed }) => allowed)).toEqual([true, false]);
    expect(twice[1]?.causes).toEqual([
      {
        type: "FieldValueDuplicate",
        field: "metadata.name",
        message: expect.stringContaining("vm.yaml:3:18"),
      },
    ]);
    const apart = items(together(machine, machine.replace("name: web", "name: web, namespace: prod")));
    expect(apart.map(({ allowed }) => allowed)).toEqual([true, true]);
  });

  it("refuses hostile keys", () => {
    const [item] = items(machine.replace("spec:", "__proto__: {polluted: true}\nspec:"));
    expect(item?.causes.map(({ field }) => field)).toContain("__proto__");
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it("notes words that kubectl reads otherwise than people do", () => {
    const [item] = items(machine.replace("disks:", "watchdog: {name: on, i6300esb: {}}\n      disks:"));
    expect(item?.warnings.map(({ message }) => message)).toContain(
      'spec.domain.devices.watchdog.name: `on` is read as true, as kubectl reads it; write true, or "on" in quotes for the text',
    );
  });

  it("warns of presets of the input that disagree, and refuses nothing for it", () => {
    const a = preset("a", "{cpu: {cores: 1}}");
    const b = preset("b", "{cpu: {cores: 2}}");
    const [vm, ovm] = items(together(machine, offlineMachine, a, b));
    expect(vm).toMatchObject({ allowed: true, warnings: [{ field: "spec.domain.cpu.cores" }] });
    expect(ovm).toMatchObject({ allowed: true, warnings: [{ field: "spec.template.spec.domain.cpu.cores" }] });
  });

  it("warns of a fault that a preset of the input brings, with the preset's name", () => {
    const disk = preset("disk", "{devices: {disks: [{name: data, volumeName: data}]}}");
    const [vm] = items(together(machine, disk));
    expect(vm?.allowed).toBe(true);
    expect(vm?.warnings[0]?.message).toMatch(/disks\[1]\.volumeName: "data": .*\(given by VirtualMachinePreset disk\)/);
  });

  it("does not warn of memory that a preset of the input gives", () => {
    const lacking = machine.replace("requests: {memory: 64Mi}", "");
    expect(items(lacking)[0]?.warnings).toHaveLength(1);
    expect(items(together(lacking, preset("a", "{resources: {requests: {memory: 64Mi}}}")))[0]?.warnings).toEqual([]);
  });

  it("cannot be made to print lines or colours of a manifest's own", () => {
    const { stdout } = text(machine.replace("name: web", 'name: "a\\nvm.yaml:1:1: fine\\e[31m"'));
    expect(stdout).not.toContain("\u001b");
    expect(stdout.split("\n").filter((line) => line.startsWith("vm.yaml:1:1"))).toEqual([]);
  });
});
