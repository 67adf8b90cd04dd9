/** The images in a registry. Needs docker-registry and the images: `make images`. */
import { resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { succeed } from "../../e2e/support/command.ts";
import { DockerRegistry } from "../../integration/registry/support/docker-registry.ts";
import { imageNames, layout } from "./support/image.ts";

const push = resolve(__dirname, "../../../tools/images/push.sh");
let registry: DockerRegistry;

beforeAll(async () => {
  registry = await DockerRegistry.start();
});
afterAll(() => registry.stop());

const digestOf = (reference: string) =>
  succeed("skopeo", ["inspect", "--tls-verify=false", "--format={{.Digest}}", reference]);

test("push.sh sends all images under one tag, with the digests that the build printed", async () => {
  const said = await succeed(push, [registry.host, "--tag", "try"]);
  expect(said.split("\n")).toEqual(imageNames.map((name) => `${registry.host}/${name}:try`));
  for (const name of imageNames) {
    expect(await digestOf(`docker://${registry.host}/${name}:try`)).toBe(await digestOf(`oci:${layout}:${name}`));
  }
});
