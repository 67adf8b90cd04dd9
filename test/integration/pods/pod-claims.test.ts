/** Claims as a launcher pod has them, with real mounts, links, devices and people who exchange files under one's feet. */
import { execFileSync, spawn } from "node:child_process";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PodClaims } from "../../../provider/agent/pods/pod-claims";
import { VolumeError } from "../../../provider/agent/volumes";
import { CommandError, type RunCommand, runCommand } from "../../../provider/agent/volumes/run-command";
import { MountLab, mountPointsBelow, type PodVolume } from "./support/launcher-root";

const root = process.getuid?.() === 0;
const uid = "f4686d2c-6e8d-4335-b8fd-81bee22f4814";
const mebibyte = 1024 ** 2;
const secret = "of the node, and of nobody else\n";

/** Mounts need root. */
describe.runIf(root)("the claims of a launcher pod", () => {
  let lab: MountLab;
  let host: string;
  let machine: string;

  beforeEach(() => {
    lab = new MountLab();
    host = lab.makeFolder("host");
    machine = join(lab.folder, "machines", uid);
    writeFileSync(join(lab.folder, "secret"), secret);
  });
  afterEach(() => lab.close());

  async function claims(
    volumes: Readonly<Record<string, PodVolume>>,
    { sizes = {}, run = runCommand }: { sizes?: Readonly<Record<string, number>>; run?: RunCommand } = {},
  ): Promise<PodClaims> {
    const launcher = await lab.launch(volumes);
    return new PodClaims({
      launcherOf: async () => launcher,
      sizeOf: (_uid, claim) => sizes[claim],
      folderOf: (name) => join(lab.folder, "machines", name),
      hostRoot: host,
      run,
    });
  }
  const locate = (from: PodClaims, volume = "disk", claim = "one") => from.locate("default", claim, { uid, volume });
  /** A claim with a file system of its own, as a node has most of them. */
  const claimFolder = (name = "claim") => lab.makeFileSystem(join("host", name));
  const folder = (path: string): PodVolume => ({ kind: "folder", path });

  describe("with a file system", () => {
    it("have their disk under a name that nobody else can change", async () => {
      const claim = claimFolder();
      writeFileSync(join(claim, "disk.img"), "content");
      const located = await claims({ disk: folder(claim) }).then((from) => locate(from));
      expect(located).toEqual({ kind: "file", path: join(machine, "disk.claim"), capacityBytes: 7 });
      expect(readFileSync(located?.path ?? "", "utf8")).toBe("content");
      writeFileSync(located?.path ?? "", "written by the guest");
      expect(readFileSync(join(claim, "disk.img"), "utf8")).toBe("written by the guest");
    });

    it("are found also where they are a folder of the node's own file system", async () => {
      const claim = lab.makeFolder("host/data/claim");
      execFileSync("mount", ["--bind", host, host]);
      writeFileSync(join(claim, "disk.img"), "content");
      const located = await claims({ disk: folder(claim) }).then((from) => locate(from));
      expect(readFileSync(located?.path ?? "", "utf8")).toBe("content");
    });

    it("are made anew or left alone, as often as they are asked for", async () => {
      const claim = claimFolder();
      writeFileSync(join(claim, "disk.img"), "content");
      const commands: string[] = [];
      const from = await claims(
        { disk: folder(claim) },
        {
          run: (command, ...others) => {
            commands.push(command);
            return runCommand(command, ...others);
          },
        },
      );
      const first = await locate(from);
      expect(commands).toEqual(["mount"]);
      expect(await locate(from)).toEqual(first);
      expect(commands).toEqual(["mount"]);
      rmSync(join(claim, "disk.img"));
      writeFileSync(join(claim, "disk.img"), "another");
      const { path = "" } = (await locate(from)) ?? {};
      expect(readFileSync(path, "utf8")).toBe("another");
      expect(mountPointsBelow(machine)).toEqual([path]);
    });

    it("stay what they are when their disk is exchanged later", async () => {
      const claim = claimFolder();
      writeFileSync(join(claim, "disk.img"), "content");
      const { path = "" } = (await claims({ disk: folder(claim) }).then((from) => locate(from))) ?? {};
      rmSync(join(claim, "disk.img"));
      symlinkSync(join(lab.folder, "secret"), join(claim, "disk.img"));
      expect(readFileSync(path, "utf8")).toBe("content");
    });

    it.each<[string, (disk: string, claim: string) => unknown]>([
      ["a link to the node's files", (disk) => symlinkSync(join(lab.folder, "secret"), disk)],
      [
        "a link within the claim",
        (disk, claim) => {
          writeFileSync(join(claim, "other"), "x");
          symlinkSync("other", disk);
        },
      ],
      ["a link to nothing", (disk) => symlinkSync("nowhere", disk)],
      [
        "a file of two names",
        (disk, claim) => {
          writeFileSync(join(claim, "other"), "x");
          linkSync(join(claim, "other"), disk);
        },
      ],
      ["a pipe, which nobody writes to", (disk) => execFileSync("mkfifo", [disk])],
      ["a folder", (disk) => mkdirSync(disk)],
      ["a device of the node", (disk) => execFileSync("mknod", [disk, "c", "1", "5"])],
      ["a disk of the node", (disk) => execFileSync("mknod", [disk, "b", "7", "0"])],
    ])("are refused with %s for a disk", async (_what, make) => {
      const claim = claimFolder();
      make(join(claim, "disk.img"), claim);
      const from = await claims({ disk: folder(claim) }, { sizes: { one: mebibyte } });
      await expect(locate(from)).rejects.toThrow(VolumeError);
      expect(mountPointsBelow(machine)).toEqual([]);
      expect(readFileSync(join(lab.folder, "secret"), "utf8")).toBe(secret);
    });

    it("are refused with a socket for a disk", async () => {
      const claim = claimFolder();
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(join(claim, "disk.img"), resolve));
      const from = await claims({ disk: folder(claim) });
      await expect(locate(from)).rejects.toThrow('disk.img of claim "one" is a socket');
      await new Promise((resolve) => server.close(resolve));
    });

    it("are never followed out of the claim by whoever exchanges the disk all the time", async () => {
      const claim = claimFolder();
      writeFileSync(join(claim, "disk.img"), "of the guest");
      const from = await claims({ disk: folder(claim) });
      const swapper = spawn(process.execPath, ["-e", swap, claim, join(lab.folder, "secret")]);
      const served: string[] = [];
      try {
        for (let attempt = 0; attempt < 150; attempt += 1) {
          try {
            const { path = "" } = (await locate(from)) ?? {};
            served.push(readFileSync(path, "utf8").slice(0, 100));
          } catch (error) {
            // What has no name any more cannot be mounted.
            if (!(error instanceof VolumeError) && !(error instanceof CommandError)) throw error;
          }
        }
      } finally {
        const ended = new Promise((resolve) => swapper.once("exit", resolve));
        swapper.kill("SIGKILL");
        await ended;
      }
      expect(served.length).toBeGreaterThan(0);
      expect(served.filter((text) => text === secret)).toEqual([]);
      expect(new Set(served)).toEqual(new Set(["of the guest"]));
    });

    it("are mounted by what was opened, and by no path that somebody else could lead elsewhere meanwhile", async () => {
      const claim = claimFolder();
      writeFileSync(join(claim, "disk.img"), "content");
      const mounts: (readonly string[])[] = [];
      const from = await claims(
        { disk: folder(claim) },
        {
          run: (command, args, options) => {
            if (command === "mount") mounts.push(args);
            return runCommand(command, args, options);
          },
        },
      );
      await locate(from);
      // Else mount asks where /proc/self/fd/3 leads, and mounts what is called so then.
      expect(mounts[0]?.slice(0, 4)).toEqual(["--no-canonicalize", "--bind", "--", "/proc/self/fd/3"]);
    });

    it("are not served when something else has come to be mounted", async () => {
      const claim = claimFolder();
      writeFileSync(join(claim, "disk.img"), "content");
      const from = await claims(
        { disk: folder(claim) },
        {
          run: (command, args, options) => {
            const elsewhere = args.map((word) => (word === "/proc/self/fd/3" ? join(lab.folder, "secret") : word));
            return runCommand(command, elsewhere, options);
          },
        },
      );
      await expect(locate(from)).rejects.toThrow('disk.img of claim "one" was exchanged while it was opened');
      expect(mountPointsBelow(machine)).toEqual([]);
    });

    it("are not taken from elsewhere when the agent cannot reach them", async () => {
      const elsewhere = lab.makeFileSystem("elsewhere");
      writeFileSync(join(elsewhere, "disk.img"), "content");
      const from = await claims({ disk: folder(elsewhere) });
      await expect(locate(from)).rejects.toThrow('the file system of claim "one" cannot be reached by the agent');
    });

    it("are not taken for what was mounted over them here", async () => {
      const claim = claimFolder();
      writeFileSync(join(claim, "disk.img"), "content");
      const from = await claims({ disk: folder(claim) });
      execFileSync("mount", ["-t", "tmpfs", "tmpfs", claim]);
      writeFileSync(join(claim, "disk.img"), "another's");
      await expect(locate(from)).rejects.toThrow(VolumeError);
    });
  });

  describe("with an empty file system", () => {
    it("get a disk of their size, for its owner alone", async () => {
      const claim = claimFolder();
      const from = await claims({ disk: folder(claim) }, { sizes: { one: 3 * mebibyte + 100 } });
      expect(await locate(from)).toMatchObject({ capacityBytes: 3 * mebibyte });
      const { mode, blocks, size } = statSync(join(claim, "disk.img"));
      expect([mode & 0o777, blocks, size]).toEqual([0o600, 0, 3 * mebibyte]);
      expect(readdirSync(claim)).toEqual(["disk.img"]);
    });

    it("are refused when nobody knows their size", async () => {
      const claim = claimFolder();
      const from = await claims({ disk: folder(claim) });
      await expect(locate(from)).rejects.toThrow("put a raw image of that name in it");
      expect(readdirSync(claim)).toEqual([]);
    });

    it("are made in one piece: what an attempt before has left is passed over", async () => {
      const claim = claimFolder();
      writeFileSync(join(claim, ".disk.img.new"), "half");
      symlinkSync(join(lab.folder, "secret"), join(claim, "lost+found"));
      const from = await claims({ disk: folder(claim) }, { sizes: { one: mebibyte } });
      expect(await locate(from)).toMatchObject({ capacityBytes: mebibyte });
      expect(readdirSync(claim).sort()).toEqual(["disk.img", "lost+found"]);
    });

    it("do not write through a link that waits for them", async () => {
      const claim = claimFolder();
      symlinkSync(join(lab.folder, "secret"), join(claim, ".disk.img.new"));
      const from = await claims({ disk: folder(claim) }, { sizes: { one: mebibyte } });
      await locate(from);
      expect(readFileSync(join(lab.folder, "secret"), "utf8")).toBe(secret);
    });

    it("have one disk also when two machines ask at once", async () => {
      const claim = claimFolder();
      const from = await claims({ disk: folder(claim), again: folder(claim) }, { sizes: { one: mebibyte } });
      const located = await Promise.all([locate(from), locate(from, "again")]);
      const inodes = located.map((image) => lstatSync(image?.path ?? "").ino);
      expect(new Set(inodes).size).toBe(1);
      expect(readdirSync(claim)).toEqual(["disk.img"]);
    });

    it("leave nothing behind when they cannot hold it", async () => {
      const claim = lab.makeFileSystem("host/claim", "size=1m");
      const from = await claims({ disk: folder(claim) }, { sizes: { one: 2 ** 62 } });
      await expect(locate(from)).rejects.toThrow();
      expect(readdirSync(claim)).toEqual([]);
    });
  });

  describe("with a device", () => {
    let loop: string;
    let numbers: { readonly major: number; readonly minor: number };
    beforeEach(() => {
      const image = join(lab.folder, "image");
      writeFileSync(image, "of the device");
      truncateSync(image, 5 * mebibyte);
      loop = execFileSync("losetup", ["--find", "--show", image], { encoding: "utf8" }).trim();
      const [major = "", minor = ""] = execFileSync("stat", ["--format=%Hr %Lr", loop], { encoding: "utf8" })
        .trim()
        .split(" ");
      numbers = { major: Number(major), minor: Number(minor) };
    });
    afterEach(() => {
      execFileSync("losetup", ["--detach", loop]);
    });

    it("have that very device under a name of their own, for its owner alone", async () => {
      const from = await claims({ disk: { kind: "device", ...numbers } });
      const located = await locate(from);
      expect(located).toEqual({ kind: "block", path: join(machine, "disk.block"), capacityBytes: 5 * mebibyte });
      const entry = lstatSync(join(machine, "disk.block"));
      expect([entry.isBlockDevice(), entry.rdev, entry.mode & 0o777]).toEqual([true, lstatSync(loop).rdev, 0o600]);
      expect(readFileSync(join(machine, "disk.block")).subarray(0, 13).toString()).toBe("of the device");
      expect(await locate(from)).toEqual(located);
    });

    it("have none that was there before under that name", async () => {
      mkdirSync(machine, { recursive: true });
      symlinkSync(join(lab.folder, "secret"), join(machine, "disk.block"));
      const from = await claims({ disk: { kind: "device", ...numbers } });
      await locate(from);
      expect(lstatSync(join(machine, "disk.block")).rdev).toBe(lstatSync(loop).rdev);
      expect(readFileSync(join(lab.folder, "secret"), "utf8")).toBe(secret);
    });

    it("are gone when they are released, and the device is as it was", async () => {
      const from = await claims({ disk: { kind: "device", ...numbers } });
      await locate(from);
      await from.release(uid);
      expect(readdirSync(machine)).toEqual([]);
      expect(readFileSync(loop).subarray(0, 13).toString()).toBe("of the device");
    });
  });

  it("that are neither are refused", async () => {
    const from = await claims({ disk: { kind: "fifo" } });
    await expect(locate(from)).rejects.toThrow('claim "one" is neither a file system nor a device in the launcher pod');
  });

  it.each(["../disk", "a/b", "", ".."])("have no volume called %j", async (volume) => {
    const from = await claims({});
    await expect(locate(from, volume)).rejects.toThrow("is not a name for a volume");
  });

  it("leave their content where it is when they are released, and nothing of their names", async () => {
    const [one, two] = [claimFolder("one"), claimFolder("two")];
    for (const claim of [one, two]) writeFileSync(join(claim, "disk.img"), "content");
    const from = await claims({ disk: folder(one), more: folder(two) });
    await locate(from);
    await locate(from, "more", "two");
    writeFileSync(join(machine, "root.qcow2"), "another part's");
    const other = join(lab.folder, "machines", `${uid}0`);
    mkdirSync(other);
    writeFileSync(join(other, "disk.claim"), "");
    execFileSync("mount", ["--bind", join(one, "disk.img"), join(other, "disk.claim")]);
    await from.release(uid);
    expect(readdirSync(machine)).toEqual(["root.qcow2"]);
    expect(mountPointsBelow(join(lab.folder, "machines"))).toEqual([join(other, "disk.claim")]);
    for (const claim of [one, two]) expect(readFileSync(join(claim, "disk.img"), "utf8")).toBe("content");
    await from.release(uid);
    await from.release("never-here");
    expect(existsSync(join(lab.folder, "machines", "never-here"))).toBe(false);
  });
});

/**
 * Puts a link to a file of the node and a disk into each other's place, for ever. Now and then a disk stays for as long as
 * a mount takes: one that is gone at once can never be served, and a test that serves nothing shows nothing.
 */
const swap = `
const { renameSync, symlinkSync, writeFileSync } = require("node:fs");
const [claim, secret] = process.argv.slice(1);
const never = new Int32Array(new SharedArrayBuffer(4));
for (let round = 0; ; round += 1) {
  writeFileSync(claim + "/a", "of the guest");
  renameSync(claim + "/a", claim + "/disk.img");
  if (round % 10 === 0) Atomics.wait(never, 0, 0, Math.random() * 40);
  symlinkSync(secret, claim + "/b");
  renameSync(claim + "/b", claim + "/disk.img");
}
`;
