import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createServerTls } from "../../../../provider/apiserver/tls";
import { openRegistryDisks } from "../../../../provider/cmd/virt-local/registries";
import { silentLogger } from "../../../../provider/runtime/log";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kubevirt-authorities-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (...authorityFiles: string[]) =>
  openRegistryDisks({ root: folder, arch: "x86_64", log: silentLogger, authorityFiles });

describe("authorities of registries", () => {
  test("are read from their files", async () => {
    const file = join(folder, "ca.pem");
    await writeFile(file, (await createServerTls()).ca);
    await (await open(file, file)).close();
  });

  test("that are no certificates, or are not there, keep the engine from starting, with the file's name", async () => {
    const file = join(folder, "ca.pem");
    await expect(open(file)).rejects.toThrow(/--registry-ca .*ca\.pem holds no certificate in PEM .*ENOENT/);
    await writeFile(file, "hello");
    await expect(open(file)).rejects.toThrow(/--registry-ca .*ca\.pem holds no certificate in PEM/);
  });
});
