/**
 * Waiting for what guests do, by the annotation pulumi.com/waitFor: both forms of the provider, the real engine, guests that
 * boot, wherever they run. The tests of a block go on from one another, as the session of a person does.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PulumiProject, removeTemplate, type Target } from "../support/pulumi-project.ts";
import { guestAnswer } from "../support/wait.ts";
import type { Place } from "./place.ts";

/** What the guest prints of its user data; nobody must read it in the message of a wait. */
const canary = "moose-4711-canary";
const userData = ["#!/bin/sh", `echo "told by cloud-init" > /run/greeting`, `echo "the password is ${canary}"`].join(
  "\n",
);

/** Seconds for which the machine that never answers is waited for. */
const patience = 20;

interface Asked {
  readonly web: string;
  readonly late: string;
  readonly name: string;
  /** The volume that guests boot from. */
  readonly root: object;
}

const machineOf = ({ name, root }: Pick<Asked, "name" | "root">, waitFor: string, timeoutSeconds: number) => ({
  metadata: { name, annotations: { "pulumi.com/waitFor": waitFor, "pulumi.com/timeoutSeconds": `${timeoutSeconds}` } },
  spec: {
    terminationGracePeriodSeconds: 0,
    domain: {
      resources: { requests: { memory: "96Mi" } },
      devices: {
        disks: [
          { name: "root", volumeName: "root", disk: { bus: "virtio" } },
          { name: "seed", volumeName: "seed", cdrom: { bus: "sata" } },
        ],
      },
    },
    volumes: [root, { name: "seed", cloudInitNoCloud: { userData } }],
  },
});
const machinesOf = ({ web, late, name, root }: Asked) => ({
  web: machineOf({ name: `${name}-web`, root }, web, 300),
  late: machineOf({ name: `${name}-late`, root }, late, patience),
});

/** JSON is YAML, and TypeScript, too. */
const programs = {
  sdk: (asked: Asked) => {
    const { web, late } = machinesOf(asked);
    const keeper = { metadata: { name: `${asked.name}-keeper`, annotations: { "pulumi.com/waitFor": "guest-agent" } } };
    return `import * as kubevirt from "pulumi-kubevirt";
export const ip = new kubevirt.VirtualMachine("web", ${JSON.stringify(web)} as any).ipAddress;
new kubevirt.VirtualMachine("late", ${JSON.stringify(late)} as any);
new kubevirt.OfflineVirtualMachine("keeper", {
  ...${JSON.stringify(keeper)},
  spec: { runStrategy: "Always", template: { spec: ${JSON.stringify(web.spec)} as any } },
});
`;
  },
  plugin: (asked: Asked) => {
    const { web, late } = machinesOf(asked);
    const type = "kubevirt:VirtualMachine";
    return JSON.stringify({
      name: "yaml",
      runtime: "yaml",
      resources: { web: { type, properties: web }, late: { type, properties: late } },
      outputs: { ip: `${"$"}{web.ipAddress}` },
    });
  },
};

const forms = [
  {
    form: "sdk",
    title: "a program in TypeScript",
    open: (place: Target) => PulumiProject.create(place),
    file: "index.ts",
  },
  {
    form: "plugin",
    title: "a program in YAML, by the plugin",
    open: (place: Target) => PulumiProject.createWithPlugin(place, "yaml"),
    file: "Pulumi.yaml",
  },
] as const;

/** `start` is called once, and `end` when all is over, also where `start` came to nothing. */
export function waitingSuite(start: () => Promise<Place>, end: () => Promise<void>): void {
  let place: Place;

  beforeAll(async () => {
    place = await start();
  });
  afterAll(async () => {
    await end();
    await removeTemplate();
  });

  const kubectl = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, output } = await place.kubectl(args);
    expect(code, output).toBe(0);
    return stdout.trim();
  };
  const condition = (object: string, type: string) =>
    kubectl("get", object, "--output", `jsonpath={.status.conditions[?(@.type=="${type}")].status}`);
  const addressOf = (object: string) =>
    kubectl("get", object, "--output", "jsonpath={.status.interfaces[0].ipAddress}");
  const uidOf = (object: string) => kubectl("get", object, "--output", "jsonpath={.metadata.uid}");

  describe.each(forms)("$title", ({ form, open, file }) => {
    const all = '["tcp:80", "cloud-init", "guest-agent"]';
    let project: PulumiProject;
    let uid: string;

    const write = (asked: Pick<Asked, "web" | "late">) =>
      writeFile(join(project.folder, file), programs[form]({ ...asked, name: form, root: place.root }));

    beforeAll(async () => {
      project = await open(place);
    });
    afterAll(async () => {
      await project?.remove();
    });

    test("is refused in the preview for what cannot be waited for, with its place, its value and what would be right", async () => {
      await write({ web: "tcp:99999", late: "running" });
      const { code, output } = await project.run("preview");
      expect(code).not.toBe(0);
      expect(output).toContain(
        'metadata.annotations["pulumi.com/waitFor"]: "tcp:99999": the port must be a number from 1 to 65535, as in tcp:22',
      );
      expect(await kubectl("get", "vms", "--output", "name")).toBe("");
    });

    test("gives up on a port that does not answer after as long as it was told, and keeps what it has made", async () => {
      await write({ web: all, late: "tcp:81" });
      const { code, output } = await project.up();
      expect(code, output).not.toBe(0);
      expect(output).toMatch(new RegExp(`-late did not become ready: still waiting after ${patience} s: `));
      expect((await project.resources()).get("late")?.id).toBe(`${place.namespace}/${form}-late`);
      uid = await uidOf(`vm/${form}-late`);
    });

    test("has the others ready as they were asked to be: the port answers, cloud-init has finished, the agent is there", async () => {
      expect(await guestAnswer(await addressOf(`vm/${form}-web`), 5)).toBe("told by cloud-init");
      for (const type of ["TCPReachable", "CloudInitFinished", "AgentConnected"]) {
        expect(await condition(`vm/${form}-web`, type), type).toBe("True");
      }
      expect(await condition(`vm/${form}-late`, "TCPReachable")).toBe("False");
      expect(await condition(`vm/${form}-late`, "AgentConnected")).toBe("");
    });

    if (form === "sdk") {
      test("has an owner ready when what it asks for is so of its machine", async () => {
        expect(await condition("ovm/sdk-keeper", "AgentConnected")).toBe("True");
        expect(await condition("vm/sdk-keeper", "AgentConnected")).toBe("True");
      });
    }

    test("says what it waits for, and in the end what the guest has printed, but no secret of it", async () => {
      await guestAnswer(await addressOf(`vm/${form}-late`));
      const { code, output } = await project.up();
      expect(code, output).not.toBe(0);
      const why = "tcp:81 of [\\d.]+ does not answer yet: connection refused";
      expect(output).toMatch(new RegExp(`VirtualMachine \\S+-late: waiting: ${why}`));
      expect(output).toMatch(new RegExp(`-late did not become ready: still waiting after ${patience} s: ${why}`));
      expect(output).toContain("last serial output:\n");
      expect(output.slice(output.indexOf("last serial output:"))).toMatch(/^\s+guest: address [\d.]+$/m);
      expect(output).toContain("the password is [secret]");
      expect(output).not.toContain(canary);
      expect(await uidOf(`vm/${form}-late`)).toBe(uid);
    });

    test("goes on with the machine that it gave up on when it is run again", async () => {
      await write({ web: all, late: "tcp:80" });
      const { code, output } = await project.up();
      expect(code, output).toBe(0);
      expect(await uidOf(`vm/${form}-late`)).toBe(uid);
      expect(await condition(`vm/${form}-late`, "TCPReachable")).toBe("True");
      const preview = await project.run("preview", "--expect-no-changes", "--diff");
      expect(preview.code, preview.output).toBe(0);
    });
  });
}
