import { appendFile, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CloudInitEnd } from "../../../../provider/agent/guests/cloud-init-end";
import { ConsoleLogs } from "../../../../provider/agent/guests/console-log";

const uid = "f4686d2c-6e8d-4335-b8fd-81bee22f4814";
const words = "Cloud-init v. 22.4.2-1+deb12u3 finished at Sun, 29 Nov 2026 02:00:00 +0000. Datasource DataSourceNone.";

describe("the end of cloud-init", () => {
  let root: string;
  let log: string;
  let end: CloudInitEnd;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "kubevirt-cloud-init-"));
    const logs = new ConsoleLogs({ root });
    log = await logs.prepare(uid);
    end = new CloudInitEnd(logs, uid);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it("is seen in what a guest prints, also when it comes in pieces", async () => {
    expect(await end.look()).toBeUndefined();
    await appendFile(log, `boot\r\n[   12.3] ${words.slice(0, 25)}`);
    expect(await end.look()).toBeUndefined();
    await appendFile(log, `${words.slice(25)}\r\nlogin: `);
    expect(await end.look()).toBe("22.4.2-1+deb12u3");
  });

  it("is not its beginning, nor a word about it", async () => {
    await appendFile(log, "Cloud-init v. 22.4.2 running 'init' at Sun, 29 Nov\r\nCloud-init finished at noon\r\n");
    expect(await end.look()).toBeUndefined();
  });

  it("is seen after the log was turned over", async () => {
    await appendFile(log, "old\r\n");
    await end.look();
    await rename(log, `${log}.0`);
    await writeFile(log, `${words}\r\n`);
    expect(await end.look()).toBe("22.4.2-1+deb12u3");
  });

  it("is looked for in a bounded part of an endless log, and further on the next time", async () => {
    await writeFile(log, Buffer.alloc(5 * 1024 * 1024, "x"));
    await appendFile(log, words);
    expect(await end.look()).toBeUndefined();
    expect(await end.look()).toBe("22.4.2-1+deb12u3");
  });

  it("is not there where there is no log", async () => {
    await rm(root, { recursive: true, force: true });
    expect(await end.look()).toBeUndefined();
  });
});
