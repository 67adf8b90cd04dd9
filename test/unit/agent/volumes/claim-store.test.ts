import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ClaimError, ClaimStore } from "../../../../provider/agent/volumes";
import { CommandError, type RunCommand } from "../../../../provider/agent/volumes/run-command";

/** qemu-img convert as far as the store can tell: fills the output, whose name is the last argument. */
const copying =
  (content: string): RunCommand =>
  async (_command, args) =>
    writeFile(args.at(-1) ?? "", content);

describe("ClaimStore", () => {
  let root: string;
  let image: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "kubevirt-claims-"));
    image = join(root, "image.raw");
    await writeFile(image, Buffer.alloc(1024, 7));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const store = (run: RunCommand = copying("disk")) => new ClaimStore({ root: join(root, "state"), run });
  const request = (change: { file?: string; namespace?: string; claim?: string } = {}) => ({
    file: image,
    namespace: "default",
    claim: "tiny",
    ...change,
  });

  /** Every path under the state folder. */
  const everything = async () => (await readdir(join(root, "state"), { recursive: true }).catch(() => [])).sort();

  it("makes a claim that is found by its name until it is removed", async () => {
    const claims = store();
    const path = join(root, "state/claims/default/tiny/disk.img");
    expect(await claims.locate("default", "tiny")).toBeUndefined();
    expect(await claims.import(request())).toEqual({ path, capacityBytes: 4 });
    expect(await claims.locate("default", "tiny")).toEqual({ path, capacityBytes: 4 });
    await claims.remove("default", "tiny");
    await claims.remove("default", "tiny");
    expect(await claims.locate("default", "tiny")).toBeUndefined();
    expect(await everything()).toEqual(["claims", "importing"]);
  });

  it("makes an empty disk that takes no room, and adds to it without taking anything away", async () => {
    const claims = store();
    await claims.create("default", "empty", 1_048_576);
    const found = await claims.locate("default", "empty");
    expect(found).toMatchObject({ capacityBytes: 1_048_576 });
    const path = found?.path ?? "";
    expect((await stat(path)).blocks).toBe(0);
    await expect(claims.create("default", "empty", 1)).rejects.toMatchObject({ reason: "AlreadyExists" });
    await writeFile(path, "kept", { flag: "r+" });
    await claims.grow("default", "empty", 2_097_152);
    await claims.grow("default", "empty", 512);
    expect(await claims.locate("default", "empty")).toEqual({ path, capacityBytes: 2_097_152 });
    expect((await readFile(path)).subarray(0, 4).toString()).toBe("kept");
    expect(await everything()).not.toContainEqual(expect.stringMatching(/^importing\/./));
  });

  it("does not grow what a link leads to", async () => {
    const claims = store();
    await claims.create("default", "linked", 512);
    const path = join(root, "state/claims/default/linked/disk.img");
    await rm(path);
    await symlink(image, path);
    await expect(claims.grow("default", "linked", 1_048_576)).rejects.toThrow(/ELOOP/);
    expect((await stat(image)).size).toBe(1024);
  });

  it("lets QEMU's user pass through its folders, and nobody else read an image", async () => {
    const mask = process.umask(0o077);
    try {
      await store().import(request());
    } finally {
      process.umask(mask);
    }
    const modeOf = async (path: string) => ((await stat(join(root, "state", path))).mode & 0o777).toString(8);
    for (const folder of ["", "claims", "claims/default", "claims/default/tiny"]) {
      expect([folder, await modeOf(folder)]).toEqual([folder, "711"]);
    }
    expect(await modeOf("claims/default/tiny/disk.img")).toBe("600");
  });

  it("gives qemu-img the format, the descriptor and no name of the user's", async () => {
    const seen: { command: string; args: readonly string[] }[] = [];
    const claims = store(async (command, args, options) => {
      seen.push({ command, args });
      await copying("disk")(command, args, options);
    });
    await claims.import(request());
    expect(seen).toHaveLength(1);
    expect(seen[0]?.command).toBe("qemu-img");
    expect(seen[0]?.args.slice(0, -1)).toEqual(["convert", "-p", "-f", "raw", "-O", "raw", "--", "/proc/self/fd/3"]);
  });

  it("passes the progress on", async () => {
    const parts: number[] = [];
    const claims = store(async (command, args, options) => {
      options?.onOutput?.("    (0.00/100%)\r    (12.50/100%)\r");
      options?.onOutput?.("    (100.00/100%)\r\n");
      await copying("disk")(command, args, options);
    });
    await claims.import({ ...request(), progress: (part) => parts.push(part) });
    expect(parts).toEqual([0.125, 1]);
  });

  it("keeps the first of two imports of one claim, one after the other or at once", async () => {
    const claims = store(copying("first"));
    await claims.import(request());
    await expect(store(copying("second")).import(request())).rejects.toMatchObject({ reason: "AlreadyExists" });
    expect(await readFile(join(root, "state/claims/default/tiny/disk.img"), "utf8")).toBe("first");

    const both = await Promise.allSettled(
      [1, 2].map((index) => store(copying(`${index}`)).import(request({ claim: "two" }))),
    );
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(both.find(({ status }) => status === "rejected")).toMatchObject({ reason: { reason: "AlreadyExists" } });
    expect((await everything()).filter((path) => path.startsWith("importing/"))).toEqual([]);
  });

  it.each([
    ["a full disk", "qemu-img: error while writing: No space left on device", "OutOfSpace"],
    ["a broken image", "qemu-img: error while reading: Input/output error", "ImageUnreadable"],
  ])("leaves nothing after %s", async (_title, stderr, reason) => {
    const claims = store(async (command, args, options) => {
      await copying("half")(command, args, options);
      throw new CommandError(`qemu-img ended with status 1: ${stderr}`, { command, exitCode: 1, stderr });
    });
    await expect(claims.import(request())).rejects.toMatchObject({ name: "ClaimError", reason });
    expect(await claims.locate("default", "tiny")).toBeUndefined();
    expect(await everything()).toEqual(["importing"]);
    await store().import(request());
  });

  it("clears away what an import left that was killed, and nothing of one that runs", async () => {
    const dead = Number(execFileSync(process.execPath, ["-e", "console.log(process.pid)"]).toString());
    const left = join(root, "state/importing", `${dead}-000000000000`);
    const running = join(root, "state/importing", `${process.ppid}-000000000000`);
    for (const folder of [left, running]) {
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, "disk.img"), "half");
    }
    await store().import(request());
    expect(await readdir(join(root, "state/importing"))).toEqual([`${process.ppid}-000000000000`]);
  });

  it.each(["..", ".", "", "../../etc", "a/b", "A", "-a", "a-", ".hidden", "a\0b", "a\n", "ä", "x".repeat(254)])(
    "refuses %j as a name, before it touches a file",
    async (name) => {
      const claims = store();
      for (const attempt of [
        claims.import(request({ claim: name })),
        claims.import(request({ namespace: name })),
        claims.locate("default", name),
        claims.remove(name, "tiny"),
      ]) {
        await expect(attempt).rejects.toMatchObject({ name: "ClaimError", reason: "InvalidName" });
      }
      expect(await everything()).toEqual([]);
    },
  );

  it("refuses what is not a regular file, without waiting for it", async () => {
    const pipe = join(root, "pipe");
    execFileSync("mkfifo", [pipe]);
    for (const file of [pipe, root, "/dev/null"]) {
      await expect(store().import(request({ file }))).rejects.toMatchObject({ reason: "ImageRefused" });
    }
    await expect(store().import(request({ file: join(root, "absent") }))).rejects.toThrow(/there is no such file/);
    expect(await everything()).toEqual([]);
  });

  it("refuses a qcow2 that names another file before qemu-img sees it", async () => {
    const hostile = Buffer.alloc(512);
    hostile.write("QFI\xfb", "latin1");
    hostile.writeUInt32BE(3, 4);
    hostile.writeBigUInt64BE(0x100n, 8);
    hostile.write("/etc/shadow", 0x100);
    await writeFile(image, hostile);
    let runs = 0;
    const claims = store(async () => {
      runs += 1;
    });
    await expect(claims.import(request())).rejects.toThrow(ClaimError);
    await expect(claims.import(request())).rejects.toThrow(/image.raw has a backing file; flatten it first/);
    expect(runs).toBe(0);
  });

  it("does not follow a link that was put in the place of an image", async () => {
    const folder = join(root, "state/claims/default/tiny");
    await mkdir(folder, { recursive: true });
    await symlink(image, join(folder, "disk.img"));
    await expect(store().locate("default", "tiny")).rejects.toThrow(/is not a regular file; remove it/);
  });
});
