/** The examples as a person runs them: the real Pulumi CLI, the real engine, guests that boot and answer. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { succeed } from "./support/command.ts";
import { LocalEngine } from "./support/local-engine.ts";
import { PulumiProject, removeTemplate } from "./support/pulumi-project.ts";
import { eventually, guestAnswer } from "./support/wait.ts";

let engine: LocalEngine;
let project: PulumiProject | undefined;

beforeAll(async () => {
  engine = await LocalEngine.create();
  await engine.start();
  await engine.importGuest("tiny");
});

afterEach(async () => {
  await project?.remove();
  project = undefined;
});

afterAll(async () => {
  await engine?.remove();
  await removeTemplate();
});

async function open(example: string): Promise<PulumiProject> {
  project = await PulumiProject.create(engine, example);
  return project;
}

async function up(stack: PulumiProject): Promise<Readonly<Record<string, unknown>>> {
  const { code, output } = await stack.up();
  expect(code, output).toBe(0);
  return stack.outputs();
}

const field = (object: string, path: string) => engine.kubectl("get", object, "--output", `jsonpath={.${path}}`);

describe("presets", () => {
  test("reach the machines that they select, and what a machine says itself counts more", async () => {
    const stack = await open("presets");
    const preview = await stack.run("preview", "--diff");
    expect(preview.code, preview.output).toBe(0);
    expect(preview.output).toMatch(/memory: "256Mi"/);
    const { ips } = await up(stack);
    expect(JSON.parse(await field("vm/web", "spec.domain"))).toMatchObject({
      cpu: { cores: 1 },
      resources: { requests: { memory: "128Mi" } },
      watchdog: { name: "watchdog", i6300esb: { action: "reset" } },
      clock: { utc: { offsetSeconds: 0 } },
    });
    const batch = JSON.parse(await field("vm/batch", "spec.domain"));
    expect(batch).toMatchObject({ cpu: { cores: 1 }, resources: { requests: { memory: "256Mi" } } });
    expect(batch).not.toHaveProperty("watchdog");
    const { web } = ips as { web: string };
    expect(await guestAnswer(web)).toContain(web);
    // A preset that changes reaches machines that are made after it, and these are replaced by their own change only.
    expect((await stack.run("preview", "--expect-no-changes")).code).toBe(0);
  });
});

describe("a machine that is kept", () => {
  const importDisk = async () => {
    const image = join(engine.folder, "data.img");
    await writeFile(image, Buffer.alloc(1024 * 1024));
    const imported = await engine.virtctl("image", "import", image, "--name", "data", "--namespace", engine.namespace);
    expect(imported.code, imported.output).toBe(0);
  };
  const running = (otherThan: string) =>
    eventually("another machine runs", async () => {
      const uid = await field("vm/counter", "metadata.uid").catch(() => "");
      if (uid === "" || uid === otherThan) return undefined;
      const phase = await field("vm/counter", "status.phase").catch(() => "");
      return phase === "Running" ? uid : undefined;
    });

  test("comes back after its guest's power-off, its QEMU's death and its deletion, with what is on its claim", async () => {
    await importDisk();
    const stack = await open("offline");
    const { ip, ready } = await up(stack);
    expect(ready).toBe(true);
    const address = String(ip);
    expect(await guestAnswer(address)).toBe("start 1");
    const domain = `${engine.namespace}_counter`;
    const virsh = (...args: string[]) => succeed("virsh", ["--quiet", "--connect", "qemu:///system", ...args]);
    const ends = [
      ["the guest powers off", () => virsh("shutdown", domain)],
      [
        "QEMU is killed",
        async () => process.kill(Number(await succeed("cat", [`/run/libvirt/qemu/${domain}.pid`])), 9),
      ],
      ["the machine is deleted", () => engine.kubectl("delete", "vm", "counter")],
    ] as const;
    let uid = await field("vm/counter", "metadata.uid");
    for (const [index, [, end]] of ends.entries()) {
      await end();
      uid = await running(uid);
      expect(await field("vm/counter", "status.interfaces[0].ipAddress")).toBe(address);
      expect(await guestAnswer(address)).toBe(`start ${index + 2}`);
    }
    await stack.succeed("config", "set", "state", "Halted");
    expect(await up(stack)).toMatchObject({ ready: false, ip: "" });
    expect(await engine.kubectl("get", "vms", "--output", "name")).toBe("");
    // Longer than what its controller would wait by now, were it about to start it.
    await pause(25_000);
    expect(await engine.kubectl("get", "vms", "--output", "name")).toBe("");
    expect(await virsh("list", "--all", "--name")).not.toContain(domain);
    expect(await field("ovm/counter", "status.created")).toBe("false");
    await stack.succeed("config", "set", "state", "Always");
    expect(await up(stack)).toMatchObject({ ready: true, ip: address });
    expect(await guestAnswer(address)).toBe("start 5");
  });
});

describe("a set of machines", () => {
  test("has as many as asked for, by the program or by kubectl, each with an address of its own", async () => {
    const stack = await open("replica-set");
    expect(await up(stack)).toEqual({ wanted: 2, running: 2 });
    const addresses = async () =>
      (await engine.kubectl("get", "vms", "--output", "jsonpath={.items[*].status.interfaces[0].ipAddress}")).split(
        " ",
      );
    const names = (await engine.kubectl("get", "vms", "--output", "name")).split("\n");
    for (const name of names) expect(name).toMatch(/\/farm[a-z0-9]{5}$/);
    for (const address of await addresses()) expect(await guestAnswer(address)).toContain(address);
    expect(await engine.kubectl("get", "vmrs", "farm", "--template", "{{.status.readyReplicas}}")).toBe("2");

    await engine.kubectl("scale", "vmrs/farm", "--replicas=3");
    await engine.kubectl("wait", "vmrs/farm", "--for=jsonpath={.status.readyReplicas}=3", "--timeout=60s");
    expect(new Set(await addresses()).size).toBe(3);
    await stack.succeed("config", "set", "replicas", "1");
    expect(await up(stack)).toEqual({ wanted: 1, running: 1 });
  });
});

describe("user data", () => {
  test("reaches guests from the program, encoded, and from a secret; and stays secret", async () => {
    const file = join(engine.folder, "user-data");
    await writeFile(file, "#!/bin/sh\necho from a secret > /run/greeting\n");
    await engine.kubectl("create", "secret", "generic", "greeting", `--from-file=userdata=${file}`);
    const stack = await open("cloud-init");
    await stack.succeed("config", "set", "--secret", "password", "canary-7f3a");
    const preview = await stack.run("preview", "--diff");
    expect(preview.code, preview.output).toBe(0);
    const { code, output } = await stack.up();
    expect(code, output).toBe(0);
    const { ips } = (await stack.outputs()) as { ips: Record<string, string> };
    expect(await guestAnswer(ips.plain ?? "")).toBe("the password is canary-7f3a");
    expect(await guestAnswer(ips.encoded ?? "")).toBe("from base64");
    expect(await guestAnswer(ips.referred ?? "")).toBe("from a secret");
    const events = await engine.kubectl("get", "events", "--output", "yaml");
    const state = await stack.succeed("stack", "export");
    for (const text of [preview.output, output, events, state]) expect(text).not.toContain("canary-7f3a");
  });
});
