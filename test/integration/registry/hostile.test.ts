/** Registries and images that mean harm: nothing of them is kept, nothing outside the one file is touched. */
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { VolumeError } from "../../../provider/agent/volumes";
import { buildDiskImage, buildImage, buildIndex, digestOf, type ImageParts } from "../../builders/oci-image.ts";
import { type BuiltEntry, buildTar, paxEntry } from "../../builders/tar.ts";
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

let pushes = 0;
const push = async (image: Parameters<DockerRegistry["push"]>[2]) => {
  pushes += 1;
  await registry.push(`hostile/${pushes}`, "1", image);
  return `${front.host}/hostile/${pushes}:1`;
};
const disk = (text: string, bytes = 64 * 1024) => Buffer.alloc(bytes, text);

/** The pull fails with these words, and nothing at all is left of it. */
async function refused(reference: string, words: RegExp): Promise<VolumeError> {
  const error = await lab.pull(reference).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof VolumeError)) throw new Error(`not refused: ${reference}`, { cause: error });
  expect(error.message).toMatch(words);
  expect(await lab.left()).toEqual([]);
  expect(await readdir(join(lab.root, "registry/pulling")).catch(() => [])).toEqual([]);
  return error;
}

describe("bytes that are not what their digest names", () => {
  test.each([
    [
      "a layer",
      (image: ReturnType<typeof buildDiskImage>) => image.blobs[1]?.digest ?? "",
      /sent other bytes than sha256:/,
    ],
    [
      "a configuration",
      (image: ReturnType<typeof buildDiskImage>) => image.blobs[0]?.digest ?? "",
      /sent other bytes than sha256:/,
    ],
  ])("are thrown away in %s, and the right ones are taken later", async (_title, target, words) => {
    const image = buildDiskImage(disk("genuine"));
    const reference = await push(image);
    front.change = (request, body) => {
      if (!request.path.includes(target(image))) return body;
      const changed = Buffer.from(body);
      changed[changed.length - 5] = (changed[changed.length - 5] ?? 0) ^ 1;
      return changed;
    };
    const error = await refused(reference, words);
    expect(error).toMatchObject({ reason: "ImageCorrupt", retryable: true });
    front.change = (_request, body) => body;
    expect(await lab.pull(reference)).toBeDefined();
  });

  test("are thrown away although the archive in them is whole and well-formed", async () => {
    const image = buildDiskImage(disk("genuine"));
    const reference = await push(image);
    const length = image.blobs[1]?.bytes.length ?? 0;
    let other = gzipSync(buildTar({ name: "disk/disk.img", content: disk("swapped") }));
    other = Buffer.concat([other, gzipSync(Buffer.alloc(0))]);
    front.change = (request, body) =>
      request.path.includes(image.blobs[1]?.digest ?? "") ? other.subarray(0, length) : body;
    await refused(reference, /sha256:|broke off/);
  });

  test("are thrown away in a manifest that was asked for by its digest, also through an index", async () => {
    const image = buildDiskImage(disk("genuine"));
    const evil = buildDiskImage(disk("evil"));
    const index = buildIndex([{ image, architecture: "amd64" }]);
    await push(image);
    const repository = `hostile/${pushes}`;
    await registry.push(repository, "evil", evil);
    await registry.push(repository, "index", index);
    front.change = (request, body) => (request.path.endsWith(image.digest) ? evil.manifest : body);
    await refused(`${front.host}/${repository}@${image.digest}`, /sent another manifest than sha256:/);
    await refused(`${front.host}/${repository}:index`, /sent another manifest than sha256:/);
  });
});

describe("connections that break", () => {
  test("are taken up where they broke, by range or from the start, and the disk is whole", async () => {
    const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7919) % 251));
    for (const mode of ["range", "start"] as const) {
      const image = buildDiskImage(Buffer.concat([Buffer.from(mode), content]));
      const reference = await push(image);
      const blob = image.blobs[1];
      if (blob === undefined) throw new Error("no layer");
      let served = 0;
      front.answer = (request, response) => {
        if (!request.path.includes(blob.digest)) return false;
        const asked = Number(/^bytes=(\d+)-$/.exec(request.range ?? "")?.[1] ?? 0);
        const offset = mode === "range" ? asked : 0;
        const rest = blob.bytes.subarray(offset);
        const partial = mode === "range" && asked > 0;
        response.writeHead(partial ? 206 : 200, {
          "content-length": String(rest.length),
          ...(partial ? { "content-range": `bytes ${offset}-${blob.bytes.length - 1}/${blob.bytes.length}` } : {}),
        });
        served += Math.ceil(blob.bytes.length / 3);
        const part = rest.subarray(0, Math.max(0, served - offset));
        if (part.length === rest.length) response.end(part);
        else response.write(part, () => response.destroy());
        return true;
      };
      expect(await lab.pull(reference)).toBeDefined();
      expect(front.asked(blob.digest).map(({ range }) => range !== undefined)).toEqual([false, true, true]);
    }
  });

  test("again and again without a byte are given up", async () => {
    const image = buildDiskImage(disk("never"));
    const reference = await push(image);
    front.answer = (request, response) => {
      if (!request.path.includes(image.blobs[1]?.digest ?? "")) return false;
      response.writeHead(200, { "content-length": "100" });
      response.flushHeaders();
      setImmediate(() => response.destroy());
      return true;
    };
    const error = await refused(reference, /broke off at 0 of \d+ bytes, again and again/);
    expect(error.retryable).toBe(true);
  });

  test("or servers that fall silent are noticed", async () => {
    await lab.close();
    lab = await PullLab.open({ client: { silenceMs: 50 } });
    const image = buildDiskImage(disk("silence"));
    const reference = await push(image);
    front.answer = (request, response) => {
      if (!request.path.includes(image.blobs[1]?.digest ?? "")) return false;
      response.writeHead(200, { "content-length": String(image.blobs[1]?.bytes.length) });
      response.flushHeaders();
      return true;
    };
    await refused(reference, /broke off at 0 of \d+ bytes/);
  });

  test("a blob that does not end is cut at its size", async () => {
    const image = buildDiskImage(disk("endless"));
    const reference = await push(image);
    front.change = (request, body) =>
      request.path.includes(image.blobs[1]?.digest ?? "") ? Buffer.concat([body, Buffer.alloc(mebibyte)]) : body;
    await refused(reference, /sends more than the \d+ bytes of sha256:/);
  });
});

describe("redirects and realms", () => {
  test("without an end are not followed for ever", async () => {
    const reference = await push(buildDiskImage(disk("round")));
    front.answer = (request, response) => {
      response.writeHead(302, { location: request.path }).end();
      return true;
    };
    await refused(reference, /redirects more than 5 times/);
    expect(front.seen.length).toBeLessThan(20);
  });
});

describe("manifests", () => {
  const layers = [gzipSync(buildTar({ name: "disk/a.img", content: disk("x") }))];
  const served = async (bytes: Buffer, mediaType: string) => {
    front.answer = (request, response) => {
      if (!request.path.includes("/manifests/")) return false;
      response.writeHead(200, { "content-type": mediaType }).end(bytes);
      return true;
    };
    return `${front.host}/hostile/served:1`;
  };
  const manifest = (edit: ImageParts["edit"]) => buildImage({ layers, ...(edit === undefined ? {} : { edit }) });
  const own = manifest(undefined).mediaType;

  test.each<[string, (manifest: Record<string, unknown>) => object, RegExp]>([
    ["is an index too", (m) => ({ ...m, manifests: [] }), /has "manifests", which a manifest has not/],
    [
      "calls itself an index inside",
      (m) => ({ ...m, mediaType: "application/vnd.oci.image.index.v1+json" }),
      /is typed .* inside and .* outside/,
    ],
    ["is of no schema", (m) => ({ ...m, schemaVersion: 1 }), /is not of schema version 2/],
    ["has no layers", (m) => ({ ...m, layers: [] }), /has 0 layers/],
    [
      "has a thousand layers",
      (m) => ({ ...m, layers: Array(1000).fill((m.layers as unknown[])[0]) }),
      /has 1000 layers; 1 to 500/,
    ],
    [
      "is a chart",
      (m) => ({ ...m, config: { ...(m.config as object), mediaType: "application/vnd.cncf.helm.config.v1+json" } }),
      /holds "application\/vnd\.cncf\.helm/,
    ],
    [
      "has a layer from elsewhere",
      (m) => ({
        ...m,
        layers: [
          {
            ...(m.layers as object[])[0],
            mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
            urls: ["http://127.0.0.1/"],
          },
        ],
      }),
      /has a layer of the type/,
    ],
    [
      "has a digest of a broken kind",
      (m) => ({ ...m, layers: [{ ...(m.layers as object[])[0], digest: "md5:0cc175b9c0f1b6a831c399e269772661" }] }),
      /has no digest of a known kind in layers\[0\]/,
    ],
    [
      "leads out of its folder by its digest",
      (m) => ({ ...m, layers: [{ ...(m.layers as object[])[0], digest: "sha256:../../../../etc/passwd" }] }),
      /has no digest of a known kind/,
    ],
    [
      "has a size that is none",
      (m) => ({ ...m, layers: [{ ...(m.layers as object[])[0], size: -1 }] }),
      /has no size in layers\[0\]/,
    ],
    [
      "has another number of layers than its configuration",
      (m) => ({ ...m, layers: [...(m.layers as object[]), (m.layers as object[])[0]] }),
      /has 2 layers and its configuration 1/,
    ],
  ])("that %s are refused", async (_title, edit, words) => {
    const image = manifest(edit);
    await registry.push("hostile/served", "blobs", { ...buildImage({ layers }) });
    const error = await refused(await served(image.manifest, own), words);
    expect(error).toMatchObject({ reason: "ImageRefused", retryable: false });
  });

  test("that are old, too long, or not JSON are refused", async () => {
    const old = "application/vnd.docker.distribution.manifest.v1+prettyjws";
    await refused(await served(Buffer.from("{}"), old), /is of the type .*; push the image again with a newer tool/);
    await refused(await served(Buffer.alloc(5 * mebibyte, " "), own), /manifest is longer than 4194304 bytes/);
    await refused(await served(Buffer.from("<html>sign in</html>"), own), /manifest is not JSON/);
    await refused(await served(Buffer.from("{}"), "text/html"), /is of the type "text\/html"/);
  });
});

describe("archives", () => {
  const image = (...entries: readonly BuiltEntry[]) => buildImage({ layers: [gzipSync(buildTar(...entries))] });
  const file = (name: string, content = disk("x", 600)): BuiltEntry => ({ name, content });

  test.each<[string, readonly BuiltEntry[], RegExp]>([
    [
      "a symbolic link in place of the disk",
      [{ name: "disk/a.img", type: "2", linkName: "/etc/shadow" }],
      /has a symbolic link at "\/disk\/a\.img"/,
    ],
    [
      "a hard link in place of the disk",
      [file("etc/a"), { name: "disk/a.img", type: "1", linkName: "etc/a" }],
      /has a hard link at/,
    ],
    ["a device in place of the disk", [{ name: "disk/a.img", type: "4" }], /has a block device at/],
    ["a pipe in place of the disk", [{ name: "disk/a.img", type: "6" }], /has a named pipe at/],
    [
      "a link as the folder and a file below it",
      [{ name: "disk", type: "2", linkName: "/etc" }, file("disk/passwd")],
      /has "disk\/passwd" below "disk", which is no folder/,
    ],
    [
      "a file below a link that comes later",
      [file("disk/passwd"), { name: "disk", type: "2", linkName: "/etc" }],
      /has "disk\/passwd" below "disk"/,
    ],
    [
      "two disks",
      [file("disk/a.img"), file("disk/b.qcow2")],
      /has 2 files in \/disk: "\/disk\/a\.img", "\/disk\/b\.qcow2"; leave one of them/,
    ],
    [
      "a disk and a link beside it",
      [file("disk/a.img"), { name: "disk/b.img", type: "2", linkName: "a.img" }],
      /has 2 files in \/disk/,
    ],
    ["two disks elsewhere", [file("a.img"), file("b/c.raw")], /has 2 files named like a disk and none in \/disk/],
    [
      "the disk twice",
      [file("disk/a.img"), file("./disk//a.img", disk("y", 600))],
      /has "disk\/a\.img" twice in one layer/,
    ],
    ["no disk", [file("bin/hello")], /has no disk: put one raw or qcow2 image into \/disk/],
    ["a way out of it", [file("disk/../../etc/cron.d/x")], /leads out of it/],
    ["an empty disk", [{ name: "disk/a.img" }], /the image's disk "disk\/a\.img" is empty/],
    [
      "a foreign disk",
      [file("disk/a.vmdk", Buffer.concat([Buffer.from("KDMV"), disk("x")]))],
      /is a VMDK image; convert it first/,
    ],
    [
      "a sparse entry of GNU's",
      [{ name: "disk/a.img", type: "S" }],
      /an entry of the kind "S": pack it without --sparse/,
    ],
    ["a sparse entry of POSIX's", [paxEntry({ "GNU.sparse.major": "1" }), file("disk/a.img")], /a sparse entry/],
    [
      "two extended headers for one entry",
      [paxEntry({ path: "a" }), paxEntry({ path: "b" }), file("c")],
      /two extended headers/,
    ],
    [
      "a global header that renames",
      [paxEntry({ path: "disk/a.img" }, "g"), file("x")],
      /a global header that renames/,
    ],
    [
      "an extended header of a mebibyte",
      [paxEntry({ comment: "x".repeat(mebibyte) }), file("disk/a.img")],
      /an extended header of more than 65536 bytes/,
    ],
    ["a header with an absurd length", [{ name: "disk/a.img", size: 2 ** 32 }], /an end in the middle of a file/],
    ["a directory with content", [{ name: "disk/", type: "5", content: disk("x", 512) }], /a directory with content/],
  ])("with %s are refused", async (_title, entries, words) => {
    const error = await refused(await push(image(...entries)), words);
    expect(error).toMatchObject({ reason: "ImageRefused", retryable: false });
  });

  test("that hide another archive behind their end are refused", async () => {
    const two = Buffer.concat([buildTar(file("disk/a.img")), buildTar(file("disk/b.img"))]);
    await refused(await push(buildImage({ layers: [gzipSync(two)] })), /something behind its end/);
  });

  test("that are none are refused", async () => {
    for (const bytes of [
      Buffer.from("hello"),
      Buffer.alloc(2048, "x"),
      gzipSync(Buffer.alloc(2048, "x")),
      gzipSync(buildTar(file("disk/a.img"))).subarray(0, 60),
    ]) {
      await refused(
        await push(buildImage({ layers: [bytes] })),
        /is not an archive that is taken|cannot be read to its end/,
      );
    }
  });

  test("with more entries than an image has are refused in time", async () => {
    const empty = buildTar(...Array.from({ length: 2000 }, (_, index) => ({ name: `d/${index}`, type: "5" }))).subarray(
      0,
      -1024,
    );
    const many = gzipSync(Buffer.concat([...Array<Buffer>(101).fill(empty), Buffer.alloc(1024)]));
    const began = performance.now();
    await refused(await push(buildImage({ layers: [many] })), /has more than 200000 files or absurd names/);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  test("that unpack to far more than they are worth are refused, and nothing of them is written", async () => {
    const header = buildTar({ name: "disk/a.img", size: 2 ** 33 - 1 }).subarray(0, 512);
    const zeros = zstdCompressSync(Buffer.alloc(64 * mebibyte));
    const bomb = Buffer.concat([zstdCompressSync(header), ...Array<Buffer>(40).fill(zeros)]);
    await refused(
      await push(buildImage({ layers: [bomb], layerType: "application/vnd.oci.image.layer.v1.tar+zstd" })),
      /unpacks to more than \d+ bytes, which is more than is taken for its size/,
    );
  }, 60_000);
});

describe("disks that reach for other files", () => {
  test.each([
    ["a backing file", ["-F", "raw", "-b", "SECRET"], /has a backing file; flatten it first/],
    ["a data file", ["-o", "data_file=DATA,data_file_raw=on"], /keeps its data in another file/],
    ["a backing file on the network", ["-u", "-F", "raw", "-b", "nbd://127.0.0.1:1/x"], /has a backing file/],
  ])("by %s are refused before QEMU sees them", async (_title, options, words) => {
    const at = (name: string) => join(lab.root, "machines", name);
    await mkdir(at(""), { recursive: true });
    await writeFile(at("secret"), disk("top secret", mebibyte));
    const named = options.map((option) => option.replace("SECRET", at("secret")).replace("DATA", at("data")));
    await run("qemu-img", ["create", "-q", "-f", "qcow2", ...named, at("hostile.qcow2"), "1M"]);
    await refused(await push(buildDiskImage(await readFile(at("hostile.qcow2")))), words);
  });

  test("or claim an absurd size are refused", async () => {
    const header = Buffer.alloc(4096);
    header.writeUInt32BE(0x514649fb, 0);
    header.writeUInt32BE(2, 4);
    header.writeUInt32BE(16, 20);
    header.writeBigUInt64BE(1n << 62n, 24);
    await refused(await push(buildDiskImage(header)), /claims to hold a disk of \d+ bytes/);
  });

  test("are looked into once: who asks again is told the same without a download", async () => {
    const image = buildDiskImage(Buffer.concat([Buffer.from("KDMV"), disk("x")]));
    const reference = await push(image);
    await refused(reference, /is a VMDK image/);
    await refused(reference, /is a VMDK image/);
    expect(front.asked(image.blobs[1]?.digest ?? "")).toHaveLength(1);
    expect(digestOf(image.manifest)).toBe(image.digest);
  });
});

describe("a full disk", () => {
  test("is said so, nothing is left, and the pull succeeds when there is room again", async () => {
    const small = join(lab.root, "small");
    await mkdir(small);
    try {
      await run("mount", ["-t", "tmpfs", "-o", "size=2m,mode=711", "tmpfs", small]);
    } catch (error) {
      console.info(`not tried: a full disk needs the right to mount one (${String(error)})`);
      return;
    }
    const cramped = await PullLab.open({ root: small });
    try {
      const random = Buffer.from(Array.from({ length: 4 * mebibyte }, (_, index) => (index * 7919) % 251));
      const reference = await push(buildDiskImage(random));
      await expect(cramped.pull(reference)).rejects.toMatchObject({ reason: "OutOfSpace", retryable: true });
      expect(await cramped.left()).toEqual([]);
      await run("mount", ["-o", "remount,size=16m", small]);
      expect(await cramped.pull(reference)).toBeDefined();
    } finally {
      await cramped.volumes.close();
      await run("umount", [small]);
    }
  });

  test("is not filled to the brim: running guests keep what is left", async () => {
    await lab.close();
    lab = await PullLab.open({ disks: { reserveBytes: 2 ** 60 } });
    await expect(lab.pull(await push(buildDiskImage(disk("x"))))).rejects.toMatchObject({ reason: "OutOfSpace" });
    expect(await lab.left()).toEqual([]);
  });
});
