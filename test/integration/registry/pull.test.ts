/** Disks pulled from a real registry, as one machine's volume after another asks for them. */
import { readFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildDiskImage } from "../../builders/oci-image.ts";
import { DockerRegistry } from "./support/docker-registry.ts";
import { PullLab } from "./support/pull-lab.ts";

let registry: DockerRegistry;
let lab: PullLab;

beforeAll(async () => {
  registry = await DockerRegistry.start();
});
afterAll(() => registry.stop());
beforeEach(async () => {
  lab = await PullLab.open();
});
afterEach(() => lab.close());

describe("a disk from a registry", () => {
  test("becomes the backing file of the machine's own overlay, with explicit formats", async () => {
    const disk = Buffer.alloc(1024 * 1024, "boot");
    const image = await registry.push("disks/raw", "1", buildDiskImage(disk));
    const t0 = performance.now();
    const source = await lab.pull(image);
    console.log("first", performance.now() - t0);
    const t1 = performance.now();
    await lab.pull(image);
    console.log("second", performance.now() - t1);
    expect(source.format).toBe("qcow2");
    expect(source.backing?.format).toBe("raw");
    expect(await readFile(source.backing?.path ?? "")).toEqual(disk);
    expect(lab.events).toEqual([
      expect.stringMatching(/^Normal Pulling Pulling image "127.0.0.1:\d+\/disks\/raw:1" \(1\.\d KiB\)$/),
      expect.stringMatching(/^Normal Pulled Successfully pulled image ".*" \(1\.\d KiB in \d\.\d s\)$/),
    ]);
  });
});
