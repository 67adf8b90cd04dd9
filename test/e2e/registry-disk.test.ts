/** examples/registry-disk as a person runs it: a disk in a container image, a registry, Pulumi, and a guest that boots. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packAndPush } from "../builders/packed-disk.ts";
import { DockerRegistry } from "../integration/registry/support/docker-registry.ts";
import { domains, LocalEngine, projectRoot } from "./support/local-engine.ts";
import { PulumiProject, removeTemplate } from "./support/pulumi-project.ts";
import { guestAnswer } from "./support/wait.ts";

let registry: DockerRegistry;
let engine: LocalEngine;
let project: PulumiProject;
let image: string;

beforeAll(async () => {
  registry = await DockerRegistry.start();
  const guest = process.env.GUEST_IMAGE;
  if (guest === undefined) throw new Error("GUEST_IMAGE is not set; run the tests with `make test`");
  image = await packAndPush(guest, `${registry.host}/disks/guest:1`);
  engine = await LocalEngine.create();
  await engine.start();
  project = await PulumiProject.create(engine);
  await project.write(await readFile(join(projectRoot, "examples/registry-disk/index.ts"), "utf8"));
});

afterAll(async () => {
  await project?.remove();
  await engine?.remove();
  await registry?.stop();
  await removeTemplate();
});

const eventsOf = async (machine: string) =>
  (
    await engine.kubectl(
      "get",
      "events",
      `--field-selector=involvedObject.name=${machine}`,
      "--sort-by=.metadata.name",
      "--output=jsonpath={range .items[*]}{.reason} {.message}{'\\n'}{end}",
    )
  ).split("\n");

describe("a machine whose disk is in a registry", () => {
  test("fails the up within seconds, with what to do, while nobody has pushed the image", async () => {
    await project.succeed("config", "set", "image", `${registry.host}/disks/absent:1`);
    const { code, output } = await project.up();
    expect(code).not.toBe(0);
    expect(output).toMatch(
      /volume "root": image "127\.0\.0\.1:\d+\/disks\/absent:1" cannot be pulled: .* answers 404 \(MANIFEST_UNKNOWN\); it is asked for again/,
    );
  });

  test("boots from it once it is there, and says what was pulled", async () => {
    await project.succeed("config", "set", "image", image);
    const { code, output } = await project.up();
    expect(code, output).toBe(0);
    expect(await guestAnswer(String((await project.outputs()).ip))).toBe("Hello from web, pulled from a registry");
    const told = await eventsOf("web");
    expect(told).toContainEqual(expect.stringMatching(/^Pulling Pulling image ".*\/disks\/guest:1" \(9\.\d MiB\)$/));
    expect(told).toContainEqual(
      expect.stringMatching(/^Pulled Successfully pulled image ".*\/disks\/guest:1" \(9\.\d MiB in \d+\.\d s\)$/),
    );
  });

  test("shares it with a second machine, which needs no registry any more", async () => {
    await registry.stop();
    const vm = JSON.parse(await engine.kubectl("get", "vm", "web", "--output", "json"));
    const second = { ...vm, metadata: { name: "second", namespace: engine.namespace }, status: undefined };
    const { code, output } = await engine.tryKubectl(["create", "--filename", "-"], JSON.stringify(second));
    expect(code, output).toBe(0);
    await engine.kubectl("wait", "vm/second", "--for=condition=Ready", "--timeout=60s");
    const ip = await engine.kubectl("get", "vm", "second", "--output", "jsonpath={.status.interfaces[0].ipAddress}");
    expect(await guestAnswer(ip)).toBe("Hello from second, pulled from a registry");
    expect(await eventsOf("second")).toContainEqual(
      expect.stringMatching(
        /^RegistryUnavailable .* cannot be reached: nobody listens there; .* as it was pulled last$/,
      ),
    );
    expect(await readdir(join((await engine.record()).volumes, "registry/disks"))).toHaveLength(1);
  });

  test("leaves with its overlay, and the disk stays for the next one", async () => {
    await engine.kubectl("delete", "vm", "second");
    const { code, output } = await project.run("destroy", "--yes", "--skip-preview");
    expect(code, output).toBe(0);
    expect(await domains(engine, "web")).toEqual([]);
    const { volumes } = await engine.record();
    expect(await readdir(join(volumes, "machines"))).toEqual([]);
    expect(await readdir(join(volumes, "registry/disks"))).toHaveLength(1);
    expect(await readdir(join(volumes, "registry/pulling"))).toEqual([]);
  });
});
