import { describe, expect, it } from "vitest";
import { DomainImportError, importDomain } from "../../../../provider/core/domain-import";
import { validateObject } from "../../../../provider/core/validation";

/** What virt-install makes of a server, shortened where one of a kind is enough. */
const foreign = `<domain type='kvm' id='7'>
  <name>Web_Server 1</name>
  <uuid>5d307ca9-b3ef-428c-8861-06e72d69f223</uuid>
  <title>the shop</title>
  <metadata><libosinfo:libosinfo xmlns:libosinfo="http://libosinfo.org/xmlns/libvirt/domain/1.0"/></metadata>
  <memory unit='KiB'>2097152</memory>
  <currentMemory unit='KiB'>1048576</currentMemory>
  <vcpu placement='static' cpuset='0-3' current='2'>4</vcpu>
  <cputune><vcpupin vcpu='0' cpuset='1'/></cputune>
  <os firmware='efi'>
    <type arch='x86_64' machine='pc-q35-7.2'>hvm</type>
    <loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE.fd</loader>
    <boot dev='network'/>
    <boot dev='hd'/>
  </os>
  <features><acpi/><apic/><vmport state='off'/></features>
  <cpu mode='host-passthrough'><topology sockets='2' dies='1' cores='2' threads='1'/></cpu>
  <clock offset='localtime'><timer name='rtc' tickpolicy='catchup'/><timer name='tsc' mode='native'/></clock>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>restart</on_crash>
  <pm><suspend-to-mem enabled='no'/></pm>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' cache='none'/>
      <source file='/var/lib/libvirt/images/web.qcow2'/>
      <target dev='vda' bus='virtio'/>
      <serial>S1</serial>
      <boot order='2'/>
      <address type='pci' domain='0x0000' bus='0x04' slot='0x00' function='0x0'/>
    </disk>
    <disk type='network' device='disk'>
      <source protocol='rbd' name='pool/data'><host name='ceph'/></source>
      <target dev='vdb' bus='virtio'/>
      <boot order='1'/>
    </disk>
    <disk type='file' device='cdrom'><target dev='sda' bus='sata'/><readonly/></disk>
    <controller type='scsi' index='0' model='lsilogic'/>
    <controller type='usb' index='0' model='qemu-xhci'/>
    <interface type='bridge'>
      <mac address='52:54:00:12:34:56'/><source bridge='br0'/><model type='e1000e'/>
    </interface>
    <interface type='network'><source network='default'/><model type='virtio'/></interface>
    <serial type='pty'><target port='0'/></serial>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <input type='tablet' bus='usb'/>
    <input type='mouse' bus='ps2'/>
    <graphics type='spice' autoport='yes'/>
    <video><model type='qxl'/></video>
    <memballoon model='virtio'/>
    <watchdog model='i6300esb' action='pause'/>
    <hologram brightness='9'/>
  </devices>
</domain>`;

const { object, losses } = importDomain(foreign);
const lost = new Map(losses.map((loss) => [loss.path, loss]));

describe("a foreign domain", () => {
  it("becomes a machine that is accepted, with all that the API can say", () => {
    expect(validateObject(object).errors).toEqual([]);
    expect(object).toEqual({
      apiVersion: "kubevirt.io/v1alpha1",
      kind: "VirtualMachine",
      metadata: { name: "web-server-1" },
      spec: {
        domain: {
          firmware: { uuid: "5d307ca9-b3ef-428c-8861-06e72d69f223" },
          machine: { type: "pc-q35-7.2" },
          cpu: { cores: 4 },
          resources: { requests: { memory: "2Gi" } },
          features: { apic: {} },
          clock: { timer: { rtc: { tickPolicy: "catchup" } } },
          devices: {
            disks: [
              { name: "vda", volumeName: "vda", disk: { bus: "virtio" } },
              { name: "vdb", volumeName: "vdb", disk: { bus: "virtio" } },
            ],
            watchdog: { name: "watchdog", i6300esb: { action: "reset" } },
          },
        },
        volumes: [
          { name: "vda", persistentVolumeClaim: { claimName: "web-server-1-vda" } },
          { name: "vdb", persistentVolumeClaim: { claimName: "web-server-1-vdb" } },
        ],
      },
    });
  });

  it("loses what the API has no word for, each part with its place", () => {
    expect([...lost.keys()]).toEqual([
      "/domain/name",
      "/domain/title",
      "/domain/metadata",
      "/domain/currentMemory",
      "/domain/vcpu/@cpuset",
      "/domain/vcpu/@current",
      "/domain/cputune/vcpupin",
      "/domain/os/@firmware",
      "/domain/os/loader",
      "/domain/os/boot[1]/@dev",
      "/domain/os/boot[2]/@dev",
      "/domain/features/vmport",
      "/domain/cpu/@mode",
      "/domain/cpu/topology/@sockets",
      "/domain/clock/@offset",
      "/domain/clock/timer[2]",
      "/domain/on_crash",
      "/domain/pm",
      "/domain/devices/disk[1]/driver/@cache",
      "/domain/devices/disk[1]/source/@file",
      "/domain/devices/disk[1]/serial",
      "/domain/devices/disk[1]/boot/@order",
      "/domain/devices/disk[2]/source/@protocol",
      "/domain/devices/disk[2]/source/@name",
      "/domain/devices/disk[2]/source/host",
      "/domain/devices/disk[2]/boot/@order",
      "/domain/devices/disk[3]",
      "/domain/devices/controller[1]/@model",
      "/domain/devices/interface[1]/@type",
      "/domain/devices/interface[1]/mac",
      "/domain/devices/interface[1]/source",
      "/domain/devices/interface[1]/model/@type",
      "/domain/devices/interface[2]",
      "/domain/devices/channel",
      "/domain/devices/input[1]",
      "/domain/devices/graphics",
      "/domain/devices/video",
      "/domain/devices/watchdog/@action",
      "/domain/devices/hologram",
    ]);
  });

  it("says why, and what can be done", () => {
    expect(lost.get("/domain/devices/disk[1]/source/@file")).toEqual({
      path: "/domain/devices/disk[1]/source/@file",
      value: "/var/lib/libvirt/images/web.qcow2",
      why: "machines have no disks of a node; make the claim web-server-1-vda of it: virtctl image import /var/lib/libvirt/images/web.qcow2 --name web-server-1-vda",
    });
    expect(lost.get("/domain/devices/hologram")?.why).toBe("no field of a VirtualMachine says this");
    expect(lost.get("/domain/os/loader")?.why).toMatch(/UEFI has no field/);
  });
});

describe("importDomain", () => {
  it.each([
    ["<network/>", /no <domain> document/],
    ["nothing", /no <domain> document/],
    ["<domain type='lxc'><memory>1</memory></domain>", /\/domain\/@type: "lxc": only domains that QEMU runs/],
    ["<domain type='qemu'><os><type>exe</type></os><memory>1</memory></domain>", /\/domain\/os\/type: "exe"/],
    ["<domain type='qemu'/>", /\/domain\/memory: must be a size/],
    ["<domain type='qemu'><memory unit='parsec'>1</memory></domain>", /\/domain\/memory: must be a size/],
  ])("refuses %s", (xml, message) => {
    expect(() => importDomain(xml)).toThrow(DomainImportError);
    expect(() => importDomain(xml)).toThrow(message);
  });

  const least = (more: string) => `<domain type='qemu'><name>a</name><memory>65536</memory>${more}</domain>`;

  it("makes names of whatever the domain and its disks are called", () => {
    const disk = (dev: string) => `<disk type='file'><source file='/x'/><target dev='${dev}' bus='virtio'/></disk>`;
    const { object } = importDomain(least(`<devices>${disk("A B")}${disk("vda")}${disk("vda")}</devices>`), {
      name: "mine",
    });
    expect(object.metadata.name).toBe("mine");
    expect(object.spec.volumes?.map(({ name }) => name)).toEqual(["disk0", "vda", "vda-2"]);
    for (const name of ["", "...", "ÄÖ", "-".repeat(90), `x${".y".repeat(60)}`]) {
      const made = importDomain(least("").replace("<name>a</name>", `<name>${name}</name>`));
      expect(validateObject(made.object).errors).toEqual([]);
    }
  });

  it.each([
    ["<memory unit='GiB'>1</memory>", "1Gi"],
    ["<memory unit='MB'>1</memory>", "1000000"],
    ["<memory>1537</memory>", "1537Ki"],
  ])("reads %s as %s", (memory, text) => {
    const { object } = importDomain(`<domain type='qemu'><name>a</name>${memory}</domain>`);
    expect(object.spec.domain.resources?.requests).toEqual({ memory: text });
  });

  it.each([
    ["<clock offset='utc'/>", undefined],
    ["<clock offset='utc' adjustment='reset'/>", { utc: {} }],
    ["<clock offset='variable' adjustment='-60' basis='utc'/>", { utc: { offsetSeconds: -60 } }],
    ["<clock offset='timezone' timezone='Europe/Prague'/>", { timezone: "Europe/Prague" }],
  ])("reads the clock %s", (clock, read) => {
    const { object, losses } = importDomain(least(`<features><acpi/></features>${clock}`));
    expect(object.spec.domain.clock).toEqual(read);
    expect(losses).toEqual([]);
  });

  it("loses a clock that goes by the node's zone, or begins at a fixed time", () => {
    const lost = (clock: string) => importDomain(least(clock)).losses.map(({ path }) => path);
    expect(lost("<clock offset='variable' adjustment='0' basis='localtime'/>")).toContain("/domain/clock/@basis");
    expect(lost("<clock offset='absolute' start='0'/>")).toEqual(["/domain/clock/@offset", "/domain/clock/@start"]);
  });

  it("keeps a part of an element that it knows and an attribute that it does not know apart", () => {
    const { losses } = importDomain(least("<vcpu placement='static' colour='red'>1</vcpu>"));
    expect(losses).toEqual([expect.objectContaining({ path: "/domain/vcpu/@colour", value: "red" })]);
  });
});
