/** Building the images from nothing, without any cache, gives what was built before. Needs `make images`; a minute or two. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { succeed } from "../../e2e/support/command.ts";
import { imageNames, layout } from "./support/image.ts";

const build = resolve(__dirname, "../../../tools/images/build.sh");
const digestOf = (folder: string, name: string) =>
  succeed("skopeo", ["inspect", "--format={{.Digest}}", `oci:${folder}:${name}`]);

test("two builds of the same sources and packages have the same digests", async () => {
  const folder = mkdtempSync(join(tmpdir(), "kubevirt-build-"));
  try {
    const env = { ...process.env, XDG_CACHE_HOME: join(folder, "cache"), TZ: "Asia/Tokyo" };
    await succeed("sh", ["-c", 'umask 077; exec "$0" "$1"', build, join(folder, "images")], {
      env,
      timeoutMs: 900_000,
    });
    for (const name of imageNames) {
      expect(await digestOf(join(folder, "images/oci"), name)).toBe(await digestOf(layout, name));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 900_000);
