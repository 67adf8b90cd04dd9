/** What is in the images, and what is not. Needs root and the images: `make images`. */
import { lstatSync, readdirSync, readFileSync, type Stats } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Image, type ImageName, imageNames } from "./support/image.ts";

interface Entry {
  readonly path: string;
  readonly stats: Stats;
}

const images = new Map<ImageName, Image>();

beforeAll(async () => {
  for (const name of imageNames) images.set(name, await Image.unpack(name));
});
afterAll(() => {
  for (const image of images.values()) image.remove();
});

function imageOf(name: ImageName): Image {
  const image = images.get(name);
  if (image === undefined) throw new Error(`${name} was not unpacked`);
  return image;
}

/** Everything in the image; links are not followed. */
function entriesOf(name: ImageName, folder = ""): readonly Entry[] {
  return readdirSync(join(imageOf(name).rootfs, folder)).flatMap((file) => {
    const path = join(folder, file);
    const stats = lstatSync(join(imageOf(name).rootfs, path));
    return [{ path, stats }, ...(stats.isDirectory() ? entriesOf(name, path) : [])];
  });
}

const pathsOf = (name: ImageName, choose: (entry: Entry) => boolean) =>
  entriesOf(name)
    .filter(choose)
    .map(({ path }) => path);

describe.each(imageNames)("%s", (name) => {
  test("raises nobody's rights, and lets nobody write but its owner", () => {
    expect(pathsOf(name, ({ stats }) => (stats.mode & 0o6000) !== 0)).toEqual([]);
    const open = pathsOf(name, ({ stats }) => !stats.isSymbolicLink() && (stats.mode & 0o022) !== 0);
    expect(open).toEqual(["tmp"]);
    expect(lstatSync(join(imageOf(name).rootfs, "tmp")).mode & 0o7777).toBe(0o1777);
    expect(pathsOf(name, ({ stats }) => stats.uid !== 0 || stats.gid !== 0)).toEqual([]);
  });

  test("has no packages, no lists of them, no manuals and no documents but licences", () => {
    expect(
      pathsOf(name, ({ path }) => /\.deb$|^var\/(lib\/apt|cache\/apt)|^usr\/share\/(man|info|locale)\//.test(path)),
    ).toEqual([]);
    const documents = pathsOf(name, ({ path, stats }) => path.startsWith("usr/share/doc/") && stats.isFile());
    expect(documents.filter((path) => !path.endsWith("/copyright"))).toEqual([]);
    expect(documents).not.toEqual([]);
  });

  test("has no device nodes and no times", () => {
    expect(pathsOf(name, ({ stats }) => stats.isCharacterDevice() || stats.isBlockDevice())).toEqual([]);
    expect(imageOf(name).config.created).toBe("1970-01-01T00:00:00Z");
    expect(pathsOf(name, ({ stats }) => stats.mtimeMs !== 0)).toEqual([]);
  });

  test("tells nothing about where it was built", () => {
    const { config } = imageOf(name);
    expect(Object.keys(config.config.Labels).sort()).toEqual([
      "org.opencontainers.image.description",
      "org.opencontainers.image.licenses",
      "org.opencontainers.image.title",
    ]);
    expect(config.config.Labels["org.opencontainers.image.title"]).toBe(name);
    expect(config.architecture).toBe("amd64");
  });
});

test("the controller and the launcher run as nobody in particular, the agent as root", () => {
  expect(imageNames.map((name) => imageOf(name).config.config.User)).toEqual(["65532:65532", "0:0", "65532:65532"]);
});

test("each starts its own program", () => {
  expect(imageNames.map((name) => imageOf(name).config.config.Entrypoint)).toEqual([
    ["node", "/app/virt-controller.js"],
    ["node", "/app/virt-agent.js"],
    ["/app/virt-launcher"],
  ]);
});

test("controller and agent share the layer with Node.js", () => {
  const [first, second] = (["virt-controller", "virt-agent"] as const).map((name) => imageOf(name).layers[0]);
  expect(first).toEqual(second);
  expect(first?.size).toBeGreaterThan(30_000_000);
});

test("nothing in the controller's image can be run but Node.js and the loader", () => {
  const programs = pathsOf("virt-controller", ({ stats }) => stats.isFile() && (stats.mode & 0o111) !== 0);
  expect(programs.filter((path) => !/\.so(\.|$)/.test(path))).toEqual(["usr/bin/node"]);
});

test("a program needs none of its packages beside it, and their licences are told", () => {
  for (const name of ["virt-controller", "virt-agent"] as const) {
    expect(readdirSync(join(imageOf(name).rootfs, "app")).sort()).toEqual([`${name}.LICENSES.txt`, `${name}.js`]);
    const licences = readFileSync(join(imageOf(name).rootfs, `app/${name}.LICENSES.txt`), "utf8");
    expect(licences).toMatch(/^pino \S+ \(MIT\)\n\nThe MIT License/m);
    expect(licences).toMatch(/^zod /m);
  }
});

test("the agent's image has libvirt's driver for QEMU and no other, one QEMU, and the time zones", () => {
  const agent = entriesOf("virt-agent").map(({ path }) => path);
  const below = (folder: string) => agent.filter((path) => path.startsWith(`${folder}/`));
  expect(below("usr/lib/x86_64-linux-gnu/libvirt/connection-driver")).toEqual([
    "usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_qemu.so",
  ]);
  expect(agent.filter((path) => path.startsWith("usr/bin/qemu-system-"))).toEqual(["usr/bin/qemu-system-x86_64"]);
  expect(agent).toContain("usr/share/zoneinfo/Europe/Prague");
});
