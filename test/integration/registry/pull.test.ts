/** Disks pulled from a real registry, as one machine's volume after another asks for them. */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildDiskImage, buildImage, buildIndex, digestOf } from "../../builders/oci-image.ts";
import { buildTar } from "../../builders/tar.ts";
import { DockerRegistry } from "./support/docker-registry.ts";
import { Front } from "./support/front.ts";
import { PullLab } from "./support/pull-lab.ts";

const run = promisify(execFile);
const mebibyte = 1024 * 1024;

let registry: DockerRegistry;
let front: Front;
let lab: PullLab;

beforeAll(async () => {
  registry = await DockerRegistry.start();
});
afterAll(() => registry.stop());
beforeEach(async () => {
  front = await Front.start(registry.host);
  lab = await PullLab.open();
});
afterEach(async () => {
  await lab.close();
  await front.stop();
});

/** Pushes past the front, and names the image as seen through it. */
const push = async (name: string, image: Parameters<DockerRegistry["push"]>[2]) => {
  const [repository = "", tag = ""] = name.split(":");
  await registry.push(repository, tag, image);
  return `${front.host}/${name}`;
};
const disk = (text: string, bytes = 64 * 1024) => Buffer.alloc(bytes, text);
const contentOf = (source: { backing?: { path: string } }) => readFile(source.backing?.path ?? "");

describe("a disk from a registry", () => {
  test("becomes the backing file of the machine's own overlay, with explicit formats", async () => {
    const image = await push("disks/raw:1", buildDiskImage(disk("boot")));
    const source = await lab.pull(image);
    expect(source.format).toBe("qcow2");
    expect(source.backing?.format).toBe("raw");
    expect(await contentOf(source)).toEqual(disk("boot"));
    expect((await stat(source.backing?.path ?? "")).mode & 0o777).toBe(0o400);
    expect(lab.events).toEqual([
      expect.stringMatching(/^Normal Pulling Pulling image "127.0.0.1:\d+\/disks\/raw:1" \(\d+ B\)$/),
      expect.stringMatching(/^Normal Pulled Successfully pulled image ".*" \(\d+ B in \d\.\d s\)$/),
    ]);
  });

  test("may be qcow2, and is then not converted: QEMU is told so for the overlay and for the disk below it", async () => {
    const packed = join(lab.root, "packed.qcow2");
    await run("qemu-img", ["create", "-q", "-f", "qcow2", packed, "64M"]);
    const image = await push("disks/qcow2:1", buildDiskImage(await readFile(packed), "any name"));
    const source = await lab.pull(image);
    expect(source.backing?.format).toBe("qcow2");
    const { stdout } = await run("qemu-img", ["info", "--output=json", "--backing-chain", source.path]);
    expect(JSON.parse(stdout)).toMatchObject([
      { format: "qcow2", "backing-filename-format": "qcow2", "virtual-size": 64 * mebibyte },
      { format: "qcow2", "virtual-size": 64 * mebibyte },
    ]);
  });

  test("takes room only where it is not zero, and has every byte in its place", async () => {
    const content = Buffer.alloc(64 * mebibyte + 700);
    content.write("boot sector");
    content.write("across a border of blocks", 40 * mebibyte + 64 * 1024 - 7);
    content.write("end", content.length - 3);
    const { backing } = await lab.pull(await push("disks/sparse:1", buildDiskImage(content)));
    expect((await readFile(backing?.path ?? "")).equals(content)).toBe(true);
    expect((await stat(backing?.path ?? "")).blocks * 512).toBeLessThan(mebibyte);
  });

  const archive = buildTar({ name: "disk/", type: "5" }, { name: "disk/a.img", content: disk("packed") });
  const oci = "application/vnd.oci.image.layer.v1.tar";
  test.each([
    ["gzip", { layers: [gzipSync(archive)] }],
    ["zstd", { layers: [zstdCompressSync(archive)], layerType: `${oci}+zstd` }],
    ["no compression", { layers: [archive], layerType: oci }],
    [
      "gzip in two members",
      { layers: [Buffer.concat([gzipSync(archive.subarray(0, 700)), gzipSync(archive.subarray(700))])] },
    ],
    ["Docker's own types", { layers: [gzipSync(archive)], docker: true }],
  ])("may be packed with %s", async (title, parts) => {
    const source = await lab.pull(
      await push(`disks/${title.toLowerCase().replaceAll(/\W+/g, "-")}:1`, buildImage(parts)),
    );
    expect(await contentOf(source)).toEqual(disk("packed"));
  });

  test("is the one of this architecture where an index has several", async () => {
    const images = [
      { image: buildDiskImage(disk("arm")), architecture: "arm64" },
      { image: buildDiskImage(disk("newer")), architecture: "amd64", variant: "v3" },
      { image: buildDiskImage(disk("plain")), architecture: "amd64" },
    ];
    for (const { image, architecture, variant = "" } of images)
      await push(`disks/many:${architecture}${variant}`, image);
    const index = buildIndex(images);
    expect(await contentOf(await lab.pull(await push("disks/many:1", index)))).toEqual(disk("plain"));
    expect(await contentOf(await lab.pull(`${front.host}/disks/many@${index.digest}`))).toEqual(disk("plain"));
    const foreign = buildIndex(images.slice(0, 1));
    await expect(lab.pull(await push("disks/many:2", foreign))).rejects.toThrow(
      /the image has none for linux\/amd64 \(it has: "linux\/arm64"\)/,
    );
  });

  test("can be named by its digest, alone or behind a tag", async () => {
    const image = buildDiskImage(disk("named"));
    await push("disks/named:1", image);
    const alone = await lab.pull(`${front.host}/disks/named@${image.digest}`);
    const tagged = await lab.pull(`${front.host}/disks/named:other@${image.digest}`);
    expect(alone.backing).toEqual(tagged.backing);
    expect(await contentOf(alone)).toEqual(disk("named"));
  });

  test("is what the highest layer left of it", async () => {
    const layers = [
      buildTar({ name: "disk/old.img", content: disk("old") }, { name: "disk/new.img", content: disk("lower") }),
      buildTar({ name: "disk/.wh.old.img" }, { name: "./disk/new.img", content: disk("higher") }),
      buildTar({ name: "etc/motd", content: Buffer.from("hello") }),
    ];
    const source = await lab.pull(
      await push("disks/layers:1", buildImage({ layers: layers.map((layer) => gzipSync(layer)) })),
    );
    expect(await contentOf(source)).toEqual(disk("higher"));
  });
});

describe("several machines", () => {
  test("that want one image at once pull it once, and are told so each", async () => {
    const image = buildDiskImage(disk("shared"));
    const reference = await push("disks/shared:1", image);
    const sources = await Promise.all([lab.pull(reference), lab.pull(reference), lab.pull(reference)]);
    expect(new Set(sources.map(({ backing }) => backing?.path)).size).toBe(1);
    expect(new Set(sources.map(({ path }) => path)).size).toBe(3);
    expect(front.asked(`/blobs/${image.blobs[1]?.digest}`)).toHaveLength(1);
    expect(lab.events.filter((event) => event.includes("Successfully pulled"))).toHaveLength(3);
  });

  test("share a disk that two images have under one digest, and what was pulled before needs no second download", async () => {
    const image = buildDiskImage(disk("twice"));
    const first = await lab.pull(await push("disks/twice:1", image));
    const downloads = front.asked("/blobs/").length;
    const second = await lab.pull(await push("disks/other:1", image));
    expect(second.backing).toEqual(first.backing);
    expect(front.asked("/blobs/")).toHaveLength(downloads);
    expect(lab.events.at(-1)).toMatch(/^Normal Pulled Image ".*\/disks\/other:1" is on this node already$/);
  });

  test("follow a tag that was moved, and those that began before keep what they began with", async () => {
    const uid = randomUUID();
    const reference = await push("disks/moving:1", buildDiskImage(disk("before")));
    const first = await lab.pull(reference, { uid });
    await push("disks/moving:1", buildDiskImage(disk("after")));
    expect(await contentOf(await lab.pull(reference))).toEqual(disk("after"));
    const asked = front.seen.length;
    expect(await lab.pull(reference, { uid })).toEqual(first);
    expect(front.seen).toHaveLength(asked);
  });
});

describe("while the registry is away", () => {
  const away = (_request: unknown, response: { writeHead(status: number): { end(): void } }) => {
    response.writeHead(503).end();
    return true;
  };

  test("a tag goes on with the disk that is here, and says so; a digest does not even ask", async () => {
    const image = buildDiskImage(disk("kept"));
    const tagged = await push("disks/kept:1", image);
    const first = await lab.pull(tagged);
    const byDigest = `${front.host}/disks/kept@${image.digest}`;
    await lab.pull(byDigest);
    front.answer = away;
    expect((await lab.pull(tagged)).backing).toEqual(first.backing);
    expect(lab.events.find((event) => event.startsWith("Warning"))).toMatch(
      /^Warning RegistryUnavailable .* answers 503: .*; image ".*\/disks\/kept:1" is used as it was pulled last$/,
    );
    const asked = front.seen.length;
    expect((await lab.pull(byDigest)).backing).toEqual(first.backing);
    expect(front.seen).toHaveLength(asked);
  });

  test("`latest`, or no tag, waits for it, and so does an image that was never pulled", async () => {
    const reference = await push("disks/kept:latest", buildDiskImage(disk("newest")));
    await lab.pull(reference);
    front.answer = away;
    const untagged = reference.replace(":latest", "");
    for (const image of [reference, untagged, `${front.host}/disks/unknown:1`]) {
      await expect(lab.pull(image)).rejects.toMatchObject({ reason: "RegistryUnavailable", retryable: true });
    }
    front.answer = () => false;
    expect(await contentOf(await lab.pull(untagged))).toEqual(disk("newest"));
  });

  test("a question that fails for a moment is asked again", async () => {
    const reference = await push("disks/moody:1", buildDiskImage(disk("patience")));
    let failures = 2;
    front.answer = (request, response) => {
      if (!request.path.includes("/manifests/") || failures === 0) return false;
      failures -= 1;
      response.writeHead(failures === 0 ? 429 : 502, { "retry-after": "0" }).end();
      return true;
    };
    expect(await contentOf(await lab.pull(reference))).toEqual(disk("patience"));
  });
});

describe("a machine that goes", () => {
  test("while its disk is on the way ends the download and leaves nothing", async () => {
    const image = buildDiskImage(disk("never here"));
    const reference = await push("disks/slow:1", image);
    let hanging: () => void = () => undefined;
    const reached = new Promise<void>((resolve) => {
      hanging = resolve;
    });
    let cut = false;
    front.answer = (request, response) => {
      if (!request.path.includes(image.blobs[1]?.digest ?? "")) return false;
      response.writeHead(200, { "content-length": String(image.blobs[1]?.bytes.length) });
      response.write(image.blobs[1]?.bytes.subarray(0, 20));
      response.on("close", () => {
        cut = true;
      });
      hanging();
      return true;
    };
    const uid = randomUUID();
    const attempt = lab.volumes.prepare(
      { uid, namespace: "default", name: "web" },
      [{ name: "root", registryDisk: { image: reference } }],
      () => Promise.resolve(undefined),
    );
    await expect(attempt).rejects.toThrow(/is not ready yet/);
    await reached;
    await lab.volumes.remove(uid);
    await expect.poll(() => lab.left()).toEqual([]);
    await expect.poll(() => cut).toBe(true);
    expect(await readdir(join(lab.root, "registry/pulling"))).toEqual([]);
  });

  test("does not end the download of another that wants the same", async () => {
    const image = buildDiskImage(disk("wanted"));
    const reference = await push("disks/wanted:1", image);
    let serve: () => void = () => undefined;
    const served = new Promise<void>((resolve) => {
      serve = resolve;
    });
    front.answer = async (request) => {
      if (request.path.includes(image.blobs[1]?.digest ?? "")) await served;
      return false;
    };
    const [leaving, staying] = [randomUUID(), randomUUID()];
    void lab.pull(reference, { uid: leaving }).catch(() => undefined);
    const stayed = lab.pull(reference, { uid: staying });
    await expect.poll(() => front.asked(`/blobs/${image.blobs[1]?.digest}`).length).toBe(1);
    await lab.volumes.remove(leaving);
    serve();
    expect(await contentOf(await stayed)).toEqual(disk("wanted"));
  });
});

describe("what is on the node", () => {
  test("is found again by the next engine, and what a killed one left is removed", async () => {
    const reference = await push("disks/again:1", buildDiskImage(disk("again")));
    const uid = randomUUID();
    const first = await lab.pull(reference, { uid });
    const next = await PullLab.open({ root: lab.root });
    await next.volumes.prepare({ uid, namespace: "default", name: "web" }, [], () => Promise.resolve(undefined));
    const dead = join(lab.root, "registry/pulling/999999999-abc");
    await run("mkdir", [dead]);
    await run("touch", [join(dead, "inFolder")]);
    front.answer = () => {
      throw new Error("the machine has its disk: nobody asks");
    };
    expect(await next.pull(reference, { uid })).toEqual(first);
    front.answer = () => false;
    await next.pull(await push("disks/again:2", buildDiskImage(disk("other"))));
    expect(await readdir(join(lab.root, "registry/pulling"))).toEqual([]);
  });

  test("leaves when there is too much of it, the longest unused first, and never below a machine", async () => {
    await lab.close();
    lab = await PullLab.open({ disks: { eviction: { unusedBytes: 0, youngMs: 0 } } });
    const [used, unused] = [randomUUID(), randomUUID()];
    const kept = buildDiskImage(disk("kept"));
    await lab.pull(await push("disks/evict:kept", kept), { uid: used });
    await lab.pull(await push("disks/evict:gone", buildDiskImage(disk("gone"))), { uid: unused });
    const disks = () => readdir(join(lab.root, "registry/disks"));
    expect(await disks()).toHaveLength(2);
    await lab.volumes.remove(unused);
    await expect.poll(disks).toEqual([kept.digest.replace(":", "-")]);
    expect(digestOf(kept.manifest)).toBe(kept.digest);
    expect(await lab.pull(`${front.host}/disks/evict:kept`, { uid: used })).toBeDefined();
    await lab.volumes.remove(used);
    await expect.poll(disks).toEqual([]);
    expect((await lab.left()).filter((path) => path.startsWith("registry"))).toEqual([]);
  });
});
