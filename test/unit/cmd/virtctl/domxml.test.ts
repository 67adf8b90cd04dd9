import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ClaimStore, VolumePreparer } from "../../../../provider/agent/volumes";
import type { RunCommand } from "../../../../provider/agent/volumes/run-command";
import type { VirtualMachine } from "../../../../provider/api/v1alpha1/virtual-machine";
import { systemVolumes } from "../../../../provider/cmd/virt-local/volume-directory";
import { domxml } from "../../../../provider/cmd/virtctl/domxml";
import { placeholderFacts, withUid } from "../../../../provider/cmd/virtctl/machine-placeholders";
import { parseDomain } from "../../../../provider/core/convert";
import { buildVirtualMachine } from "../../../builders/virtual-machine";
import { ManifestFolder, machine, offlineMachine, preset, secret, together } from "./fixtures";

const folder = new ManifestFolder();

function run(manifest: string, flags: { name?: string; domainType?: "kvm" | "qemu" } = {}) {
  const filename = [folder.put("vm.yaml", manifest)];
  const { stdout, stderr, exitCode } = domxml({ filename, domainType: "kvm", ...flags });
  return { stdout, stderr: folder.short(stderr), exitCode };
}

const domain = (manifest: string, flags = {}) => {
  const { stdout, stderr } = run(manifest, flags);
  expect(stderr).toBe("");
  return parseDomain(stdout);
};

describe("virtctl domxml", () => {
  it("prints the document of the one machine, with the presets and the defaults", () => {
    const made = domain(together(machine, secret, preset("m1.small", "{cpu: {cores: 3}}")));
    expect(made).toMatchObject({
      type: "kvm",
      name: "default_web",
      memory: { unit: "KiB", value: 65_536n },
      vcpu: { value: 3 },
      os: { type: { machine: "q35" } },
    });
  });

  it("prints the same bytes every time, and others for another machine", () => {
    expect(run(machine).stdout).toBe(run(machine).stdout);
    const [one, other] = [domain(machine), domain(machine.replace("name: web", "name: db"))];
    expect(one?.uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(other?.uuid).not.toBe(one?.uuid);
  });

  it("keeps the UID of an object that has one", () => {
    const uid = "f4686d2c-6e8d-4335-b8fd-81bee22f4814";
    expect(domain(machine.replace("name: web", `name: web, uid: ${uid}`))?.uuid).toBe(uid);
  });

  it("prints the machine of a template under its owner's name", () => {
    expect(domain(offlineMachine)).toMatchObject({ name: "default_db" });
  });

  it("asks which one when there are several, and takes a name with or without its namespace", () => {
    const both = together(machine, offlineMachine);
    expect(run(both)).toEqual({
      stdout: "",
      stderr:
        "the input has several machines; choose one with --name NAME or --name NAMESPACE/NAME: VirtualMachine/web, OfflineVirtualMachine/default/db\n",
      exitCode: 1,
    });
    expect(domain(both, { name: "db" })).toMatchObject({ name: "default_db" });
    expect(domain(both, { name: "default/web" })).toMatchObject({ name: "default_web" });
    expect(run(both, { name: "nobody" }).stderr).toMatch(/^no single machine is called "nobody"; choose one/);
    expect(run(secret)).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^the input has no machine/) });
  });

  it("says in the file what the node could not do, also in a template", () => {
    const hyperv = (text: string) => text.replace("memory: 64Mi}", "memory: 64Mi}}, features: {hyperv: {vpindex: {}}");
    expect(run(hyperv(offlineMachine), { domainType: "qemu" })).toMatchObject({
      stdout: "",
      stderr: expect.stringMatching(
        /^vm\.yaml:9:\d+: OfflineVirtualMachine\/default\/db: spec\.template\.spec\.domain\.features\.hyperv\.vpindex: needs KVM/,
      ),
      exitCode: 1,
    });
    expect(run(hyperv(offlineMachine)).exitCode).toBe(0);
    const ide = run(machine.replace("volumeName: root}", "volumeName: root, disk: {bus: ide}}"));
    expect(ide.stderr).toContain("spec.domain.devices.disks[0].disk.bus");
    expect(ide.exitCode).toBe(1);
  });

  it("refuses a faulty machine, a faulty preset and presets that disagree; faults of other machines are not its own", () => {
    expect(run(machine.replace("volumeName: root", "volumeName: rot"))).toMatchObject({ stdout: "", exitCode: 1 });
    expect(run(together(machine, preset("a", "{cpu: {cores: 0}}")))).toMatchObject({ stdout: "", exitCode: 1 });
    const disagreeing = together(machine, preset("a", "{cpu: {cores: 1}}"), preset("b", "{cpu: {cores: 2}}"));
    expect(run(disagreeing)).toMatchObject({ stdout: "", exitCode: 1 });
    const other = machine.replace("name: web", "name: db").replace("volumeName: root", "volumeName: rot");
    expect(run(together(machine, other), { name: "web" }).exitCode).toBe(0);
    expect(run("kind: [\n")).toMatchObject({ stdout: "", exitCode: 2 });
  });
});

/** In place of qemu-img and genisoimage: makes the file that it is told to. */
const touch: RunCommand = (_command, args) => {
  const marks = [args.indexOf("-o"), args.indexOf("--")];
  return writeFile(args[Math.max(...marks) + 1] ?? "", "");
};

describe("the made-up places of volumes", () => {
  const root = mkdtempSync(join(tmpdir(), "volumes-"));
  afterAll(() => rmSync(root, { recursive: true }));

  it("are those that the node agent lays out below its folder of disks", async () => {
    const vm: VirtualMachine = withUid(
      buildVirtualMachine({
        spec: {
          volumes: [
            { name: "claim", persistentVolumeClaim: { claimName: "tiny" } },
            { name: "locked", persistentVolumeClaim: { claimName: "tiny", readOnly: true } },
            { name: "overlay", ephemeral: { persistentVolumeClaim: { claimName: "tiny" } } },
            { name: "scratch", emptyDisk: { capacity: "1Gi" } },
            { name: "seed", cloudInitNoCloud: { userData: "#!/bin/sh" } },
          ],
        },
      }),
    );
    const image = folder.put("tiny.img", "\0".repeat(4096));
    const claims = new ClaimStore({ root, run: (_command, args) => writeFile(args.at(-1) ?? "", "\0".repeat(4096)) });
    await claims.import({ file: image, namespace: "default", claim: "tiny" });
    const preparer = new VolumePreparer({ root, claims, run: touch });
    const { uid = "", namespace = "", name = "" } = vm.metadata;
    const prepared = await preparer.prepare({ uid, namespace, name }, vm.spec.volumes ?? [], async () => undefined);
    const made = JSON.stringify(placeholderFacts(vm, "kvm").volumes).replaceAll(systemVolumes, root);
    expect(JSON.parse(made)).toEqual(prepared);
  });
});
