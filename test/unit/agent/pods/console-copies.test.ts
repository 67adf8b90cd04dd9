import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConsoleLogs } from "../../../../provider/agent/guests/console-log";
import { ConsoleCopies } from "../../../../provider/agent/pods/console-copies";
import { silentLogger } from "../../../../provider/runtime/log";

const uid = "11111111-2222-3333-4444-555555555555";
const launcher = async () => ({ pid: 1, cgroups: [] });

let root: string;
let log: string;
let reader: number;
let copies: ConsoleCopies;
let heard: string;
let told: unknown[];

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "copies-"));
  mkdirSync(join(root, "process/fd"), { recursive: true });
  mkdirSync(join(root, "machines", uid), { recursive: true });
  execFileSync("mkfifo", [join(root, "process/fd/1")]);
  reader = openSync(join(root, "process/fd/1"), constants.O_RDONLY | constants.O_NONBLOCK);
  log = await new ConsoleLogs({ root }).prepare(uid);
  heard = "";
  told = [];
  copies = open();
});
afterEach(async () => {
  await copies.stop();
  if (reader >= 0) closeSync(reader);
  rmSync(root, { recursive: true });
});

const open = () =>
  new ConsoleCopies({
    logs: new ConsoleLogs({ root }),
    log: { ...silentLogger, warn: (fields: object) => void told.push(fields) },
    folderOf: (machine) => join(root, "machines", machine),
    processFolder: () => join(root, "process"),
  });

/** All that has come so far. */
function hear(): string {
  const buffer = Buffer.alloc(64 * 1024);
  for (;;) {
    try {
      const length = readSync(reader, buffer);
      if (length === 0) return heard;
      heard += buffer.toString("latin1", 0, length);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "EAGAIN") return heard;
      throw error;
    }
  }
}

const hears = (words: string) => expect.poll(hear, { timeout: 10_000, interval: 20 }).toBe(words);

describe("a copy of what a guest prints", () => {
  it("has all that was printed, and what is printed from then on", async () => {
    appendFileSync(log, "boot\n");
    await copies.open(uid, launcher);
    await hears("boot\n");
    appendFileSync(log, "ready\n");
    await hears("boot\nready\n");
  });

  it("goes on where another agent has left off", async () => {
    appendFileSync(log, "one ");
    await copies.open(uid, launcher);
    await hears("one ");
    await copies.stop();
    appendFileSync(log, "two ");
    copies = open();
    await copies.open(uid, launcher);
    await hears("one two ");
  });

  it("loses nothing of files that were turned over meanwhile", async () => {
    appendFileSync(log, "1");
    await copies.open(uid, launcher);
    await hears("1");
    await copies.stop();
    appendFileSync(log, "2");
    renameSync(log, `${log}.1`);
    writeFileSync(`${log}.0`, "3");
    writeFileSync(log, "4");
    copies = open();
    await copies.open(uid, launcher);
    await hears("1234");
    renameSync(`${log}.1`, `${log}.2`);
    renameSync(`${log}.0`, `${log}.1`);
    renameSync(log, `${log}.0`);
    writeFileSync(log, "5");
    await hears("12345");
  });

  it("begins anew with a log that was emptied, and with a position that makes no sense", async () => {
    appendFileSync(log, "much was said");
    await copies.open(uid, launcher);
    await hears("much was said");
    await copies.stop();
    writeFileSync(log, "again");
    copies = open();
    await copies.open(uid, launcher);
    await hears("much was saidagain");
    await copies.stop();
    writeFileSync(join(root, "machines", uid, "console-copied"), "no position");
    copies = open();
    await copies.open(uid, launcher);
    await hears("much was saidagainagain");
  });

  it("waits for a reader that is slow, and loses nothing to it", async () => {
    const much = "x".repeat(1024 * 1024);
    appendFileSync(log, `${much}end`);
    await copies.open(uid, launcher);
    await hears(`${much}end`);
  });

  it("is complete when the machine has ended", async () => {
    await copies.open(uid, launcher);
    appendFileSync(log, "last words");
    await copies.close(uid);
    expect(hear()).toBe("last words");
    expect(told).toEqual([]);
  });

  it("is none when nobody listens any more, and that is no fault", async () => {
    closeSync(reader);
    reader = -1;
    appendFileSync(log, "nobody hears");
    await copies.open(uid, launcher);
    await copies.close(uid);
    expect(told).toEqual([]);
  });

  it("goes into a pipe, and never into a file that somebody has put in its place", async () => {
    const victim = join(root, "victim");
    writeFileSync(victim, "");
    rmSync(join(root, "process/fd/1"));
    symlinkSync(victim, join(root, "process/fd/1"));
    appendFileSync(log, "evil words");
    await copies.open(uid, launcher);
    await copies.close(uid);
    expect(execFileSync("cat", [victim]).toString()).toBe("");
  });

  it("is none where the machine has no log, or its launcher is gone", async () => {
    await copies.open("66666666-2222-3333-4444-555555555555", launcher);
    rmSync(join(root, "process"), { recursive: true });
    await copies.open(uid, launcher);
    expect(told).toEqual([]);
  });
});
