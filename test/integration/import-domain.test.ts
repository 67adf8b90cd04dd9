/** `virtctl import-domain` on real libvirt: foreign domains, defined and running, and what libvirt itself adds to them. */
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { convertVirtualMachine, printDomain } from "../../provider/core/convert";
import { renderFieldError } from "../../provider/core/field-error";
import type { DomainRef, Hypervisor } from "../../provider/libvirt/hypervisor";
import { connectLibvirt } from "../../provider/libvirt/libvirt-hypervisor";
import { buildMachineFacts } from "../builders/machine-facts";
import { buildVirtualMachine } from "../builders/virtual-machine";

const virtctl = join(process.cwd(), "dist/bin/virtctl");
const run = (args: readonly string[], input?: string) => {
  const { status, stdout, stderr } = spawnSync(virtctl, args, {
    encoding: "utf8",
    ...(input === undefined ? {} : { input }),
  });
  return { status, stdout, stderr };
};

let hypervisor: Hypervisor;
let folder = "";
const made: DomainRef[] = [];

beforeAll(async () => {
  hypervisor = await connectLibvirt();
  folder = mkdtempSync(join("/var/tmp", "import-"));
  spawnSync("chmod", ["711", folder]);
  writeFileSync(join(folder, "disk.img"), Buffer.alloc(1024 * 1024), { mode: 0o666 });
});

afterAll(async () => {
  for (const domain of made) {
    await hypervisor.destroy(domain);
    await hypervisor.undefine(domain);
  }
  await hypervisor?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function define(
  name: string,
  parts: { type?: string; devices?: string; more?: string } = {},
): Promise<DomainRef> {
  const { type = "qemu", devices = "", more = "" } = parts;
  const xml = `<domain type="${type}"><name>${name}</name><memory unit="MiB">48</memory><vcpu>1</vcpu>
    <os><type arch="x86_64" machine="q35">hvm</type></os><features><acpi/></features>${more}
    <devices><disk type="file" device="disk"><driver name="qemu" type="raw"/><source file="${folder}/disk.img"/><target dev="vda" bus="virtio"/></disk>
    <serial type="pty"/><graphics type="vnc"><listen type="socket"/></graphics><video><model type="vga"/></video>${devices}</devices></domain>`;
  const domain = await hypervisor.define(xml);
  made.push(domain);
  return domain;
}

const named = (what: string) => `import-${what}-${randomUUID().slice(0, 8)}`;
const lostPaths = (manifest: string) => [...manifest.matchAll(/^# Lost: (\S+):/gm)].map(([, path]) => path ?? "");

describe("virtctl import-domain", () => {
  it("writes a manifest of a domain that runs, which validate accepts, and loses its disk's file alone", async () => {
    const name = named("plain");
    const domain = await define(name);
    await hypervisor.start(domain, { paused: true });
    const { status, stdout, stderr } = run(["import-domain", name]);
    expect(status, stderr).toBe(0);
    expect(lostPaths(stdout)).toEqual(["/domain/devices/disk/source/@file"]);
    expect(stdout).toContain("memory: 48Mi");
    expect(stdout).toContain(`uuid: ${domain.uuid}`);
    expect(stdout).toContain(`virtctl image import ${folder}/disk.img --name ${name}-vda`);
    expect(stderr).toMatch(/^1 thing is lost:\n/);
    expect(run(["validate", "-f", "-"], stdout)).toMatchObject({ status: 0 });
  });

  it("names what the API has no word for, as libvirt spells it", async () => {
    const name = named("rich");
    await define(name, {
      more: "<cpu><topology sockets='1' cores='1' threads='1'/></cpu><clock offset='localtime'/>",
      devices: `<interface type="user"><model type="e1000e"/></interface><sound model="ich9"/><rng model="virtio"><backend model="random">/dev/urandom</backend></rng>
        <channel type="unix"><target type="virtio" name="org.qemu.guest_agent.0"/></channel><input type="tablet" bus="usb"/><watchdog model="i6300esb" action="poweroff"/>`,
    });
    const { status, stdout } = run(["import-domain", name, "--name", "mine", "--namespace", "team"]);
    expect(status).toBe(0);
    expect(stdout).toContain("name: mine\n  namespace: team\n");
    expect(stdout).toContain("action: poweroff");
    expect(lostPaths(stdout)).toEqual([
      "/domain/clock/@offset",
      "/domain/devices/disk/source/@file",
      "/domain/devices/interface/@type",
      "/domain/devices/interface/mac",
      "/domain/devices/interface/model/@type",
      "/domain/devices/channel",
      "/domain/devices/input[1]",
      "/domain/devices/sound",
      "/domain/devices/rng",
    ]);
    expect(run(["validate", "-f", "-"], stdout)).toMatchObject({ status: 0 });
  });

  it("takes what libvirt adds to a machine of this project for nothing that is lost", async () => {
    const uuid = randomUUID();
    const name = named("own");
    const vm = buildVirtualMachine({
      metadata: { name, namespace: "team", uid: uuid },
      domain: {
        cpu: { cores: 2 },
        resources: { requests: { memory: "64Mi" }, limits: { cpu: "1500m" } },
        clock: { utc: { offsetSeconds: 60 }, timer: { rtc: { tickPolicy: "catchup" }, hpet: { present: false } } },
        features: { apic: {}, hyperv: { relaxed: {}, spinlocks: { spinlocks: 8191 } } },
        devices: {
          watchdog: { name: "dog", i6300esb: { action: "poweroff" } },
          disks: [
            { name: "root", volumeName: "root", disk: { bus: "virtio" } },
            { name: "data", volumeName: "data", disk: { bus: "scsi" } },
            { name: "media", volumeName: "media", cdrom: { bus: "sata" } },
          ],
        },
      },
      spec: {
        volumes: ["root", "data", "media"].map((volume) => ({
          name: volume,
          persistentVolumeClaim: { claimName: volume },
        })),
      },
    });
    const source = { kind: "file", path: join(folder, "disk.img"), format: "raw" } as const;
    const facts = buildMachineFacts({
      uuid,
      domainType: "qemu",
      volumes: { root: source, data: source, media: source },
    });
    const conversion = convertVirtualMachine(vm, facts);
    if (!conversion.ok) throw new Error(conversion.errors.map(renderFieldError).join("\n"));
    const document = printDomain(conversion.domain);
    made.push(await hypervisor.define(document));
    const fromLibvirt = run(["import-domain", uuid]);
    const fromDocument = run(["import-domain", "--xml", "-"], document);
    expect(fromLibvirt.status, fromLibvirt.stderr).toBe(0);
    // libvirt writes down which version of a machine type it has taken.
    const unversioned = (text: string) => text.replace(/pc-q35-[\w.+-]+/, "q35");
    expect(unversioned(fromLibvirt.stdout)).toBe(fromDocument.stdout);
    expect(lostPaths(fromLibvirt.stdout).filter((path) => !/\/source\/@file$/.test(path))).toEqual(["/domain/memtune"]);
  });

  it("reads a document from a file or a pipe, with the same answer as for the domain", async () => {
    const name = named("file");
    const domain = await define(name);
    const xml = await hypervisor.domainDefinition(domain);
    const file = join(mkdtempSync(join(tmpdir(), "xml-")), "domain.xml");
    writeFileSync(file, xml);
    const fromLibvirt = run(["import-domain", domain.uuid]);
    expect(run(["import-domain", "--xml", file])).toEqual(fromLibvirt);
    expect(run(["import-domain", "--xml", "-"], xml)).toEqual(fromLibvirt);
    rmSync(file);
  });

  it("ends with 1 for what is no machine, and with 2 for what cannot be read", () => {
    expect(run(["import-domain", "no-such-domain"])).toMatchObject({
      status: 1,
      stdout: "",
      stderr: expect.stringContaining("virsh list --all"),
    });
    expect(run(["import-domain", "--xml", "-"], "<network/>")).toMatchObject({ status: 1, stdout: "" });
    expect(run(["import-domain", "--xml", "/gone"])).toMatchObject({ status: 2, stdout: "" });
    expect(run(["import-domain", "--colour", "red"])).toMatchObject({ status: 2, stdout: "" });
  });
});
