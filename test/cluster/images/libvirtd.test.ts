/**
 * virt-libvirtd as on a node, driven by the project's own client: machines of both types with every device that they can
 * have, and what becomes of them when it ends and starts again. Needs root and the images: `make images`.
 */
import { type ChildProcess, execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Disk } from "../../../provider/api/v1alpha1/disks";
import { convertVirtualMachine, printDomain } from "../../../provider/core/convert";
import type { DomainRef, Hypervisor } from "../../../provider/libvirt/hypervisor";
import { connectLibvirt } from "../../../provider/libvirt/libvirt-hypervisor";
import { buildMachineFacts } from "../../builders/machine-facts.ts";
import { buildVirtualMachine } from "../../builders/virtual-machine.ts";
import { succeed } from "../../e2e/support/command.ts";
import { eventually } from "../../e2e/support/wait.ts";
import { Image, textOf } from "./support/image.ts";

let image: Image;
let node: string;
let server: ChildProcess | undefined;
let said: Promise<string> | undefined;
let hypervisor: Hypervisor | undefined;

/** Folders that a node keeps, whatever becomes of the container. */
const volumes = (): readonly (readonly [string, string])[] => [
  [join(node, "state"), "/var/lib/kubevirt"],
  [join(node, "run"), "/run/libvirt"],
];

async function start(): Promise<Hypervisor> {
  server = image.spawn(["/usr/local/bin/virt-libvirtd"], { volumes: volumes(), processes: "host" });
  said = textOf(server.stderr);
  const socketPath = join(node, "run/libvirt-sock");
  hypervisor = await eventually("libvirtd answers", () => connectLibvirt({ socketPath }).catch(() => undefined));
  return hypervisor;
}

/** Ends libvirtd, and returns what it wrote to the container's log. */
async function end(signal: "SIGTERM" | "SIGKILL"): Promise<string> {
  await hypervisor?.close();
  hypervisor = undefined;
  if (server === undefined || said === undefined) throw new Error("libvirtd was not started");
  const ended = once(server, "exit");
  server.kill(signal);
  await ended;
  server = undefined;
  return said;
}

const disks: Readonly<Record<"q35" | "pc", readonly Omit<Disk, "volumeName">[]>> = {
  q35: [
    { name: "root", disk: { bus: "virtio" } },
    { name: "sata", disk: { bus: "sata" } },
    { name: "scsi", disk: { bus: "scsi" } },
    { name: "usb", disk: { bus: "usb" } },
    { name: "cdrom", cdrom: { bus: "sata" } },
    { name: "floppy", floppy: {} },
  ],
  pc: [
    { name: "root", disk: { bus: "virtio" } },
    { name: "ide", disk: { bus: "ide" } },
    { name: "cdrom", cdrom: { bus: "ide" } },
  ],
};

/** Defines a machine with one volume for each disk; `root` is the test guest. */
async function define(type: "q35" | "pc", guest: string): Promise<DomainRef> {
  const folder = join(node, "state", type);
  mkdirSync(folder);
  for (const { name } of disks[type]) {
    if (name !== "root") execFileSync("truncate", ["--size=1440K", join(folder, name)]);
  }
  const root = ["-b", guest, "-F", "qcow2", `/var/lib/kubevirt/${type}/root`];
  await image.succeed(["qemu-img", "create", "-q", "-f", "qcow2", ...root], { volumes: volumes() });
  const uid = randomUUID();
  const vm = buildVirtualMachine({
    metadata: { name: type, uid },
    domain: {
      machine: { type },
      clock: { timezone: "Europe/Prague" },
      devices: {
        disks: disks[type].map((disk) => ({ ...disk, volumeName: disk.name })),
        watchdog: { name: "dog", i6300esb: { action: "poweroff" } },
      },
    },
    spec: { volumes: disks[type].map(({ name }) => ({ name, emptyDisk: { capacity: "1440Ki" } })) },
  });
  const conversion = convertVirtualMachine(
    vm,
    buildMachineFacts({
      uuid: uid,
      mac: `52:54:00:00:00:${type === "pc" ? "01" : "02"}`,
      network: { kind: "tap", device: `kvtest-${type}`, mtu: 1450 },
      limitedBy: "pod",
      consoleLogPath: `/var/lib/kubevirt/${type}/console.log`,
      volumes: Object.fromEntries(
        disks[type].map(({ name }) => [
          name,
          {
            kind: "file",
            path: `/var/lib/kubevirt/${type}/${name}`,
            format: name === "root" ? "qcow2" : "raw",
            ...(name === "root" ? { backing: { path: guest, format: "qcow2" } } : {}),
          },
        ]),
      ),
    }),
  );
  if (!conversion.ok) throw new Error(JSON.stringify(conversion));
  if (hypervisor === undefined) throw new Error("libvirt is not connected");
  return hypervisor.define(printDomain(conversion.domain));
}

const stateOf = async (domain: DomainRef) => (await hypervisor?.domainStatus(domain))?.state;
const qemuLog = (type: string) => readFileSync(join(node, `state/libvirt/log/qemu/default_${type}.log`), "utf8");
const processOf = (type: string) => Number(readFileSync(join(node, `run/qemu/default_${type}.pid`), "utf8"));

beforeAll(async () => {
  image = await Image.unpack("virt-agent");
  node = mkdtempSync(join(tmpdir(), "kubevirt-node-"));
  for (const folder of ["state", "run"]) mkdirSync(join(node, folder));
  // QEMU is not root: it must get through.
  execFileSync("chmod", ["0711", node]);
  await start();
});

afterAll(async () => {
  if (hypervisor !== undefined) {
    for (const domain of await hypervisor.listDomains()) {
      if (domain.id > 0) await hypervisor.destroy(domain);
    }
    await end("SIGTERM");
  }
  for (const file of readdirSync(join(node, "run/qemu")).filter((name) => name.endsWith(".pid"))) {
    process.kill(Number(readFileSync(join(node, "run/qemu", file), "utf8")), "SIGKILL");
  }
  image.remove();
  rmSync(node, { recursive: true, force: true });
});

test("its sockets are for root alone", () => {
  const sockets = readdirSync(join(node, "run")).filter((name) => name.startsWith("libvirt-"));
  expect(sockets.sort()).toEqual(["libvirt-admin-sock", "libvirt-sock", "libvirt-sock-ro"]);
  for (const socket of sockets) expect(statSync(join(node, "run", socket)).mode & 0o777).toBe(0o700);
});

test.runIf(existsSync("/dev/kvm"))("QEMU may open /dev/kvm, and the node's own is left as it was", () => {
  const before = statSync("/dev/kvm");
  const inside = statSync(`/proc/${server?.pid}/root/dev/kvm`);
  const openToAll = (before.mode & 0o006) === 0o006;
  if (!openToAll) expect({ mode: inside.mode & 0o777, gid: inside.gid }).toEqual({ mode: 0o660, gid: 64055 });
  expect(inside.rdev).toBe(before.rdev);
});

describe("machines", () => {
  const machines = new Map<"q35" | "pc", DomainRef>();

  test.each(["q35", "pc"] as const)("a machine of type %s with every device it can have boots", async (type) => {
    const recipe = resolve(__dirname, "../../fixtures/guest/ensure.sh");
    const guest = join(node, "state/guest.qcow2");
    if (!existsSync(guest)) execFileSync("cp", [await succeed(recipe, []), guest]);
    const defined = await define(type, "/var/lib/kubevirt/guest.qcow2");
    const started = await hypervisor?.start(defined, { paused: true });
    if (started === undefined) throw new Error("libvirt is not connected");
    machines.set(type, started);
    expect(await stateOf(started)).toBe("paused");
    await hypervisor?.resume(started);
    const printed = join(node, "state", type, "console.log");
    const booted = async () => (readFileSync(printed, "utf8").includes("guest: boot") ? true : undefined);
    await eventually("the guest's first line", booted);
    expect(qemuLog(type)).toContain("TZ=Europe/Prague");
    expect(qemuLog(type)).not.toMatch(/could not|failed|no such file|not found/i);
    expect(statSync(`/proc/${processOf(type)}`).uid).toBe(64055);
  });

  test("somebody can be at their consoles", async () => {
    for (const domain of machines.values()) {
      const line = await hypervisor?.openConsole(domain, "ifFree");
      expect(line?.writable).toBe(true);
      line?.destroy();
    }
  });

  test.each(["SIGKILL", "SIGTERM"] as const)(
    "they go on when libvirtd gets %s, and a new container takes them up",
    async (signal) => {
      const before = [...machines.keys()].map(processOf);
      await end(signal);
      // Whose number is in there by now is nobody's business: here, this test's.
      writeFileSync(join(node, "run/libvirtd.pid"), `${process.pid}\n`);
      await start();
      for (const domain of machines.values()) expect(await stateOf(domain)).toBe("running");
      expect([...machines.keys()].map(processOf)).toEqual(before);
      for (const pid of before) expect(readFileSync(`/proc/${pid}/comm`, "utf8")).toMatch(/^qemu-system/);
    },
  );

  test("a machine that was taken up can be ended, and its card goes with it", async () => {
    const domain = machines.get("pc");
    if (domain === undefined) throw new Error("the machine did not start");
    const cards = () => readFileSync(`/proc/${server?.pid}/net/dev`, "utf8");
    await hypervisor?.destroy(domain);
    expect(await stateOf(domain)).toBe("shutoff");
    expect(cards()).not.toContain("kvtest-pc");
  });
});

test("what QEMU can do is found out once", () => {
  expect(readdirSync(join(node, "state/libvirt/cache/qemu/capabilities"))).toHaveLength(1);
});

test("a second libvirtd beside a running one ends itself", async () => {
  const { code, output } = await image.run(["/usr/local/bin/virt-libvirtd"], { volumes: volumes(), processes: "host" });
  expect(code).not.toBe(0);
  expect(output).toMatch(/libvirtd\.pid/);
  expect(await hypervisor?.listDomains()).not.toEqual([]);
});

test("terminals of the container's own are refused: consoles would be lost with it", async () => {
  const { code, output } = await image.run(["/usr/local/bin/virt-libvirtd"], {
    volumes: volumes(),
    processes: "host",
    terminals: "own",
  });
  expect(code).toBe(1);
  expect(output).toContain("/dev/pts is not the node's");
});
