/** What makes machines, as a program declares it: driven by the real Pulumi CLI, run by the real libvirt. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LocalEngine } from "./support/local-engine.ts";
import { PulumiProject, removeTemplate } from "./support/pulumi-project.ts";

let engine: LocalEngine;
let project: PulumiProject;

const program = (changes: { strategy: string; replicas: number; cores?: number }) => `
import * as kubevirt from "pulumi-kubevirt";
new kubevirt.VirtualMachinePreset("small", {
  metadata: { name: "small" },
  spec: { selector: { matchLabels: { size: "small" } }, domain: { resources: { requests: { memory: "96Mi" } } } },
});
const template = (app: string) => ({
  metadata: { labels: { size: "small", app } },
  spec: {
    // There is nothing in the guests that a power button would have to save.
    terminationGracePeriodSeconds: 0,
    domain: {
      cpu: { cores: ${changes.cores ?? 1} },
      devices: { disks: [{ name: "root", volumeName: "root", disk: { bus: "virtio" as const } }] },
    },
    volumes: [{ name: "root", ephemeral: { persistentVolumeClaim: { claimName: "tiny" } } }],
  },
});
const db = new kubevirt.OfflineVirtualMachine("db", {
  metadata: { name: "db" },
  spec: { runStrategy: "${changes.strategy}" as const, template: template("db") },
});
const farm = new kubevirt.VirtualMachineReplicaSet("farm", {
  metadata: { name: "farm" },
  spec: { replicas: ${changes.replicas}, selector: { matchLabels: { app: "farm" } }, template: template("farm") },
});
export const database = { ip: db.ipAddress, ready: db.ready, created: db.created };
export const machines = { replicas: farm.replicas, ready: farm.readyReplicas };
`;

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

describe("machines that are kept", () => {
  test("run after one up, with the program's presets", async () => {
    await project.write(program({ strategy: "Always", replicas: 1 }));
    const { code, output } = await project.up();
    expect(code, output).toBe(0);
    const { database, machines } = await project.outputs();
    expect(database).toMatchObject({ ready: true, created: true, ip: expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/) });
    expect(machines).toEqual({ replicas: 1, ready: 1 });
    const memory = await engine.kubectl(
      "get",
      "vm",
      "db",
      "--output",
      "jsonpath={.spec.domain.resources.requests.memory}",
    );
    expect(memory).toBe("96Mi");
    expect((await project.run("preview", "--expect-no-changes")).code).toBe(0);
  });

  test("come back when somebody takes them away, and go when virtctl stops them", async () => {
    const address = "jsonpath={.status.interfaces[0].ipAddress}";
    const addressBefore = await engine.kubectl("get", "vm", "db", "--output", address);
    const before = await engine.kubectl("get", "vm", "db", "--output", "jsonpath={.metadata.uid}");
    await engine.kubectl("delete", "vm", "db");
    await engine.kubectl("wait", "ovm/db", "--for=jsonpath={.status.ready}=true", "--timeout=60s");
    const after = await engine.kubectl("get", "vm", "db", "--output", "jsonpath={.metadata.uid}");
    expect(after).not.toBe(before);
    expect(await engine.kubectl("get", "vm", "db", "--output", address)).toBe(addressBefore);
    const stopped = await engine.virtctl("stop", "db", "--namespace", engine.namespace);
    expect(stopped.code, stopped.output).toBe(0);
    await engine.kubectl("wait", "vm/db", "--for=delete", "--timeout=60s");
    expect((await engine.virtctl("stop", "db", "-n", engine.namespace)).output).toMatch(/db is already stopped/);
  });

  test("are changed in place: a refresh sees what others did, an up mends it", async () => {
    await project.succeed("refresh", "--yes", "--skip-preview");
    await project.write(program({ strategy: "Always", replicas: 2, cores: 2 }));
    const preview = await project.run("preview", "--diff");
    expect(preview.output).toMatch(/spec\.template: the change takes effect when the machine is next started/);
    expect(preview.output).not.toMatch(/replace/);
    const { code, output } = await project.up();
    expect(code, output).toBe(0);
    const { database, machines } = await project.outputs();
    expect(database).toMatchObject({ ready: true });
    expect(machines).toEqual({ replicas: 2, ready: 2 });
  });

  test("are halted with success, and destroyed with nothing left", async () => {
    await project.write(program({ strategy: "Halted", replicas: 0, cores: 2 }));
    const { code, output } = await project.up();
    expect(code, output).toBe(0);
    expect(await project.outputs()).toMatchObject({
      database: { ready: false, created: false, ip: "" },
      machines: { replicas: 0, ready: 0 },
    });
    expect(await engine.kubectl("get", "vms", "--output", "name")).toBe("");
    await project.succeed("destroy", "--yes", "--skip-preview");
    expect(await engine.kubectl("get", "ovms,vmrs", "--output", "name")).toBe("");
  });
});
