import { appendFile, mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConsoleLogs, mostLogBytes } from "../../../../provider/agent/guests/console-log";

let root: string;
let logs: ConsoleLogs;
const uid = "11111111-2222-3333-4444-555555555555";

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "kubevirt-logs-"));
  logs = new ConsoleLogs({ root });
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function read(tailLines?: number): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of (await logs.read(uid, { tailLines })) ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

describe("a console log", () => {
  it("is made closed to others, and what is in it stays when the machine is started once more", async () => {
    const path = await logs.prepare(uid);
    expect(path).toBe(join(root, "logs", uid, "console.log"));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await appendFile(path, "first\n");
    await logs.prepare(uid);
    expect(await read()).toBe("first\n");
    expect(await logs.list()).toEqual([uid]);
  });

  it("is gone after its removal, which may come twice", async () => {
    await logs.prepare(uid);
    await logs.remove(uid);
    await logs.remove(uid);
    expect(await logs.list()).toEqual([]);
    expect(await logs.read(uid)).toBeUndefined();
  });

  it("refuses names that are no UIDs", async () => {
    for (const name of ["../x", "a/b", "", "."]) {
      await expect(logs.prepare(name)).rejects.toThrow(/not the UID/);
      await expect(logs.remove(name)).rejects.toThrow(/not the UID/);
    }
  });

  it("is never another file than its own", async () => {
    const path = await logs.prepare(uid);
    const secret = join(root, "secret");
    await writeFile(secret, "secret");
    await rm(path);
    await symlink(secret, path);
    await expect(logs.read(uid)).rejects.toThrow(/ELOOP/);
    await expect(logs.prepare(uid)).rejects.toThrow(/ELOOP/);
  });

  it("gives what was turned over before what is written now", async () => {
    const path = await logs.prepare(uid);
    await writeFile(`${path}.1`, "oldest\n");
    await writeFile(`${path}.0`, "older\n");
    await writeFile(path, "new\n");
    expect(await read()).toBe("oldest\nolder\nnew\n");
  });

  it.each([
    [0, ""],
    [1, "d"],
    [2, "c\nd"],
    [3, "b\nc\nd"],
    [4, "a\nb\nc\nd"],
    [9, "a\nb\nc\nd"],
  ])("gives the last %i lines, across files", async (lines, expected) => {
    const path = await logs.prepare(uid);
    await writeFile(`${path}.0`, "a\nb\n");
    await writeFile(path, "c\nd");
    expect(await read(lines)).toBe(expected);
  });

  it("counts a line that is at its end once", async () => {
    await writeFile(await logs.prepare(uid), "a\n\nb\n");
    expect(await read(1)).toBe("b\n");
    expect(await read(2)).toBe("\nb\n");
  });

  it("is followed over a turn, until nothing more can come", async () => {
    const path = await logs.prepare(uid);
    await appendFile(path, "one\n");
    let over = false;
    const seen: string[] = [];
    const reading = (async () => {
      for await (const chunk of (await logs.read(uid, { isOver: async () => over })) ?? []) seen.push(chunk.toString());
    })();
    await expect.poll(() => seen.join("")).toBe("one\n");
    await appendFile(path, "two\n");
    await expect.poll(() => seen.join("")).toBe("one\ntwo\n");
    await appendFile(path, "three\n");
    await rename(path, `${path}.0`);
    await writeFile(path, "four\n");
    await expect.poll(() => seen.join("")).toBe("one\ntwo\nthree\nfour\n");
    await appendFile(path, "five\n");
    over = true;
    await reading;
    expect(seen.join("")).toBe("one\ntwo\nthree\nfour\nfive\n");
  });

  it("is emptied when it grows beyond its bounds, and not before", async () => {
    const path = await logs.prepare(uid);
    await writeFile(path, Buffer.alloc(mostLogBytes, "x"));
    await logs.bound();
    expect((await stat(path)).size).toBe(mostLogBytes);
    await appendFile(path, "x");
    await logs.bound();
    expect(await readFile(path, "utf8")).toBe("");
  });
});
