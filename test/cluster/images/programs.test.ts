/** The programs of the images run in them. Needs root and the images: `make images`. */
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../../e2e/support/wait.ts";
import { Image } from "./support/image.ts";

const { version } = JSON.parse(readFileSync(resolve(__dirname, "../../../package.json"), "utf8")) as {
  version: string;
};

describe("virt-controller", () => {
  let image: Image;
  beforeAll(async () => {
    image = await Image.unpack("virt-controller");
  });
  afterAll(() => image.remove());
  const controller = (...flags: string[]) => image.succeed([...image.config.config.Entrypoint, ...flags]);

  test("tells its version and its flags", async () => {
    expect((await controller("--version")).trim()).toBe(version);
    expect(await controller("--help")).toContain("--launcher-image");
  });

  test("outside a cluster it says what is missing", async () => {
    const { code, output } = await image.run([
      ...image.config.config.Entrypoint,
      ..."--namespace kubevirt --launcher-image launcher:1 --metrics-port 8080".split(" "),
    ]);
    expect(code).toBe(1);
    expect(output).toMatch(/KUBERNETES_SERVICE_HOST|POD_NAME|cluster/);
  });
});

describe("virt-agent", () => {
  let image: Image;
  beforeAll(async () => {
    image = await Image.unpack("virt-agent");
  });
  afterAll(() => image.remove());

  test("tells its version and its flags", async () => {
    const agent = (...flags: string[]) => image.succeed([...image.config.config.Entrypoint, ...flags]);
    expect((await agent("--version")).trim()).toBe(version);
    expect(await agent("--help")).toContain("--libvirt-socket");
  });

  test("has a QEMU that knows both kinds of machine, and every device that machines have", async () => {
    const qemu = (...flags: string[]) => image.succeed(["qemu-system-x86_64", ...flags]);
    const machines = await qemu("-machine", "help");
    for (const machine of ["pc", "q35"]) expect(machines).toMatch(new RegExp(`^${machine} .*alias`, "m"));
    const devices = [...(await qemu("-device", "help")).matchAll(/^name "([^"]+)"/gm)].map(([, name]) => name);
    const needed =
      "virtio-net-pci virtio-blk-pci virtio-scsi-pci ich9-ahci ide-hd ide-cd scsi-hd scsi-cd usb-storage i6300esb";
    expect(devices).toEqual(expect.arrayContaining([...needed.split(" "), "VGA", "virtio-vga", "bochs-display"]));
  });

  test.each([
    ["libvirtd --version", "libvirtd (libvirt)"],
    ["virtlogd --version", "virtlogd (libvirt)"],
    ["qemu-img --version", "qemu-img version"],
    ["genisoimage --version", "genisoimage"],
    ["ip -Version", "iproute2"],
    ["tc -Version", "iproute2"],
    ["nsenter --version", "util-linux"],
    ["unshare --version", "util-linux"],
    ["mount --version", "util-linux"],
    ["umount --version", "util-linux"],
    ["findmnt --version", "util-linux"],
    ["losetup --version", "util-linux"],
    ["blockdev --version", "util-linux"],
    ["dnsmasq --test --user=kubevirt --conf-file=/dev/null", "syntax check OK"],
    ["sh -c pwd", "/"],
  ])("%s", async (command, said) => {
    expect(await image.succeed(command.split(" "))).toContain(said);
  });

  test("makes disks and the ISO of a cloud-init disk", async () => {
    const script =
      "qemu-img create -q -f qcow2 /tmp/a 1M && mkdir /tmp/c && genisoimage -quiet -V cidata -r -J -o /tmp/i /tmp/c";
    await image.succeed(["sh", "-c", script]);
  });

  test("trusts the certificates of /etc/ssl/certs besides those that Node.js brings along", async () => {
    const script = "console.log(tls.getCACertificates('default').length > tls.rootCertificates.length)";
    expect((await image.succeed(["node", "-p", script])).trim()).toContain("true");
  });
});

describe("virt-launcher", () => {
  let image: Image;
  beforeAll(async () => {
    image = await Image.unpack("virt-launcher");
  });
  afterAll(() => image.remove());

  test("has a program that is joined to a Unix socket", async () => {
    const folder = mkdtempSync(join(tmpdir(), "launcher-doors-"));
    chmodSync(folder, 0o711);
    const server = createServer((line) => line.once("data", (typed) => line.end(`heard ${typed}`)));
    server.listen(join(folder, "console"));
    await once(server, "listening");
    chmodSync(join(folder, "console"), 0o666);
    try {
      const script = "(echo typed; sleep 1) | nc.openbsd -q 0 -U /kubevirt/console";
      expect(await image.succeed(["sh", "-c", script], { volumes: [[folder, "/kubevirt"]] })).toBe("heard typed\n");
    } finally {
      server.close();
      rmSync(folder, { recursive: true });
    }
  });

  /** As process 1 of its container; kept here by the number that this machine knows it by. */
  async function launcher() {
    const child = image.spawn(image.config.config.Entrypoint);
    const pid = await eventually("the launcher waits", async () => {
      const [first] = childrenOf(child.pid);
      return first !== undefined && childrenOf(first).length === 1 ? first : undefined;
    });
    return { pid, ended: once(child, "exit").then(([code]: unknown[]) => code) };
  }

  function childrenOf(pid: number | undefined): readonly number[] {
    const words = readFileSync(join("/proc", String(pid), "task", String(pid), "children"), "utf8");
    return words.split(" ").filter(Boolean).map(Number);
  }

  test.each([
    ["SIGUSR1", 0],
    ["SIGUSR2", 1],
  ] as const)("%s ends it with %d", async (signal, code) => {
    const { pid, ended } = await launcher();
    process.kill(pid, signal);
    expect(await ended).toBe(code);
  });

  test("TERM does not end it: not even its sleep", async () => {
    const { pid, ended } = await launcher();
    for (const one of [pid, ...childrenOf(pid)]) expect(ignored(one) & termBit).toBe(termBit);
    process.kill(pid, "SIGUSR1");
    expect(await ended).toBe(0);
  });

  const termBit = 1n << 14n;

  /** The signals that a process ignores, as the kernel tells them. */
  function ignored(pid: number): bigint {
    const [, mask = ""] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return BigInt(`0x${mask}`);
  }
});
