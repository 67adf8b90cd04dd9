/**
 * The quickstart as a person runs it: the real Pulumi CLI, the real engine process, real libvirt, a guest that boots.
 * The tests of this file go on from one another, as the session of a person does.
 */
import { chmod, readdir, readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { domains, LocalEngine, reservedMacs } from "./support/local-engine.ts";
import { PulumiProject, removeTemplate } from "./support/pulumi-project.ts";
import { eventually, guestAnswer } from "./support/wait.ts";

let engine: LocalEngine;
let project: PulumiProject;

beforeAll(async () => {
  engine = await LocalEngine.create();
  await engine.start();
  await engine.importGuest("tiny");
  project = await PulumiProject.create(engine);
});

afterAll(async () => {
  await project?.remove();
  await engine?.remove();
  await removeTemplate();
});

const vms = async () => (await engine.kubectl("get", "vms", "--output", "name")).split("\n").filter(Boolean);

describe("before anything is created", () => {
  test("a preview of a wrong program shows every fault with its path, the value and what would be right", async () => {
    await project.writeQuickstart({
      'volumeName: "root", disk': 'volumeName: "rot", disk',
      "domain: {\n      devices": "domain: {\n      cpu: { cores: 0 },\n      devices",
    });
    const { code, output } = await project.run("preview");
    expect(code).not.toBe(0);
    expect(output).toContain(
      'spec.domain.devices.disks[0].volumeName: "rot": names no volume in spec.volumes (volumes: root, seed)',
    );
    expect(output).toMatch(/spec\.domain\.cpu\.cores: 0: .*at least 1/);
    expect(await vms()).toEqual([]);
  });

  test("two presets that disagree are refused in the preview, with both names, the path and both values", async () => {
    await project.writeQuickstart({
      "// The guest runs": `new kubevirt.VirtualMachinePreset("other", {
        metadata: { name: "other" },
        spec: { selector: { matchLabels: { size: "small" } }, domain: { cpu: { cores: 2 } } },
      });
      // The guest runs`,
    });
    const { code, output } = await project.run("preview");
    expect(code).not.toBe(0);
    expect(output).toMatch(/spec\.domain\.cpu\.cores: .*(m1\.small.*other|other.*m1\.small)/);
    expect(await vms()).toEqual([]);
  });

  test("a preview shows the effective domain and which preset gave which setting, and hides the user data", async () => {
    await project.writeQuickstart({});
    const { code, output } = await project.run("preview", "--diff");
    expect(output).toMatch(/cores: 1/);
    expect(output).toMatch(/memory: "128Mi"/);
    expect(output).toMatch(/presets\.virtualmachines\.kubevirt\.io\/provenance/);
    expect(output).toMatch(/spec\.domain\.resources\.requests\.memory\s*: "m1\.small"/);
    expect(output).not.toContain("told by cloud-init");
    expect(code).toBe(0);
    expect(await vms()).toEqual([]);
  });

  test("an engine that is not running is said so, with the way to start it, and the state stays as it was", async () => {
    await engine.virtctl("local", "stop");
    const { code, output } = await project.up();
    expect(code).not.toBe(0);
    expect(output).toContain('start the local engine with "virtctl local start"');
    expect((await project.resources()).has("web")).toBe(false);
    await engine.restart();
  });
});

describe("a guest", () => {
  test("is started by pulumi up, which says what it waits for, and answers at the address of its outputs", async () => {
    const { code, output } = await project.up();
    expect(output).toContain(`VirtualMachine ${engine.namespace}/web: waiting: `);
    expect(code, output).toBe(0);
    const outputs = await project.outputs();
    expect(outputs.phase).toBe("Running");
    expect(await guestAnswer(String(outputs.ip))).toBe("Hello from web, told by cloud-init");
  });

  test("is shown by kubectl as the objects' description says", async () => {
    expect(await engine.kubectl("get", "vm", "web", "--template", "{{.status.phase}}")).toBe("Running");
    const { ip, node } = await project.outputs();
    const [header, row] = (await engine.kubectl("get", "vms")).split("\n");
    expect(header?.split(/\s+/)).toEqual(["NAME", "PHASE", "IP", "NODE", "AGE"]);
    expect(row?.split(/\s+/).slice(0, 4)).toEqual(["web", "Running", ip, node]);
    const description = await engine.kubectl("describe", "vm", "web");
    expect(description).toContain(`kubevirt.io/nodeName=${node}`);
    const events = description
      .slice(description.indexOf("Events:"))
      .split("\n")
      .map((line) => line.trim().split(/\s{2,}/))
      .map(([type, reason, , from, message]) => [type, reason, from, message]);
    expect(events.slice(3)).toEqual([
      [
        "Normal",
        "SuccessfulCreate",
        "virtualmachine-controller",
        `Created virtual machine assignment to node ${node} (this engine has no launcher pods)`,
      ],
      [
        "Normal",
        "SuccessfulHandOver",
        "virtualmachine-controller",
        `Virtual machine ownership transferred to the node ${node}`,
      ],
      ["Normal", "Created", "virt-handler", "VM defined."],
      ["Normal", "Started", "virt-handler", "VM started."],
    ]);
  });

  test("does not notice that the engine is killed: same domain, phase Running, nothing made again", async () => {
    const before = await domains(engine, "web");
    const uid = await engine.kubectl("get", "vm", "web", "--output", "jsonpath={.metadata.uid}");
    const { pid } = await engine.record();
    process.kill(pid, "SIGKILL");
    await eventually("the engine is gone", async () =>
      (await engine.virtctl("local", "status")).code === 3 ? true : undefined,
    );
    await engine.restart();
    expect(await domains(engine, "web")).toEqual(before);
    expect(before).toMatchObject([{ state: "running" }]);
    expect(await engine.kubectl("get", "vm", "web", "--template", "{{.status.phase}}")).toBe("Running");
    expect(await engine.kubectl("get", "vm", "web", "--output", "jsonpath={.metadata.uid}")).toBe(uid);
  });

  test("is left alone by a second up and by a refresh", async () => {
    const before = await domains(engine, "web");
    expect((await project.up()).output).toMatch(/3 unchanged/);
    expect((await project.run("refresh", "--yes", "--skip-preview")).output).toMatch(/3 unchanged/);
    expect((await project.run("preview", "--expect-no-changes")).code).toBe(0);
    expect(await domains(engine, "web")).toEqual(before);
  });

  test("keeps its user data out of the state file and of the engine's log", async () => {
    const state = await project.succeed("stack", "export");
    expect(state).not.toContain("told by cloud-init");
    const { stdout } = await engine.virtctl("local", "status");
    const log = /log: +(\S+)/.exec(stdout)?.[1] ?? "";
    expect(await readFile(log, "utf8")).not.toContain("told by cloud-init");
  });

  test("gets a new label in place, and a new spec by being replaced", async () => {
    const before = await domains(engine, "web");
    await project.writeQuickstart({
      'size: "small" } },\n  spec: {\n    domain': 'size: "small", tier: "front" } },\n  spec: {\n    domain',
    });
    expect((await project.up()).output).toMatch(/1 updated/);
    expect(await domains(engine, "web")).toEqual(before);
    expect(await engine.kubectl("get", "vms", "--selector", "tier=front", "--output", "name")).toContain("/web");

    await project.writeQuickstart({ "told by cloud-init": "told again" });
    const { code, output } = await project.up();
    expect(code, output).toBe(0);
    expect(output).toMatch(/1 replaced/);
    const [after] = await domains(engine, "web");
    expect(after?.id).not.toBe(before[0]?.id);
    expect(await guestAnswer(String((await project.outputs()).ip))).toBe("Hello from web, told again");
  });

  test("goes with pulumi destroy: no object, domain, file or reservation is left", async () => {
    const mac = await engine.kubectl("get", "vm", "web", "--output", "jsonpath={.status.interfaces[0].mac}");
    expect(await reservedMacs()).toContain(mac);
    const { code, output } = await project.run("destroy", "--yes", "--skip-preview");
    expect(code, output).toBe(0);
    expect(await vms()).toEqual([]);
    expect(await domains(engine, "web")).toEqual([]);
    expect(await reservedMacs()).not.toContain(mac);
    expect(await readdir(`${(await engine.record()).volumes}/machines`)).toEqual([]);
  });
});

describe("an up that is killed half-way", () => {
  test("leaves an object that the next up takes over: same uid, no second machine", async () => {
    await project.writeQuickstart({});
    const killed = project.startUp();
    const uid = await eventually("the machine is declared", async () => {
      const { code, stdout } = await engine.tryKubectl(["get", "vm", "web", "--output", "jsonpath={.metadata.uid}"]);
      return code === 0 && stdout !== "" ? stdout : undefined;
    });
    await killed.kill();
    expect((await project.resources()).get("web")?.id).toBeUndefined();

    const { code, output } = await project.up();
    expect(code, output).toBe(0);
    expect(await engine.kubectl("get", "vm", "web", "--output", "jsonpath={.metadata.uid}")).toBe(uid);
    expect(await vms()).toHaveLength(1);
    await project.succeed("destroy", "--yes", "--skip-preview");
  });
});

describe("a guest that cannot start", () => {
  test("is reported within seconds in libvirt's words, kept in the state, can be destroyed, and is started by an up after the repair", async () => {
    await project.writeQuickstart({});
    const { volumes } = await engine.record();
    await chmod(volumes, 0o700);
    const started = Date.now();
    const broken = await project.up();
    expect(broken.code).not.toBe(0);
    expect(broken.output).toMatch(/VirtualMachine \S+\/web did not become ready: libvirt: .*Permission denied/);
    expect(broken.output).toContain("Warning SyncFailed: libvirt: ");
    expect(Date.now() - started).toBeLessThan(60_000);
    expect((await project.resources()).get("web")?.id).toBe(`${engine.namespace}/web`);

    const destroyed = await project.run("destroy", "--yes", "--skip-preview");
    expect(destroyed.code, destroyed.output).toBe(0);
    expect(await vms()).toEqual([]);
    expect((await project.up()).code).not.toBe(0);

    await chmod(volumes, 0o711);
    const mended = await project.up();
    expect(mended.code, mended.output).toBe(0);
    expect((await project.outputs()).phase).toBe("Running");
    expect(await domains(engine, "web")).toHaveLength(1);
  });
});
