import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DomainLogs, mostDomainLogBytes } from "../../../../provider/agent/guests/domain-logs";

let folder: string;
let logs: DomainLogs;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kubevirt-domain-logs-"));
  logs = new DomainLogs({ folder });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const known =
  (...names: readonly string[]) =>
  async () =>
    new Set(names);

describe("libvirt's logs of domains", () => {
  it("go with the machine, also those that were turned over", async () => {
    for (const file of ["default_web.log", "default_web.log.0", "default_db.log", "notes.txt"]) {
      await writeFile(join(folder, file), "text");
    }
    await logs.tidy(known("default_db"));
    expect((await readdir(folder)).sort()).toEqual(["default_db.log", "notes.txt"]);
  });

  it("of one machine go when it goes, and no others", async () => {
    for (const file of ["default_web.log", "default_web.log.0", "default_web.log.log", "default_db.log"]) {
      await writeFile(join(folder, file), "text");
    }
    await logs.remove("default_web");
    await logs.remove("default_web");
    expect((await readdir(folder)).sort()).toEqual(["default_db.log", "default_web.log.log"]);
  });

  it("of a domain that comes while they are looked through stay", async () => {
    await writeFile(join(folder, "default_web.log"), "text");
    await logs.tidy(async () => {
      await writeFile(join(folder, "default_new.log"), "text");
      return new Set(["default_web"]);
    });
    expect((await readdir(folder)).sort()).toEqual(["default_new.log", "default_web.log"]);
  });

  it("are emptied when they are large", async () => {
    const path = join(folder, "default_web.log");
    await writeFile(path, Buffer.alloc(mostDomainLogBytes + 1));
    await logs.tidy(known("default_web"));
    expect((await stat(path)).size).toBe(0);
  });

  it("need not be there", async () => {
    await new DomainLogs({ folder: join(folder, "none") }).tidy(known());
  });
});
