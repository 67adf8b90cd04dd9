/** Machines that wait for a registry: they hold nobody up, are called when their disk is there, and leave nothing. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildDiskImage } from "../../builders/oci-image.ts";
import { DockerRegistry } from "../registry/support/docker-registry.ts";
import { Front } from "../registry/support/front.ts";
import { eventually, Lab } from "./support/lab";

let registry: DockerRegistry;
let front: Front;
let lab: Lab;

beforeEach(async () => {
  registry = await DockerRegistry.start();
  front = await Front.start(registry.host);
  lab = await Lab.open();
  await lab.startController();
  await lab.startAgent({ pulls: true });
});
afterEach(async () => {
  await lab.close();
  await front.stop();
  await registry.stop();
});

/** Blobs are answered once this is called. */
function holdBlobs(): () => void {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  front.answer = async ({ path }) => {
    if (path.includes("/blobs/")) await released;
    return false;
  };
  return () => release();
}

/** Each with an image of its own. */
async function declare(name: string): Promise<string | undefined> {
  await registry.push(`disks/${name}`, "1", buildDiskImage(Buffer.alloc(4096, name)));
  const image = `${front.host}/disks/${name}:1`;
  const { metadata } = await lab.create(name, { volumes: [{ name: "root", registryDisk: { image } }] });
  return metadata.uid;
}

describe("machines that wait for their disks", () => {
  test("hold nobody up, are told about, and start when these are there, after three writes each", async () => {
    const release = holdBlobs();
    const names = ["a", "b", "c", "d", "e", "f"];
    const uids = await Promise.all(names.map(declare));
    await eventually("six downloads wait", () => (front.asked("/blobs/").length >= 6 ? true : undefined));
    await lab.create("web");
    await lab.phase("web", "Running");
    for (const name of names) expect((await lab.get(name))?.status?.phase).toBe("Scheduled");
    release();
    for (const name of names) await lab.phase(name, "Running");
    for (const name of names) expect(lab.writesOf(name)).toHaveLength(3);
    const reasons = ["SuccessfulCreate", "SuccessfulHandOver", "Pulling", "Pulled", "Created", "Started"];
    for (const uid of uids) {
      await eventually("its events", async () => ((await lab.events(uid)).length >= reasons.length ? true : undefined));
      expect((await lab.events(uid)).map(({ reason }) => reason)).toEqual(reasons);
    }
    expect(lab.complaints).toEqual([]);
  });

  test("and are deleted meanwhile leave nothing, and end their download", async () => {
    holdBlobs();
    const uid = await declare("a");
    await eventually("the download waits", () => (front.asked("/blobs/").length > 0 ? true : undefined));
    await lab.delete("a");
    await lab.gone("a");
    await lab.noTraces(uid);
    const pulling = join(lab.root, "volumes/registry/pulling");
    await eventually("the download has ended", async () =>
      (await readdir(pulling).catch(() => [])).length === 0 ? true : undefined,
    );
    expect(await readdir(join(lab.root, "volumes/registry/disks")).catch(() => [])).toEqual([]);
  });
});
