/** Claims and volumes with the real qemu-img and genisoimage, and the disks they make under a real QEMU. */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ClaimStore, VolumePreparer } from "../../provider/agent/volumes";
import { runCommand } from "../../provider/agent/volumes/run-command";
import { type Hypervisor, HypervisorError } from "../../provider/libvirt/hypervisor";
import { connectLibvirt } from "../../provider/libvirt/libvirt-hypervisor";

const run = promisify(execFile);

/** Writes the method LUKS into a qcow2 header: qemu-img's own encryption first measures the CPU, and gives up on a busy machine. */
const markAsEncrypted = async (image: string) => {
  const methodOffset = 32;
  const luks = Buffer.from([0, 0, 0, 2]);
  const file = await open(image, "r+");
  await file.write(luks, 0, luks.length, methodOffset);
  await file.close();
};

const mebibyte = 1024 * 1024;
const machine = { uid: randomUUID(), namespace: "default", name: "web" };
const noSecrets = () => Promise.resolve(undefined);

describe("claims and volumes on this node's tools", () => {
  let root: string;
  let claims: ClaimStore;
  const at = (name: string) => join(root, name);

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "kubevirt-volumes-"));
    await chmod(root, 0o711);
    claims = new ClaimStore({ root: at("state") });
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  /** A 64 MiB disk with something in two places, as raw and as compressed qcow2. */
  const makeImages = async () => {
    const disk = await open(at("disk.raw"), "w");
    await disk.truncate(64 * mebibyte);
    await disk.write(Buffer.from("boot sector"), 0, 11, 0);
    await disk.write(Buffer.from("far away"), 0, 8, 40 * mebibyte);
    await disk.close();
    await run("qemu-img", ["convert", "-q", "-c", "-f", "raw", "-O", "qcow2", at("disk.raw"), at("disk.qcow2")]);
  };

  const importAs = (file: string, claim: string) => claims.import({ file: at(file), namespace: "default", claim });

  it("turns a raw and a qcow2 image into the same raw, sparse disk", async () => {
    await makeImages();
    const parts: number[] = [];
    for (const file of ["disk.raw", "disk.qcow2"]) {
      const claim = file.replace(".", "-");
      const image = await claims.import({
        file: at(file),
        namespace: "default",
        claim,
        progress: (part) => parts.push(part),
      });
      expect(image.capacityBytes).toBe(64 * mebibyte);
      expect((await readFile(image.path)).equals(await readFile(at("disk.raw")))).toBe(true);
      expect((await stat(image.path)).blocks * 512).toBeLessThan(mebibyte);
    }
    expect(parts.at(-1)).toBe(1);
  });

  it("refuses images that reach for other files, before anything reads those", async () => {
    await makeImages();
    await writeFile(at("secret"), Buffer.alloc(mebibyte, "top secret"));
    const create = (name: string, ...args: string[]) =>
      run("qemu-img", ["create", "-q", "-f", "qcow2", ...args, at(name)]);
    await create("backed", "-F", "raw", "-b", at("secret"));
    await run("qemu-img", ["create", "-q", "-f", "qcow2", "-o", `data_file=${at("data")}`, at("external"), "1M"]);
    await run("qemu-img", [
      "create",
      "-q",
      "-f",
      "qcow2",
      "-u",
      "-F",
      "raw",
      "-b",
      "nbd://127.0.0.1:1/x",
      at("remote"),
      "1M",
    ]);
    await run("qemu-img", ["create", "-q", "-f", "qcow2", at("locked"), "1M"]);
    await markAsEncrypted(at("locked"));
    await run("qemu-img", ["create", "-q", "-f", "vmdk", at("foreign"), "1M"]);
    for (const [file, text] of [
      ["backed", /has a backing file/],
      ["external", /keeps its data in another file/],
      ["remote", /has a backing file/],
      ["locked", /is encrypted/],
      ["foreign", /is a VMDK/],
    ] as const) {
      await expect(importAs(file, file)).rejects.toThrow(text);
      expect(await claims.locate("default", file)).toBeUndefined();
    }
  });

  it("reads no other file even when the image changes between the look and the conversion", async () => {
    await makeImages();
    await writeFile(at("secret"), Buffer.alloc(64 * mebibyte, "top secret"));
    await run("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "raw", "-b", at("secret"), at("swapped")]);
    const swapping = new ClaimStore({
      root: at("state"),
      run: async (command, args, options) => {
        await run("mv", [at("swapped"), at("disk.qcow2")]);
        await runCommand(command, args, options);
      },
    });
    const image = await swapping.import({ file: at("disk.qcow2"), namespace: "default", claim: "tiny" });
    expect((await readFile(image.path)).includes("top secret")).toBe(false);
  });

  it("treats a header that a guest wrote into its raw disk as bytes", async () => {
    await makeImages();
    const { path } = await importAs("disk.raw", "tiny");
    const hostile = await readFile(at("disk.qcow2"));
    const disk = await open(path, "r+");
    await disk.write(hostile, 0, Math.min(hostile.length, 4096), 0);
    await disk.close();
    const volumes = new VolumePreparer({ root: at("state"), claims });
    const { root: overlay } = await volumes.prepare(
      machine,
      [{ name: "root", ephemeral: { persistentVolumeClaim: { claimName: "tiny" } } }],
      noSecrets,
    );
    const { stdout } = await run("qemu-img", ["info", "--output=json", "--backing-chain", overlay?.path ?? ""]);
    expect(JSON.parse(stdout)).toMatchObject([
      { format: "qcow2", "backing-filename-format": "raw", "virtual-size": 64 * mebibyte },
      { format: "raw", "virtual-size": 64 * mebibyte },
    ]);
  });

  it("leaves nothing behind when the disk is full, and works when there is room again", async () => {
    const small = at("small");
    await mkdir(small);
    try {
      await run("mount", ["-t", "tmpfs", "-o", "size=2m,mode=711", "tmpfs", small]);
    } catch (error) {
      console.info(`not tried: a full disk needs the right to mount one (${String(error)})`);
      return;
    }
    try {
      await writeFile(at("random.raw"), Buffer.alloc(8 * mebibyte, "not zero"));
      await writeFile(at("little.raw"), Buffer.alloc(mebibyte, "not zero"));
      const cramped = new ClaimStore({ root: small });
      const attempt = cramped.import({ file: at("random.raw"), namespace: "default", claim: "tiny" });
      await expect(attempt).rejects.toMatchObject({ reason: "OutOfSpace" });
      expect(await readdir(small, { recursive: true })).toEqual(["importing"]);
      await cramped.import({ file: at("little.raw"), namespace: "default", claim: "tiny" });
    } finally {
      await run("umount", [small]);
    }
  });

  it("leaves nothing that looks like a claim when qemu-img is killed", async () => {
    await writeFile(at("big.raw"), Buffer.alloc(32 * mebibyte, "not zero"));
    const impatient = new ClaimStore({
      root: at("state"),
      run: (command, args, options) => runCommand(command, args, { ...options, timeoutMs: 1 }),
    });
    const attempt = impatient.import({ file: at("big.raw"), namespace: "default", claim: "tiny" });
    await expect(attempt).rejects.toThrow(/ended by SIGKILL/);
    expect(await claims.locate("default", "tiny")).toBeUndefined();
    expect(await readdir(at("state"), { recursive: true })).toEqual(["importing"]);
  });

  it("writes an ISO that carries the documents byte for byte under the label cidata", async () => {
    const userData = `#cloud-config\npassword: "${"é$(id)`"}'\n`;
    const volumes = new VolumePreparer({ root: at("state"), claims });
    const { seed } = await volumes.prepare(machine, [{ name: "seed", cloudInitNoCloud: { userData } }], noSecrets);
    const path = seed?.path ?? "";
    const read = async (...args: string[]) => (await run("isoinfo", ["-i", path, ...args])).stdout;
    expect(await read("-d")).toMatch(/^Volume id: cidata$/m);
    expect(await read("-R", "-x", "/user-data")).toBe(userData);
    expect(JSON.parse(await read("-J", "-x", "/meta-data"))).toMatchObject({ "local-hostname": "web" });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  describe("under libvirt", () => {
    let hypervisor: Hypervisor;
    const uids = [randomUUID(), randomUUID()] as const;

    beforeEach(async () => {
      hypervisor = await connectLibvirt();
    });
    afterEach(async () => {
      for (const uid of uids) {
        const domain = await hypervisor.lookupByUuid(uid);
        if (domain !== undefined) {
          await hypervisor.destroy(domain);
          await hypervisor.undefine(domain);
        }
      }
      await hypervisor.close();
    });

    const define = (uid: string, disk: string) =>
      hypervisor.define(`<domain type="qemu"><name>volumes_${uid.slice(0, 8)}</name><uuid>${uid}</uuid>
        <memory unit="MiB">32</memory><vcpu>1</vcpu><os><type arch="x86_64" machine="q35">hvm</type></os>
        <devices><memballoon model="none"/>${disk}</devices></domain>`);

    it("one machine at a time may write to a claim; overlays share it", async () => {
      await makeImages();
      const { path } = await importAs("disk.raw", "tiny");
      const own = `<disk type="file" device="disk"><driver name="qemu" type="raw"/><source file="${path}"/><target dev="vda" bus="virtio"/></disk>`;
      await hypervisor.start(await define(uids[0], own));
      const second = await define(uids[1], own);
      await expect(hypervisor.start(second)).rejects.toThrow(HypervisorError);
      await expect(hypervisor.start(second)).rejects.toThrow(/lock/);
      expect((await hypervisor.domainStatus(second)).state).toBe("shutoff");
      expect((await hypervisor.domainStatus((await hypervisor.lookupByUuid(uids[0])) ?? second)).state).toBe("running");
    });

    it("two machines run on overlays of one claim at once", async () => {
      await makeImages();
      await importAs("disk.qcow2", "tiny");
      const volumes = new VolumePreparer({ root: at("state"), claims });
      for (const uid of uids) {
        const sources = await volumes.prepare(
          { ...machine, uid },
          [{ name: "root", ephemeral: { persistentVolumeClaim: { claimName: "tiny" } } }],
          noSecrets,
        );
        const overlay = `<disk type="file" device="disk"><driver name="qemu" type="qcow2"/><source file="${sources.root?.path}"/>
          <backingStore type="file"><format type="raw"/><source file="${sources.root?.backing?.path}"/></backingStore>
          <target dev="vda" bus="virtio"/></disk>`;
        const domain = await hypervisor.start(await define(uid, overlay));
        expect((await hypervisor.domainStatus(domain)).state).toBe("running");
      }
    });
  });
});
